"""Errors of the API as RFC 9457 says: https://www.rfc-editor.org/rfc/rfc9457"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import web

from bot.errors import RemoteError, UserError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer that says what went wrong: `detail` is a sentence for people, the title that of the status."""
    said = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = json.dumps(said).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/problem+json")


def telling(handler: Handler) -> Handler:
    """A handler whose errors come as problems: 400 for `UserError`, 503 for `RemoteError`; others are 500."""

    async def told(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except UserError as error:
            return problem(400, str(error))
        except RemoteError as error:
            return problem(503, str(error))

    return told
