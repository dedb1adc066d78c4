"""Webhook payloads → typed events. Pure; the body is untrusted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from bot.domain import Event
from bot.github.events import code, conversations, installations, pulls
from bot.github.events.parsing import IgnoredEvent, invalid_payload_error
from bot.github.events.payloads import is_branch_name

__all__ = ["EVENTS", "IgnoredEvent", "is_branch_name", "parse"]

_PARSERS: dict[str, Callable[[bytes], Event | IgnoredEvent]] = {
    "push": code.push,
    "merge_group": code.merge_group,
    "pull_request": pulls.pull_request,
    "check_run": pulls.check_run,
    "check_suite": pulls.check_suite,
    "issue_comment": conversations.issue_comment,
    "pull_request_review_comment": conversations.review_comment,
    "installation": installations.installation,
    "installation_repositories": installations.installation_repositories,
    "repository": installations.repository,
}

EVENTS: frozenset[str] = frozenset(_PARSERS)
"""The names of the events that MAS uses."""


EVENTS_WITH_CODE: frozenset[str] = frozenset({"pull_request_review_comment"})
"""Events whose payloads quote code, which may contain secrets; see `trim_body`."""


def trim_body(body: bytes) -> bytes:
    """Return a payload without the code that it quotes, which MAS does not use. Other bodies are unchanged.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review_comment
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return body
    match payload:
        case {"comment": {"diff_hunk": _, **comment}}:
            return json.dumps({**payload, "comment": comment}).encode()
    return body


def parse(event: str, body: bytes) -> Event | IgnoredEvent:
    """Parse a delivery into an event, or the reason for which it is ignored.

    Args:
        event: the `X-GitHub-Event` header.
        body: the payload as received, JSON.

    Raises:
        RemoteError: the body is invalid for its event (never transient).
    """
    if event not in EVENTS:
        return IgnoredEvent(f"{event if re.fullmatch('[a-z_]{1,50}', event) else 'An unknown event'} is not used.")
    if body.lstrip().startswith(b"payload="):
        raise invalid_payload_error(event, "it is form-encoded. Set the webhook's content type to application/json")
    return _PARSERS[event](body)
