"""Events that one job hands on to another, kept in the inbox beside what GitHub delivers."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from bot.domain import Event, from_json
from bot.engine.pump import Ignored

OURS = "mas"
"""The name of such a delivery's event; the webhook takes none of that name, nor a delivery id with a dot."""


def reading(parse: Callable[[str, bytes], Event | Ignored]) -> Callable[[str, bytes], Event | Ignored]:
    """`parse`, which reads what was handed on as well."""

    def read(event: str, body: bytes) -> Event | Ignored:
        return cast(Event, from_json(Event, body)) if event == OURS else parse(event, body)

    return read
