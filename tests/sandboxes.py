"""A sandbox whose traffic is checked against GitHub's schemas."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from github_sandbox import Exchange, Sandbox
from github_sandbox.keys import AppKey
from tests.github_schemas import exchange_errors, webhook_errors

KEY = AppKey()
"""A key for Apps in tests that do not need a key of their own: generation takes 0.1 s."""


@asynccontextmanager
async def checked(root: Path, **options: Any) -> AsyncIterator[Sandbox]:
    """Run a sandbox. On exit, fail if any request, response or webhook does not match GitHub's schemas.

    Args:
        root: folder for the repositories.
        options: further arguments of `Sandbox`.
    """
    exchanges: list[Exchange] = []
    async with Sandbox(root, **options) as sandbox:
        sandbox.observe(exchanges.append)
        yield sandbox
        await sandbox.drain()
    payloads = [(delivery.event, json.loads(delivery.payload)) for delivery in sandbox.deliveries]
    errors = [error for exchange in exchanges for error in exchange_errors(exchange)]
    errors += [error for event, payload in payloads for error in webhook_errors(event, payload)]
    assert not errors, "does not match GitHub's schemas:\n" + "\n".join(dict.fromkeys(errors))
