"""Access control of the API: bearer tokens, each with a scope.

Without configured tokens, only direct requests from this machine are allowed. A proxied request may come from anyone,
and so may a browser request to a foreign host name (DNS rebinding).
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
_NO_TOKENS_CONFIGURED = (
    "MAS_API_TOKENS is not set, so only direct requests from this machine are allowed. "
    "Set it to allow requests from elsewhere or through a proxy."
)
_UNKNOWN_TOKEN = "Missing or unknown token. Send `Authorization: Bearer <token>`, one of MAS_API_TOKENS."  # noqa: S105

SCOPE: web.RequestKey[TokenScope] = web.RequestKey("scope", TokenScope)
"""The scope of the request's token, for the handler."""


class Access:
    """Checks the token of a request.

    Args:
        tokens: tokens with their scopes.
    """

    def __init__(self, tokens: Iterable[tuple[SecretStr, TokenScope]]) -> None:
        self._scopes = [(_digest(token.get_secret_value()), scope) for token, scope in tokens]

    def scope(self, request: web.Request) -> TokenScope | None:
        """Return the scope of a request, or None if it is not allowed."""
        if not self._scopes:
            return ALL_REPOSITORIES if is_local(request) else None
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        given = _digest(token.strip()) if kind.lower() == "bearer" else b""
        # Compare with all of them: the time must not depend on the position of the match.
        matching = [scope for digest, scope in self._scopes if hmac.compare_digest(digest, given)]
        return matching[0] if matching else None

    def require_token(self, handler: Handler, *, all_repositories: bool = False) -> Handler:
        """Wrap a handler: reject requests without a valid token, set `request[SCOPE]`, and return errors as problems.

        Args:
            all_repositories: require scope `*`, because the response covers all tenants.
        """
        safe_handler = with_problem_responses(handler)

        async def check_token(request: web.Request) -> web.StreamResponse:
            scope = self.scope(request)
            if scope is None and not self._scopes:
                return problem(403, _NO_TOKENS_CONFIGURED)
            if scope is None:
                return problem(401, _UNKNOWN_TOKEN, _CHALLENGE)
            if all_repositories and not scope.all_repositories:
                return problem(403, "This endpoint needs a token with scope `*`.")
            request[SCOPE] = scope
            return await safe_handler(request)

        return check_token


def is_unproxied(request: web.Request) -> bool:
    """Return whether the request has no header that proxies add."""
    return not any(header in request.headers for header in _PROXY_HEADERS)


def is_local(request: web.Request) -> bool:
    """Return whether the request comes directly from this machine, and names it in its Host header."""
    host = re.sub(r":\d+$", "", request.headers.get("Host", "")).strip("[]")
    return is_unproxied(request) and _is_loopback(request.remote or "") and (host == "localhost" or _is_loopback(host))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
