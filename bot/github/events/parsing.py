"""Validate payloads against their models, and describe errors."""

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
    """A payload that requires no job; `reason` is a sentence for the record."""

    reason: str


def parse_action(event: str, body: bytes) -> str:
    """Return a payload's `action`, which may be any text. Raises `RemoteError`."""
    return parse_payload(event, ActionPayload, body).action


def ignore_action(event: str, action: str) -> IgnoredEvent:
    """Ignore an action. The reason repeats its name only if it looks like one."""
    return IgnoredEvent(f"{event} {action if re.fullmatch('[a-z_]{1,50}', action) else '(unknown)'} is not used.")


def parse_payload(event: str, model: type[S], body: bytes) -> S:
    """Parse a body by its event's model. Raises `RemoteError` if it does not match."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise invalid_payload_error(event, _describe_error(error)) from None


def _describe_error(error: ValidationError) -> str:
    """Describe the first error, without text from the payload."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return "it is nested too deeply" if "recursion" in first["msg"] else "it is not JSON"
    location = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{location}: {first['msg']}"


def invalid_payload_error(event: str, why: str) -> RemoteError:
    """Return the error for an invalid payload."""
    return RemoteError(f"The {event} payload is invalid: {why}.", transient=False)
