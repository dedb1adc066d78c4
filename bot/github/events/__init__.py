"""Webhook payloads → typed events. Pure: it judges the body alone, which may hold anything."""

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
"""The names of the events that are used; the rest need not be kept."""


EVENTS_WITH_CODE: frozenset[str] = frozenset({"pull_request_review_comment"})
"""The events whose payloads quote code, which may hold a secret; see `lean`."""


def trim_body(body: bytes) -> bytes:
    """A payload without the code that it quotes, of which nothing is used; as it came where it is no JSON object.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review_comment
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return body
    match told:
        case {"comment": {"diff_hunk": _, **comment}}:
            return json.dumps({**told, "comment": comment}).encode()
    return body


def parse(event: str, body: bytes) -> Event | IgnoredEvent:
    """What a delivery says happened, or why that is of no concern.

    Args:
        event: the `X-GitHub-Event` header.
        body: the payload as it came, JSON.

    Raises:
        RemoteError: the body is not what its event promises (never transient).
    """
    if event not in EVENTS:
        return IgnoredEvent(f"{event if re.fullmatch('[a-z_]{1,50}', event) else 'An unknown event'} is not used.")
    if body.lstrip().startswith(b"payload="):
        raise invalid_payload_error(event, "it is form-encoded; set the webhook's content type to application/json")
    return _PARSERS[event](body)
