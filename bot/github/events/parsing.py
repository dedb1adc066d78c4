"""A body → a shape of it, or the fault in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from bot.errors import RemoteError
from bot.github.events.payloads import ActionPayload, Payload

S = TypeVar("S", bound=Payload)


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """Nothing is to be done for a payload; `reason` is a sentence for the record."""

    reason: str


def parse_action(event: str, body: bytes) -> str:
    """What happened, by GitHub's word for it, which may be any text. Raises `RemoteError`."""
    return parse_payload(event, ActionPayload, body).action


def ignore_action(event: str, action: str) -> IgnoredEvent:
    """That an action is none of ours; the word is repeated only where it is one."""
    return IgnoredEvent(f"{event} {action if re.fullmatch('[a-z_]{1,50}', action) else '(unknown)'} is not used.")


def parse_payload(event: str, model: type[S], body: bytes) -> S:
    """A body in the shape that its event promises; raises `RemoteError` where it has another."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise invalid_payload_error(event, _describe_error(error)) from None


def _describe_error(error: ValidationError) -> str:
    """The first fault in words; never the payload's own text."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return "it is nested too deeply" if "recursion" in first["msg"] else "it is not JSON"
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{place}: {first['msg']}"


def invalid_payload_error(event: str, why: str) -> RemoteError:
    """That a payload cannot be used."""
    return RemoteError(f"The {event} payload cannot be used: {why}.", transient=False)
