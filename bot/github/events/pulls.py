"""Pull requests, and requests to rerun or act on their checks."""

from __future__ import annotations

import re

from bot.domain import ButtonClicked, Event, PullRequestChanged, PullRequestClosed, PullRequestReopened, Repository
from bot.domain.markers import is_rebase_checked
from bot.github.events import payloads
from bot.github.events.code import BRANCH_PREFIX
from bot.github.events.parsing import IgnoredEvent, ignore_action, invalid_payload_error, parse_action, parse_payload
from bot.github.events.payloads import is_branch_name

_DOCS_BRANCH_PREFIX = f"{BRANCH_PREFIX}docs/"
_ANALYSED_ACTIONS = frozenset({"opened", "synchronize", "reopened", "ready_for_review", "labeled", "unlabeled"})
_EXTERNAL_ID = re.compile(r"(?P<number>[1-9][0-9]{0,9}):")


def pull_request(body: bytes) -> Event | IgnoredEvent:
    """Parse a change of a person's pull request, or a person's decision on one of the bot's."""
    action = parse_action("pull_request", body)
    if action not in _ANALYSED_ACTIONS | {"edited", "closed"}:
        return ignore_action("pull_request", action)
    payload = parse_payload("pull_request", payloads.PullRequestPayload, body)
    pull, repository = payload.pull_request, payload.repository
    if payload.installation is None:
        return IgnoredEvent("The pull request comes from a webhook that belongs to no installation.")
    if repository.archived or repository.disabled:
        return IgnoredEvent("The repository is archived or disabled.")
    target = repository.to_repository(payload.installation)
    if pull.head.ref.startswith(BRANCH_PREFIX) and pull.head.repo is not None and pull.head.repo.id == repository.id:
        return _parse_own_pull_request(action, payload, target)
    if action == "closed":
        return IgnoredEvent("The pull request is not one of the bot's.")
    if action == "edited" and (payload.changes is None or payload.changes.base is None):
        return IgnoredEvent("Only the title or description of the pull request was edited.")
    return PullRequestChanged(target, pull.number)


def _parse_own_pull_request(
    action: str, payload: payloads.PullRequestPayload, repository: Repository
) -> Event | IgnoredEvent:
    pull = payload.pull_request
    if not pull.head.ref.startswith(_DOCS_BRANCH_PREFIX):
        return IgnoredEvent("The pull request is one of the bot's, but has no documentation edits.")
    if not (is_branch_name(pull.head.ref) and is_branch_name(pull.base.ref)):
        raise invalid_payload_error("pull_request", "its branch names are invalid")
    body_text, by = pull.body or "", payload.sender.login
    match action:
        case "closed":
            merged = bool(pull.merged)
            return PullRequestClosed(
                repository, pull.number, pull.base.ref, pull.head.ref, merged, body=body_text, closed_by=by
            )
        case "reopened":
            return PullRequestReopened(repository, pull.number, pull.base.ref, body=body_text, by=by)
        case "edited" if payload.sender.is_person and is_rebase_checked(body_text):
            return ButtonClicked(repository, pull.number, by, "rebase")
    return IgnoredEvent("The pull request is one of the bot's.")


def check_run(body: bytes) -> Event | IgnoredEvent:
    """Parse a request to rerun one of the bot's checks, or a click on a check's button."""
    action = parse_action("check_run", body)
    if action not in ("rerequested", "requested_action"):
        return ignore_action("check_run", action)
    payload = parse_payload("check_run", payloads.CheckRunPayload, body)
    if payload.installation is None:
        return IgnoredEvent("The check comes from a webhook that belongs to no installation.")
    # For a branch of a fork GitHub names no pull request, so the check's external id has its number.
    own = _EXTERNAL_ID.match(payload.check_run.external_id or "")
    numbers = [int(own["number"])] if own else [pull.number for pull in payload.check_run.pull_requests]
    if not numbers:
        return IgnoredEvent("The check belongs to no pull request.")
    repository = payload.repository.to_repository(payload.installation)
    if action == "rerequested":
        return PullRequestChanged(repository, numbers[0])
    if payload.requested_action is None or payload.requested_action.identifier != "apply":
        return IgnoredEvent("The check has no such button.")
    return ButtonClicked(repository, numbers[0], payload.sender.login, "apply")


def check_suite(body: bytes) -> Event | IgnoredEvent:
    """Parse a request to rerun all checks of a commit."""
    action = parse_action("check_suite", body)
    if action != "rerequested":
        return ignore_action("check_suite", action)
    payload = parse_payload("check_suite", payloads.CheckSuitePayload, body)
    if payload.installation is None:
        return IgnoredEvent("The checks come from a webhook that belongs to no installation.")
    if not payload.check_suite.pull_requests:
        return IgnoredEvent("The checks belong to no pull request.")
    repository = payload.repository.to_repository(payload.installation)
    return PullRequestChanged(repository, payload.check_suite.pull_requests[0].number)
