"""URLs of a GitHub instance, derived from its API URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from bot.errors import UserError

_HINT = "Use https://api.github.com, or https://HOST/api/v3 for Enterprise Server."


@dataclass(frozen=True, slots=True)
class GitHubUrls:
    """The URL of the API and those derived from it.

    `https://api.github.com` goes with `https://api.github.com/graphql` and `https://github.com`;
    Enterprise Server's `https://HOST/api/v3` with `https://HOST/api/graphql` and `https://HOST`
    (https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql).

    Args:
        api: root of the REST API; plain http is accepted on the loopback only.
        graphql: the GraphQL endpoint, if it is not the derived one; on the same host as `api`.

    Raises:
        UserError: a URL is invalid, or `graphql` is on another host.
    """

    api: str
    graphql: str = ""
    web: str = field(init=False)

    def __post_init__(self) -> None:
        api = self.api.rstrip("/")
        parts = _parse_url(api)
        root, host = _origin(parts), parts.hostname or ""
        object.__setattr__(self, "api", api)
        object.__setattr__(self, "web", f"{parts.scheme}://github.com" if host == "api.github.com" else root)
        if not self.graphql:
            object.__setattr__(self, "graphql", f"{api.removesuffix('/v3')}/graphql")
        if _origin(_parse_url(self.graphql)) != root:
            raise UserError("The GraphQL endpoint must be on the same host as the API.", _HINT)

    def is_api_url(self, url: str) -> bool:
        """Return whether a URL belongs to this API, so that tokens may be sent to it."""
        return _origin(urlsplit(url)) == _origin(urlsplit(self.api))

    def git_url(self, owner: str, name: str) -> str:
        """Return the repository's URL for `git fetch`, without credentials."""
        return f"{self.web}/{owner}/{name}.git"


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _parse_url(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and not (parts.username or parts.query or parts.fragment):
        return parts
    if parts.scheme == "http" and _is_loopback(parts.hostname or "") and not parts.username:
        return parts
    raise UserError("GITHUB_API_URL is not an https URL of a GitHub API.", _HINT)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
