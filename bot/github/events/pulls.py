"""Pull requests, and what people ask of their checks."""

from __future__ import annotations

import re

from bot.domain import Clicked, Event, PullRequestChanged, PullRequestClosed, PullRequestReopened, Repository
from bot.domain.markers import is_ticked
from bot.github.events import payloads
from bot.github.events.code import OURS
from bot.github.events.parsing import Ignored, action_of, read, unusable, unused
from bot.github.events.payloads import is_branch

_DOCS = f"{OURS}docs/"
_LOOK = frozenset({"opened", "synchronize", "reopened", "ready_for_review", "labeled", "unlabeled"})
_NUMBER = re.compile(r"(?P<number>[1-9][0-9]{0,9}):")


def pull_request(body: bytes) -> Event | Ignored:
    """A pull request of somebody that is to be looked at, or one of ours that somebody decided on."""
    action = action_of("pull_request", body)
    if action not in _LOOK | {"edited", "closed"}:
        return unused("pull_request", action)
    told = read("pull_request", payloads.PullRequest, body)
    pull, repository = told.pull_request, told.repository
    if told.installation is None:
        return Ignored("The pull request comes from a webhook that belongs to no installation.")
    if repository.archived or repository.disabled:
        return Ignored("The repository is archived or disabled.")
    where = repository.at(told.installation)
    if pull.head.ref.startswith(OURS) and pull.head.repo is not None and pull.head.repo.id == repository.id:
        return _ours(action, told, where)
    if action == "closed":
        return Ignored("The pull request is not one of mine.")
    if action == "edited" and (told.changes is None or told.changes.base is None):
        return Ignored("Only the words of the pull request were edited.")
    return PullRequestChanged(where, pull.number)


def _ours(action: str, told: payloads.PullRequest, where: Repository) -> Event | Ignored:
    pull = told.pull_request
    if not pull.head.ref.startswith(_DOCS):
        return Ignored("The pull request is one of mine, of another kind.")
    if not (is_branch(pull.head.ref) and is_branch(pull.base.ref)):
        raise unusable("pull_request", "it names no branches")
    said, by = pull.body or "", told.sender.login
    match action:
        case "closed":
            merged = bool(pull.merged)
            return PullRequestClosed(where, pull.number, pull.base.ref, pull.head.ref, merged, body=said, closed_by=by)
        case "reopened":
            return PullRequestReopened(where, pull.number, pull.base.ref, body=said, by=by)
        case "edited" if told.sender.is_person and is_ticked(said):
            return Clicked(where, pull.number, by, "rebase")
    return Ignored("The pull request is one of mine.")


def check_run(body: bytes) -> Event | Ignored:
    """A check of ours that is asked for again, or whose button was clicked."""
    action = action_of("check_run", body)
    if action not in ("rerequested", "requested_action"):
        return unused("check_run", action)
    told = read("check_run", payloads.CheckRun, body)
    if told.installation is None:
        return Ignored("The check comes from a webhook that belongs to no installation.")
    # Where the branch lies in a fork GitHub names no pull request: the check itself says whose it is.
    own = _NUMBER.match(told.check_run.external_id or "")
    numbers = [int(own["number"])] if own else [pull.number for pull in told.check_run.pull_requests]
    if not numbers:
        return Ignored("The check belongs to no pull request.")
    where = told.repository.at(told.installation)
    if action == "rerequested":
        return PullRequestChanged(where, numbers[0])
    if told.requested_action is None or told.requested_action.identifier != "apply":
        return Ignored("The check has no such button.")
    return Clicked(where, numbers[0], told.sender.login, "apply")


def check_suite(body: bytes) -> Event | Ignored:
    """All checks of a commit are asked for again."""
    action = action_of("check_suite", body)
    if action != "rerequested":
        return unused("check_suite", action)
    told = read("check_suite", payloads.CheckSuite, body)
    if told.installation is None:
        return Ignored("The checks come from a webhook that belongs to no installation.")
    if not told.check_suite.pull_requests:
        return Ignored("The checks belong to no pull request.")
    return PullRequestChanged(told.repository.at(told.installation), told.check_suite.pull_requests[0].number)
