"""What becomes of the documentation pull request of a base branch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain import (
    Action,
    Branch,
    ClosePullRequest,
    Comment,
    DeleteBranch,
    DocsSubject,
    Draft,
    Edit,
    Memory,
    Notice,
    OpenPullRequest,
    Plan,
    PublishBranch,
    PullRequest,
    Standing,
    UpdatePullRequest,
    edited,
)
from bot.domain.markers import Marker
from bot.messages import pull_request as words
from bot.messages.comments import HELD, WITHDRAWN
from bot.messages.entries import Permalinks

_WORKFLOWS = ".github/workflows/"
OTHERS = "the branch has commits by others"
"""Why nothing is written: a plan's reason."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a documentation pull request is opened."""

    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the docs of a base branch should become: the draft of the change from `since` to `head`.

    `anew` is where our branch may be left behind, though others committed to it: it is started again from there.
    """

    subject: DocsSubject
    since: str
    head: str
    web: str
    draft: Draft
    manner: Manner = Manner()
    anew: str | None = None


def plan(wanted: Wanted, standing: Standing, memory: Memory) -> Plan:
    """Decide what to do on the forge for one base branch.

    A person's commits on our branch are never overwritten; an edit that a person turned down, by
    closing its pull request, is not proposed again; what stands already is left alone.
    """
    if standing.base_oid is None:
        return Plan((), f"the branch {wanted.subject.base} is no longer there")
    if standing.base_oid != wanted.head:
        return Plan((), f"{wanted.subject.base} moved on to {standing.base_oid[:9]}", moved=True)
    wanted = replace(wanted, draft=writable(wanted.draft))
    edits = standing_edits(wanted.draft, memory, standing.pull_requests)
    if not edits:
        return _nothing(wanted, standing, turned_down=bool(wanted.draft.edits))
    return _something(wanted, edits, standing)


def writable(draft: Draft) -> Draft:
    """The draft with its edits beside workflows only noticed: writing there takes a permission that we do not ask."""
    barred = [edit for edit in draft.edits if edit.path.lower().startswith(_WORKFLOWS)]
    if not barred:
        return draft
    edits = tuple(edit for edit in draft.edits if not edit.path.lower().startswith(_WORKFLOWS))
    notices = (
        Notice(e.path, e.line, e.section, e.fact, f"{e.reason} MAS may not write among workflows.", e.confidence)
        for e in barred
    )
    return replace(draft, edits=edits, notices=(*draft.notices, *notices))


def standing_edits(draft: Draft, memory: Memory, pulls: Sequence[PullRequest] = ()) -> list[Edit]:
    """The edits of a draft that nobody turned down, by a word or by closing one of our pull requests."""
    markers = (Marker.read(pull.body) for pull in pulls if pull.state == "closed")
    refused = memory.rejected.union(*(marker.fingerprints for marker in markers if marker))
    return [edit for edit in draft.edits if edit.fingerprint not in refused]


def _nothing(wanted: Wanted, standing: Standing, *, turned_down: bool) -> Plan:
    why = "the edits were turned down before" if turned_down else "no document has to change"
    pull, branch = standing.open, standing.branch
    if pull is None:
        return Plan((), why, settles=True)
    if branch and not branch.ours and branch.oid != wanted.anew:
        return Plan(_held(pull, branch), OTHERS)
    body = words.withdrawn(wanted.head, content_digest({}))
    actions: list[Action] = [
        UpdatePullRequest(pull.number, pull.title, body),
        Comment(pull.number, WITHDRAWN, "<!-- mas:docs withdrawn -->"),
        ClosePullRequest(pull.number),
    ]
    if branch:
        actions.append(DeleteBranch(branch.name, branch.oid))
    return Plan(tuple(actions), "the cause of the open pull request is gone", settles=True)


def _something(wanted: Wanted, edits: list[Edit], standing: Standing) -> Plan:
    pull, branch = standing.open, standing.branch
    files = edited_files(wanted.draft, edits)
    content = content_digest(files)
    if branch and not branch.ours and branch.oid != wanted.anew:
        if pull is None:
            return Plan((), f"{branch.name} has commits by others and no pull request; delete or rename it")
        return Plan(_held(pull, branch), OTHERS)
    actions: list[Action] = []
    # Without a pull request the branch may be an old one, merged already: then it must stand upon the new head.
    if branch is None or branch.digest != content or pull is None or wanted.anew is not None:
        expected = branch.oid if branch else None
        message = words.message(edits, content)
        actions.append(PublishBranch(wanted.subject.branch, wanted.head, expected, files, message, content))
    actions += _told(wanted, edits, pull)
    return Plan(tuple(actions), f"{len(edits)} edits in {len(files)} files" if actions else "all of it stands already")


def _told(wanted: Wanted, edits: list[Edit], pull: PullRequest | None) -> list[Action]:
    named = frozenset(e.fingerprint for e in edits[: words.FINGERPRINT_LIMIT])
    said = Marker(wanted.head, _said(wanted.draft, edits), named, wanted.since)
    before = Marker.read(pull.body) if pull else None
    if before and before.digest == said.digest and wanted.anew is None:
        return []
    links = Permalinks(wanted.web, wanted.since, wanted.head)
    title, body = words.title(edits), words.body(wanted.draft, edits, links, said, wanted.subject.base)
    if pull:
        return [UpdatePullRequest(pull.number, title, body)]
    how = wanted.manner
    opened = OpenPullRequest(
        wanted.subject.branch, wanted.subject.base, title, body, how.draft, how.labels, how.reviewers, how.teams
    )
    return [opened]


def _held(pull: PullRequest, branch: Branch) -> tuple[Action, ...]:
    return (Comment(pull.number, HELD, f"<!-- mas:docs held={branch.oid} -->"),)


def edited_files(draft: Draft, edits: Sequence[Edit]) -> dict[str, str]:
    """The whole text of each document that edits touch, as they leave it."""
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    return {path: edited(draft.documents[path], theirs) for path, theirs in by_path.items()}


def content_digest(files: dict[str, str]) -> str:
    """Names the content of a branch: what it changes, not what it stands upon."""
    parts = [f"{path}\0{hashlib.sha256(text.encode()).hexdigest()}" for path, text in sorted(files.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _said(draft: Draft, edits: Sequence[Edit]) -> str:
    """Names what a body says, whatever commits its links lead to."""
    parts = [e.fingerprint for e in edits] + [f"{n.path}\0{n.section.heading}\0{n.reason}" for n in draft.notices]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
