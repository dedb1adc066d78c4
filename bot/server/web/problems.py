"""Errors of the API as RFC 9457 says: https://www.rfc-editor.org/rfc/rfc9457"""

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
    """An answer that says what went wrong: `detail` is a sentence for people, the title that of the status."""
    said = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = json.dumps(said).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/problem+json")


def with_problem_responses(handler: Handler) -> Handler:
    """A handler whose errors come as problems: 400 for `UserError`, 503 for `RemoteError`, 500 for our own faults."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except UserError as error:
            return problem(400, str(error))
        except RemoteError as error:
            return problem(503, str(error))
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the log has it, and who asked is told in the API's form
            _log.exception("internal error in %s %s", request.method, request.path)
            return problem(500, "An internal error; the log has it.")

    return handle
