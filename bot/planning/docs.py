"""Plan the documentation pull request of a base branch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain import (
    Action,
    AddComment,
    ClosePullRequest,
    DeleteBranch,
    DocsBranch,
    DocsPullRequest,
    DocsState,
    DocsTarget,
    Draft,
    Edit,
    Memory,
    Notice,
    OpenPullRequest,
    Plan,
    PublishBranch,
    UpdatePullRequest,
    apply_edits,
)
from bot.domain.markers import DocsMarker
from bot.messages import outcomes
from bot.messages import pull_request as messages
from bot.messages.comments import DECLINED, FOREIGN_COMMITS_COMMENT, WITHDRAWN
from bot.messages.entries import Permalinks, group_by_section

_WORKFLOWS_DIR = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class PullRequestOptions:
    """Options of a new documentation pull request."""

    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredDocs:
    """The desired state of a base branch's documentation.

    Args:
        draft: the edits for the change from `baseline` to `head`.
        web: the URL of the repository's page.
        discard_head: the head of the documentation branch that may be discarded even if others committed to it.
    """

    target: DocsTarget
    baseline: str
    head: str
    web: str
    draft: Draft
    options: PullRequestOptions = PullRequestOptions()
    discard_head: str | None = None


def plan_docs(desired: DesiredDocs, state: DocsState, memory: Memory) -> Plan:
    """Plan the actions for one base branch.

    The plan never overwrites a person's commits, never repeats an edit that a person declined, and does nothing
    where the observed state is the desired one.
    """
    if state.base_oid is None:
        return Plan((), outcomes.no_such_branch(desired.target.base))
    if state.base_oid != desired.head:
        return Plan((), outcomes.base_moved(desired.target.base, state.base_oid), moved=True)
    desired = replace(desired, draft=without_workflow_edits(desired.draft))
    edits = pending_edits(desired.draft, memory, state.pull_requests)
    if not edits:
        return _plan_withdrawal(desired, state, rejected=bool(desired.draft.edits))
    return _plan_update(desired, edits, state)


def without_workflow_edits(draft: Draft) -> Draft:
    """Turn edits in the workflows folder into notices: MAS does not request the permission to write there."""
    barred = [edit for edit in draft.edits if edit.path.lower().startswith(_WORKFLOWS_DIR)]
    if not barred:
        return draft
    edits = tuple(edit for edit in draft.edits if not edit.path.lower().startswith(_WORKFLOWS_DIR))
    notices = (
        Notice(e.path, e.line, e.section, e.fact, f"{e.reason} {outcomes.WORKFLOWS_NOT_EDITED}", e.confidence)
        for e in barred
    )
    return replace(draft, edits=edits, notices=(*draft.notices, *notices))


def pending_edits(draft: Draft, memory: Memory, pulls: Sequence[DocsPullRequest] = ()) -> list[Edit]:
    """Return the edits of a draft that nobody declined, by a command or by closing a pull request."""
    markers = (DocsMarker.parse(pull.body) for pull in pulls if pull.state == "closed")
    refused = memory.rejected.union(*(marker.fingerprints for marker in markers if marker))
    return [edit for edit in draft.edits if edit.fingerprint not in refused]


def _plan_withdrawal(desired: DesiredDocs, state: DocsState, *, rejected: bool) -> Plan:
    pull, branch = state.open_pull_request, state.branch
    if pull is None:
        return Plan((), outcomes.DECLINED_BEFORE if rejected else outcomes.NO_DOCS_AFFECTED, settles=True)
    if branch and not branch.ours and branch.oid != desired.discard_head:
        return Plan(_foreign_commits_comment(pull, branch), outcomes.FOREIGN_COMMITS)
    body = messages.withdrawal_body(desired.head, content_digest({}), rejected=rejected)
    actions: list[Action] = [
        UpdatePullRequest(pull.number, pull.title, body),
        AddComment(pull.number, DECLINED if rejected else WITHDRAWN, "<!-- mas:docs withdrawn -->"),
        ClosePullRequest(pull.number),
    ]
    if branch:
        actions.append(DeleteBranch(branch.name, branch.oid))
    return Plan(tuple(actions), outcomes.EDITS_DECLINED if rejected else outcomes.NO_LONGER_NEEDED, settles=True)


def _plan_update(desired: DesiredDocs, edits: list[Edit], state: DocsState) -> Plan:
    pull, branch = state.open_pull_request, state.branch
    files = files_with_edits(desired.draft, edits)
    content = content_digest(files)
    if branch and not branch.ours and branch.oid != desired.discard_head:
        if pull is None:
            return Plan((), outcomes.foreign_branch(branch.name))
        return Plan(_foreign_commits_comment(pull, branch), outcomes.FOREIGN_COMMITS)
    actions: list[Action] = []
    # Without a pull request the branch may be an old one that was merged, so rebuild it on the new head.
    if branch is None or branch.digest != content or pull is None or desired.discard_head is not None:
        expected = branch.oid if branch else None
        message = messages.commit_message(edits, content)
        actions.append(PublishBranch(desired.target.branch, desired.head, expected, files, message, content))
    actions += _pull_request_actions(desired, edits, pull)
    if not actions:
        return Plan((), outcomes.UP_TO_DATE)
    return Plan(tuple(actions), outcomes.edits_proposed(len(group_by_section(edits)), len(files)))


def _pull_request_actions(desired: DesiredDocs, edits: list[Edit], pull: DocsPullRequest | None) -> list[Action]:
    fingerprints = frozenset(e.fingerprint for e in edits[: messages.FINGERPRINT_LIMIT])
    marker = DocsMarker(desired.head, _body_digest(desired.draft, edits), fingerprints, desired.baseline)
    before = DocsMarker.parse(pull.body) if pull else None
    if before and before.digest == marker.digest and desired.discard_head is None:
        return []
    links = Permalinks(desired.web, desired.baseline, desired.head)
    title, body = messages.title(edits), messages.body(desired.draft, edits, links, marker, desired.target.base)
    if pull:
        return [UpdatePullRequest(pull.number, title, body)]
    options, target = desired.options, desired.target
    return [
        OpenPullRequest(
            target.branch, target.base, title, body, options.draft, options.labels, options.reviewers, options.teams
        )
    ]


def _foreign_commits_comment(pull: DocsPullRequest, branch: DocsBranch) -> tuple[Action, ...]:
    return (AddComment(pull.number, FOREIGN_COMMITS_COMMENT, f"<!-- mas:docs held={branch.oid} -->"),)


def files_with_edits(draft: Draft, edits: Sequence[Edit]) -> dict[str, str]:
    """Return the new text of each document that edits change."""
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    return {path: apply_edits(draft.documents[path], same) for path, same in by_path.items()}


def content_digest(files: dict[str, str]) -> str:
    """Return a digest of the files that a branch changes, whatever commit it is based on."""
    parts = [f"{path}\0{hashlib.sha256(text.encode()).hexdigest()}" for path, text in sorted(files.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _body_digest(draft: Draft, edits: Sequence[Edit]) -> str:
    """Return a digest of what a body contains, whatever commits its links lead to."""
    parts = [e.fingerprint for e in edits] + [f"{n.path}\0{n.section.heading}\0{n.reason}" for n in draft.notices]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
