"""API errors as problem details (RFC 9457): https://www.rfc-editor.org/rfc/rfc9457"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import web

from bot.errors import RemoteError, UserError

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a problem response. `detail` is a sentence for the user; the title is that of the status."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = json.dumps(document).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/problem+json")


def with_problem_responses(handler: Handler) -> Handler:
    """Wrap a handler to return errors as problems: 400 for `UserError`, 503 for `RemoteError`, 500 for all others."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except UserError as error:
            return problem(400, str(error))
        except RemoteError as error:
            return problem(503, str(error))
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001 - any other error is logged, and returned in the API's format
            _log.exception("internal error in %s %s", request.method, request.path)
            return problem(500, "Internal error. The details are in the log of the bot.")

    return handle
