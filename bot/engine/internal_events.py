"""Events that one job hands on to another, kept in the inbox beside what GitHub delivers."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from bot.domain import Event, from_json
from bot.engine.pump import IgnoredDelivery

INTERNAL_EVENT = "mas"
"""The name of such a delivery's event; the webhook takes none of that name, nor a delivery id with a dot."""


def with_internal_events(
    parse: Callable[[str, bytes], Event | IgnoredDelivery],
) -> Callable[[str, bytes], Event | IgnoredDelivery]:
    """`parse`, which reads what was handed on as well."""

    def read(event: str, body: bytes) -> Event | IgnoredDelivery:
        return cast(Event, from_json(Event, body)) if event == INTERNAL_EVENT else parse(event, body)

    return read
