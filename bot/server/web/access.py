"""Who may ask the API, and about what: bearer tokens with a scope each.

Without configured tokens only this machine may ask, directly: a request that a proxy passed on is anybody's, and so is
one that a browser was led to by a name that a stranger made point here.
https://www.rfc-editor.org/rfc/rfc6750
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable

from aiohttp import web
from pydantic import SecretStr

from bot.server.web.problems import Handler, problem, with_problem_responses
from bot.settings.api_tokens import ALL_REPOSITORIES, TokenScope

_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="mas"'}


SCOPE: web.RequestKey[TokenScope] = web.RequestKey("scope", TokenScope)
"""What the one who asks may ask about, for the handler."""


class Access:
    """The rule by which requests are let in.

    Args:
        tokens: each with its scope.
    """

    def __init__(self, tokens: Iterable[tuple[SecretStr, TokenScope]]) -> None:
        self._scopes = [(_digest(token.get_secret_value()), scope) for token, scope in tokens]

    def scope(self, request: web.Request) -> TokenScope | None:
        """What a request may ask about; None: nothing."""
        if not self._scopes:
            return ALL_REPOSITORIES if is_local(request) else None
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        given = _digest(token.strip()) if kind.lower() == "bearer" else b""
        # All of them, in the same time wherever it stands.
        matching = [scope for digest, scope in self._scopes if hmac.compare_digest(digest, given)]
        return matching[0] if matching else None

    def require_token(self, handler: Handler, *, all_repositories: bool = False) -> Handler:
        """A handler that answers those let in, who find their scope as `request[SCOPE]`; its errors come as problems.

        Args:
            everything: whether only a scope of everything will do, since the answer is about all tenants.
        """
        safe_handler = with_problem_responses(handler)

        async def check_token(request: web.Request) -> web.StreamResponse:
            scope = self.scope(request)
            if scope is None and not self._scopes:
                return problem(403, "Without MAS_API_TOKENS only this machine may ask, and not through a proxy.")
            if scope is None:
                return problem(401, "The request bears no token of ours.", _CHALLENGE)
            if all_repositories and not scope.all_repositories:
                return problem(403, "This is about all repositories; the token is for some.")
            request[SCOPE] = scope
            return await safe_handler(request)

        return check_token


def is_unproxied(request: web.Request) -> bool:
    """Whether no proxy says that it passed the request on."""
    return not any(header in request.headers for header in _PROXY_HEADERS)


def is_local(request: web.Request) -> bool:
    """Whether the request comes from this machine, directly, and to this machine's own name."""
    host = re.sub(r":\d+$", "", request.headers.get("Host", "")).strip("[]")
    return is_unproxied(request) and _is_loopback(request.remote or "") and (host == "localhost" or _is_loopback(host))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
