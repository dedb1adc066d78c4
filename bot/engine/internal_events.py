"""Events that jobs enqueue for other jobs, stored in the inbox like GitHub's deliveries."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from bot.domain import Event, from_json
from bot.engine.pump import IgnoredDelivery

INTERNAL_EVENT = "mas"
"""The event name of internal events; the webhook rejects it, and delivery ids with a dot."""


def with_internal_events(
    parse: Callable[[str, bytes], Event | IgnoredDelivery],
) -> Callable[[str, bytes], Event | IgnoredDelivery]:
    """Extend `parse` to internal events."""

    def parse_any(event: str, body: bytes) -> Event | IgnoredDelivery:
        return cast(Event, from_json(Event, body)) if event == INTERNAL_EVENT else parse(event, body)

    return parse_any
