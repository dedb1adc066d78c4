"""The webhook: verify a delivery's signature, store it, and answer. Bodies are parsed only to trim them.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Middleware
from gidgethub import ValidationFailure
from gidgethub.sansio import validate_event

from bot.errors import Bug
from bot.inbox import Inbox, InboxUnavailable

MAX_BODY_BYTES = 25 * 2**20
"""GitHub's limit for a delivery."""

# gidgethub also accepts SHA-1, and fails on non-ASCII text: it gets only signatures of this form.
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_EVENT = re.compile(r"[a-z_]{1,64}")
_NO_TRIMMERS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType({})
_DELIVERY_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def create_application(middlewares: Sequence[Middleware] = ()) -> web.Application:
    """Create an application that does not decompress bodies.

    The signature covers the raw bytes, and a small compressed body cannot expand and block the event loop.
    """
    return web.Application(
        client_max_size=MAX_BODY_BYTES, handler_args={"auto_decompress": False}, middlewares=middlewares
    )


def _ignore_outcome(event: str, outcome: str) -> None:
    pass


def routes(
    inbox: Inbox,
    secrets: Sequence[str],
    events: frozenset[str],
    notify: Callable[[], None],
    on_delivery: Callable[[str, str], None] = _ignore_outcome,
    body_trimmers: Mapping[str, Callable[[bytes], bytes]] = _NO_TRIMMERS,
) -> list[web.RouteDef]:
    """Return the routes `POST /webhook` and `POST /`.

    Status codes: 401 for a missing, malformed or wrong signature; 400 for another bad header; 413 above 25 MB;
    200 for events outside `events`; 202 once the delivery is on disk, also for a duplicate; 503 with Retry-After
    while the inbox is unavailable.

    Args:
        secrets: accepted webhook secrets; several during a rotation.
        notify: called when the inbox has a new delivery.
        on_delivery: called for each delivery with its event (`other` if not in `events`) and its outcome.
        body_trimmers: by event, a function that returns the part of the body to store.
    """
    if not secrets or not all(secrets):
        raise Bug("a webhook without a secret would accept forged deliveries")

    receiver = _Receiver(inbox, secrets, events, notify, on_delivery, body_trimmers)
    return [web.post("/webhook", receiver.receive), web.post("/", receiver.receive)]


@dataclass(frozen=True, slots=True)
class _Receiver:
    """Receives deliveries. Each step returns a response and an outcome. `routes` describes the fields."""

    inbox: Inbox
    secrets: Sequence[str]
    events: frozenset[str]
    notify: Callable[[], None]
    on_delivery: Callable[[str, str], None]
    body_trimmers: Mapping[str, Callable[[bytes], bytes]]

    async def receive(self, request: web.Request) -> web.Response:
        answer, outcome = await self._verify(request)
        event = request.headers.get("X-GitHub-Event", "")
        self.on_delivery(event if event in self.events else "other", outcome)
        return answer

    async def _verify(self, request: web.Request) -> tuple[web.Response, str]:
        signature = _single_header(request, "X-Hub-Signature-256", _SIGNATURE)
        if signature is None:
            return _json_response(401, "Missing or malformed X-Hub-Signature-256 header."), "refused"
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return _json_response(413, "The delivery exceeds 25 MB."), "refused"
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _json_response(413, "The delivery exceeds 25 MB."), "refused"
        except web.RequestPayloadError:
            return _json_response(400, "The body of the delivery is incomplete or malformed."), "refused"
        if not any(_is_signed(body, signature, secret) for secret in self.secrets):
            return _json_response(
                401,
                "The signature does not match. Compare GITHUB_WEBHOOK_SECRET with the App's webhook secret.",
            ), "refused"
        return await self._check_event(request, body)

    async def _check_event(self, request: web.Request, body: bytes) -> tuple[web.Response, str]:
        event = _single_header(request, "X-GitHub-Event", _EVENT)
        delivery_id = _single_header(request, "X-GitHub-Delivery", _DELIVERY_ID)
        if event is None or delivery_id is None:
            return _json_response(400, "X-GitHub-Event or X-GitHub-Delivery is missing or malformed."), "refused"
        if event == "ping":
            return _json_response(200, "pong"), "ignored"
        if event not in self.events:
            return _json_response(200, f"MAS ignores {event} events."), "ignored"
        return await self._store(event, delivery_id, body)

    async def _store(self, event: str, delivery_id: str, body: bytes) -> tuple[web.Response, str]:
        if event in self.body_trimmers:
            body = await asyncio.to_thread(self.body_trimmers[event], body)
        try:
            new = await self.inbox.add(delivery_id, event, body)
        except InboxUnavailable as error:
            return _json_response(
                503, str(error), {"Retry-After": str(math.ceil(error.retry_after or 1))}
            ), "unavailable"
        if new:
            self.notify()
        return _json_response(202, "accepted" if new else "already received"), "accepted" if new else "duplicate"


def _single_header(request: web.Request, header: str, pattern: re.Pattern[str]) -> str | None:
    """Return the value of a header that occurs exactly once and is well-formed, or None."""
    values = request.headers.getall(header, ())
    return values[0] if len(values) == 1 and pattern.fullmatch(values[0]) else None


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        validate_event(body, signature=signature, secret=secret)
    except ValidationFailure:
        return False
    return True


def _json_response(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    # Not `web.json_response`: encoding the text and its charset would dominate the time of this handler.
    body = json.dumps({"message": message}).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")
