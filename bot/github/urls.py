"""Where a GitHub's parts live, from the one address that an operator gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from bot.errors import UserError

_HINT = "Use https://api.github.com, or https://HOST/api/v3 for Enterprise Server."


@dataclass(frozen=True, slots=True)
class GitHubUrls:
    """The API's address and what follows from it.

    `https://api.github.com` goes with `https://api.github.com/graphql` and `https://github.com`;
    Enterprise Server's `https://HOST/api/v3` with `https://HOST/api/graphql` and `https://HOST`
    (https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql).

    Args:
        api: the REST API's root; plain http on the loopback only.
        graphql: the GraphQL endpoint where it is another than the one that follows; same host as `api`.
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
            raise UserError("The GraphQL endpoint is on another host than the API.", _HINT)

    def is_api_url(self, url: str) -> bool:
        """Whether a URL belongs to this API, so that a token may go there."""
        return _origin(urlsplit(url)) == _origin(urlsplit(self.api))

    def git_url(self, owner: str, name: str) -> str:
        """The repository's address for `git fetch`, without credentials."""
        return f"{self.web}/{owner}/{name}.git"


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _parse_url(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and not (parts.username or parts.query or parts.fragment):
        return parts
    if parts.scheme == "http" and _is_loopback(parts.hostname or "") and not parts.username:
        return parts
    raise UserError("GITHUB_API_URL is not an https address of a GitHub API.", _HINT)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
