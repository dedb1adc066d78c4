"""Pull requests, and what people ask of their checks."""

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
    """A pull request of somebody that is to be looked at, or one of ours that somebody decided on."""
    action = parse_action("pull_request", body)
    if action not in _ANALYSED_ACTIONS | {"edited", "closed"}:
        return ignore_action("pull_request", action)
    told = parse_payload("pull_request", payloads.PullRequestPayload, body)
    pull, repository = told.pull_request, told.repository
    if told.installation is None:
        return IgnoredEvent("The pull request comes from a webhook that belongs to no installation.")
    if repository.archived or repository.disabled:
        return IgnoredEvent("The repository is archived or disabled.")
    where = repository.to_repository(told.installation)
    if pull.head.ref.startswith(BRANCH_PREFIX) and pull.head.repo is not None and pull.head.repo.id == repository.id:
        return _parse_own_pull_request(action, told, where)
    if action == "closed":
        return IgnoredEvent("The pull request is not one of mine.")
    if action == "edited" and (told.changes is None or told.changes.base is None):
        return IgnoredEvent("Only the words of the pull request were edited.")
    return PullRequestChanged(where, pull.number)


def _parse_own_pull_request(
    action: str, payload: payloads.PullRequestPayload, repository: Repository
) -> Event | IgnoredEvent:
    pull = payload.pull_request
    if not pull.head.ref.startswith(_DOCS_BRANCH_PREFIX):
        return IgnoredEvent("The pull request is one of mine, of another kind.")
    if not (is_branch_name(pull.head.ref) and is_branch_name(pull.base.ref)):
        raise invalid_payload_error("pull_request", "it names no branches")
    said, by = pull.body or "", payload.sender.login
    match action:
        case "closed":
            merged = bool(pull.merged)
            return PullRequestClosed(
                repository, pull.number, pull.base.ref, pull.head.ref, merged, body=said, closed_by=by
            )
        case "reopened":
            return PullRequestReopened(repository, pull.number, pull.base.ref, body=said, by=by)
        case "edited" if payload.sender.is_person and is_rebase_checked(said):
            return ButtonClicked(repository, pull.number, by, "rebase")
    return IgnoredEvent("The pull request is one of mine.")


def check_run(body: bytes) -> Event | IgnoredEvent:
    """A check of ours that is asked for again, or whose button was clicked."""
    action = parse_action("check_run", body)
    if action not in ("rerequested", "requested_action"):
        return ignore_action("check_run", action)
    told = parse_payload("check_run", payloads.CheckRunPayload, body)
    if told.installation is None:
        return IgnoredEvent("The check comes from a webhook that belongs to no installation.")
    # Where the branch lies in a fork GitHub names no pull request: the check itself says whose it is.
    own = _EXTERNAL_ID.match(told.check_run.external_id or "")
    numbers = [int(own["number"])] if own else [pull.number for pull in told.check_run.pull_requests]
    if not numbers:
        return IgnoredEvent("The check belongs to no pull request.")
    where = told.repository.to_repository(told.installation)
    if action == "rerequested":
        return PullRequestChanged(where, numbers[0])
    if told.requested_action is None or told.requested_action.identifier != "apply":
        return IgnoredEvent("The check has no such button.")
    return ButtonClicked(where, numbers[0], told.sender.login, "apply")


def check_suite(body: bytes) -> Event | IgnoredEvent:
    """All checks of a commit are asked for again."""
    action = parse_action("check_suite", body)
    if action != "rerequested":
        return ignore_action("check_suite", action)
    told = parse_payload("check_suite", payloads.CheckSuitePayload, body)
    if told.installation is None:
        return IgnoredEvent("The checks come from a webhook that belongs to no installation.")
    if not told.check_suite.pull_requests:
        return IgnoredEvent("The checks belong to no pull request.")
    return PullRequestChanged(
        told.repository.to_repository(told.installation), told.check_suite.pull_requests[0].number
    )
