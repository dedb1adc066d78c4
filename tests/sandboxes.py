"""The sandbox under the eyes of GitHub's schemas."""

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
"""For Apps of which none needs another key than the last test's: to make one takes a tenth of a second."""


@asynccontextmanager
async def checked(root: Path, **options: Any) -> AsyncIterator[Sandbox]:
    """A running sandbox. At the end every request that it took, answer that it gave and webhook that it sent must be
    as GitHub describes them.

    Args:
        root: a folder for its repositories.
        options: the sandbox's own.
    """
    exchanges: list[Exchange] = []
    async with Sandbox(root, **options) as sandbox:
        sandbox.observe(exchanges.append)
        yield sandbox
        await sandbox.drain()
    told = [(delivery.event, json.loads(delivery.payload)) for delivery in sandbox.deliveries]
    reasons = [reason for exchange in exchanges for reason in exchange_errors(exchange)]
    reasons += [reason for event, payload in told for reason in webhook_errors(event, payload)]
    assert not reasons, "not as GitHub has it:\n" + "\n".join(dict.fromkeys(reasons))
