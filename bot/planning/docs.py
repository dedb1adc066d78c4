"""What becomes of the documentation pull request of a base branch."""

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
from bot.messages import pull_request as words
from bot.messages.comments import FOREIGN_COMMITS_COMMENT, WITHDRAWN
from bot.messages.entries import Permalinks

_WORKFLOWS_DIR = ".github/workflows/"
FOREIGN_COMMITS = "the branch has commits by others"
"""Why nothing is written: a plan's reason."""


@dataclass(frozen=True, slots=True)
class PullRequestOptions:
    """How a documentation pull request is opened."""

    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredDocs:
    """What the docs of a base branch should become: the draft of the change from `since` to `head`.

    `discard_head` is the head of our branch that may be discarded, although others committed to it.
    """

    target: DocsTarget
    baseline: str
    head: str
    web: str
    draft: Draft
    options: PullRequestOptions = PullRequestOptions()
    discard_head: str | None = None


def plan_docs(desired: DesiredDocs, state: DocsState, memory: Memory) -> Plan:
    """Decide what to do on the forge for one base branch.

    A person's commits on our branch are never overwritten; an edit that a person turned down, by
    closing its pull request, is not proposed again; what stands already is left alone.
    """
    if state.base_oid is None:
        return Plan((), f"the branch {desired.target.base} is no longer there")
    if state.base_oid != desired.head:
        return Plan((), f"{desired.target.base} moved on to {state.base_oid[:9]}", moved=True)
    desired = replace(desired, draft=without_workflow_edits(desired.draft))
    edits = pending_edits(desired.draft, memory, state.pull_requests)
    if not edits:
        return _plan_withdrawal(desired, state, rejected=bool(desired.draft.edits))
    return _plan_update(desired, edits, state)


def without_workflow_edits(draft: Draft) -> Draft:
    """The draft with its edits beside workflows only noticed: writing there takes a permission that we do not ask."""
    barred = [edit for edit in draft.edits if edit.path.lower().startswith(_WORKFLOWS_DIR)]
    if not barred:
        return draft
    edits = tuple(edit for edit in draft.edits if not edit.path.lower().startswith(_WORKFLOWS_DIR))
    notices = (
        Notice(e.path, e.line, e.section, e.fact, f"{e.reason} MAS may not write among workflows.", e.confidence)
        for e in barred
    )
    return replace(draft, edits=edits, notices=(*draft.notices, *notices))


def pending_edits(draft: Draft, memory: Memory, pulls: Sequence[DocsPullRequest] = ()) -> list[Edit]:
    """The edits of a draft that nobody turned down, by a word or by closing one of our pull requests."""
    markers = (DocsMarker.parse(pull.body) for pull in pulls if pull.state == "closed")
    refused = memory.rejected.union(*(marker.fingerprints for marker in markers if marker))
    return [edit for edit in draft.edits if edit.fingerprint not in refused]


def _plan_withdrawal(desired: DesiredDocs, state: DocsState, *, rejected: bool) -> Plan:
    why = "the edits were turned down before" if rejected else "no document has to change"
    pull, branch = state.open_pull_request, state.branch
    if pull is None:
        return Plan((), why, settles=True)
    if branch and not branch.ours and branch.oid != desired.discard_head:
        return Plan(_foreign_commits_comment(pull, branch), FOREIGN_COMMITS)
    body = words.withdrawal_body(desired.head, content_digest({}))
    actions: list[Action] = [
        UpdatePullRequest(pull.number, pull.title, body),
        AddComment(pull.number, WITHDRAWN, "<!-- mas:docs withdrawn -->"),
        ClosePullRequest(pull.number),
    ]
    if branch:
        actions.append(DeleteBranch(branch.name, branch.oid))
    return Plan(tuple(actions), "the cause of the open pull request is gone", settles=True)


def _plan_update(desired: DesiredDocs, edits: list[Edit], state: DocsState) -> Plan:
    pull, branch = state.open_pull_request, state.branch
    files = files_with_edits(desired.draft, edits)
    content = content_digest(files)
    if branch and not branch.ours and branch.oid != desired.discard_head:
        if pull is None:
            return Plan((), f"{branch.name} has commits by others and no pull request; delete or rename it")
        return Plan(_foreign_commits_comment(pull, branch), FOREIGN_COMMITS)
    actions: list[Action] = []
    # Without a pull request the branch may be an old one, merged already: then it must stand upon the new head.
    if branch is None or branch.digest != content or pull is None or desired.discard_head is not None:
        expected = branch.oid if branch else None
        message = words.commit_message(edits, content)
        actions.append(PublishBranch(desired.target.branch, desired.head, expected, files, message, content))
    actions += _pull_request_actions(desired, edits, pull)
    return Plan(tuple(actions), f"{len(edits)} edits in {len(files)} files" if actions else "all of it stands already")


def _pull_request_actions(desired: DesiredDocs, edits: list[Edit], pull: DocsPullRequest | None) -> list[Action]:
    named = frozenset(e.fingerprint for e in edits[: words.FINGERPRINT_LIMIT])
    said = DocsMarker(desired.head, _body_digest(desired.draft, edits), named, desired.baseline)
    before = DocsMarker.parse(pull.body) if pull else None
    if before and before.digest == said.digest and desired.discard_head is None:
        return []
    links = Permalinks(desired.web, desired.baseline, desired.head)
    title, body = words.title(edits), words.body(desired.draft, edits, links, said, desired.target.base)
    if pull:
        return [UpdatePullRequest(pull.number, title, body)]
    how = desired.options
    opened = OpenPullRequest(
        desired.target.branch, desired.target.base, title, body, how.draft, how.labels, how.reviewers, how.teams
    )
    return [opened]


def _foreign_commits_comment(pull: DocsPullRequest, branch: DocsBranch) -> tuple[Action, ...]:
    return (AddComment(pull.number, FOREIGN_COMMITS_COMMENT, f"<!-- mas:docs held={branch.oid} -->"),)


def files_with_edits(draft: Draft, edits: Sequence[Edit]) -> dict[str, str]:
    """The whole text of each document that edits touch, as they leave it."""
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    return {path: apply_edits(draft.documents[path], theirs) for path, theirs in by_path.items()}


def content_digest(files: dict[str, str]) -> str:
    """Names the content of a branch: what it changes, not what it stands upon."""
    parts = [f"{path}\0{hashlib.sha256(text.encode()).hexdigest()}" for path, text in sorted(files.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _body_digest(draft: Draft, edits: Sequence[Edit]) -> str:
    """Names what a body says, whatever commits its links lead to."""
    parts = [e.fingerprint for e in edits] + [f"{n.path}\0{n.section.heading}\0{n.reason}" for n in draft.notices]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
