"""Webhook deliveries: signed, sent once, logged, and redelivered only on request.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from github_sandbox.payloads.accounts import organization, user
from github_sandbox.payloads.repositories import repository as repository_payload
from github_sandbox.state import Account, App, Installation, Repository, World, node_id
from github_sandbox.subscriptions import receives

TIMEOUT = 10.0
"""Seconds that GitHub waits for a response."""


@dataclass(eq=False)
class Delivery:
    """One attempt to deliver an event. All attempts share `guid`. `status_code` is None while pending."""

    id: int
    guid: str
    event: str
    action: str | None
    app: App
    url: str
    installation_id: int
    repository_id: int | None
    payload: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    delivered_at: datetime
    redelivery: bool = False
    status: str = ""
    status_code: int | None = None
    duration: float = 0.0
    response_body: str = field(default="", repr=False)


class Webhooks:
    """Sends events to the Apps that subscribed to them.

    Call `start` before and `close` after use. `drain` waits for pending deliveries.
    """

    def __init__(self, world: World) -> None:
        self.deliveries: list[Delivery] = []
        self._world = world
        self._session: aiohttp.ClientSession | None = None
        self._pending: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the HTTP client."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))

    async def close(self) -> None:
        """Cancel pending deliveries and close the HTTP client."""
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def drain(self) -> None:
        """Wait until all deliveries have finished, including those that they cause."""
        while self._pending:
            await asyncio.wait(self._pending)

    def repository_event(
        self,
        event: str,
        repository: Repository,
        sender: Account,
        payload: Mapping[str, Any],
        *,
        only: App | None = None,
    ) -> None:
        """Send an event to every subscribed App that is installed on a repository, or to `only` one of them."""
        common = {"repository": repository_payload(self._world, repository), "sender": user(self._world, sender)}
        if repository.owner.kind == "Organization":
            common["organization"] = organization(self._world, repository.owner)
        for installation in list(self._world.installations.values()):
            if repository in installation.repositories and only in (None, installation.app):
                lite = {"id": installation.id, "node_id": node_id("MDIz", installation.id)}
                self._emit(event, installation, repository, {**payload, **common, "installation": lite})

    def installation_event(
        self, event: str, installation: Installation, sender: Account, payload: Mapping[str, Any]
    ) -> None:
        """Send an event about an installation to its App."""
        self._emit(event, installation, None, {**payload, "sender": user(self._world, sender)})

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Send the same payload again with the same GUID."""
        attempt = Delivery(
            id=self._world.new_id(),
            guid=delivery.guid,
            event=delivery.event,
            action=delivery.action,
            app=delivery.app,
            url=delivery.app.webhook_url or delivery.url,
            installation_id=delivery.installation_id,
            repository_id=delivery.repository_id,
            payload=delivery.payload,
            headers=delivery.headers,
            delivered_at=self._world.now(),
            redelivery=True,
        )
        self._send(attempt)
        return attempt

    def _emit(
        self, event: str, installation: Installation, repository: Repository | None, payload: Mapping[str, Any]
    ) -> None:
        app = installation.app
        if app.webhook_url is None or not receives(installation, event):
            return
        body, guid = json.dumps(payload, ensure_ascii=False).encode(), str(uuid.uuid4())
        self._send(
            Delivery(
                id=self._world.new_id(),
                guid=guid,
                event=event,
                action=payload.get("action"),
                app=app,
                url=app.webhook_url,
                installation_id=installation.id,
                repository_id=repository.id if repository else None,
                payload=body,
                headers=_headers(app, event, guid, body),
                delivered_at=self._world.now(),
            )
        )

    def _send(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        task = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        assert self._session is not None, "started"  # noqa: S101
        started = time.monotonic()
        try:
            async with self._session.post(delivery.url, data=delivery.payload, headers=delivery.headers) as response:
                delivery.response_body = await response.text(errors="replace")
                delivery.status_code, delivery.status = response.status, response.reason or ""
        except TimeoutError:
            delivery.status_code, delivery.status = 504, "timed out"
        except aiohttp.ClientError:
            delivery.status_code, delivery.status = 502, "failed to connect to host"
        delivery.duration = round(time.monotonic() - started, 3)


def _headers(app: App, event: str, guid: str, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery.

    https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
    """
    key = app.webhook_secret.encode()
    signatures = {
        "X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}",
    }
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": f"GitHub-Hookshot/{guid[:7]}",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        **(signatures if app.webhook_secret else {}),
    }
