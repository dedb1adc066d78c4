"""From what the rules answer to a list of edits that do not touch, and of notices worth reading."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.agents.document_update.rules.fact_context import EDITABLE, Subject
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Proposal, Remark, Rule
from bot.domain import Edit, Fact, Notice, Section

MOST_NOTICES = 10
MOST_REASONS = 3


def section(page: Page, offset: int) -> Section:
    """The section of a page that holds a byte."""
    part = page.part(offset)
    return Section(page.path, part.titles, part.start_line, part.end_line)


def findings(subject: Subject, page: Page, rules: Sequence[Rule]) -> Iterator[Edit | Notice]:
    """What rules make of a fact on a page: edits where they are sure, else notices."""
    fact = subject.fact
    for rule in rules:
        if fact.kind in rule.serves:
            for answer in rule.apply(fact, subject, page):
                if isinstance(answer, Proposal) and answer.confidence * fact.confidence >= EDITABLE:
                    yield edit_from(answer, fact, rule, page)
                else:
                    yield notice_from(answer, fact, page)


def edit_from(proposal: Proposal, fact: Fact, rule: Rule, page: Page) -> Edit:
    """The edit that a proposal stands for."""
    return Edit(
        path=page.path,
        start=proposal.start,
        end=proposal.end,
        old=page.text((proposal.start, proposal.end)),
        new=proposal.new,
        line=page.line(proposal.start),
        section=section(page, proposal.start),
        fact=fact,
        rule=rule.name,
        reason=proposal.reason,
        confidence=round(proposal.confidence * fact.confidence, 2),
    )


def notice_from(answer: Proposal | Remark, fact: Fact, page: Page) -> Notice:
    """The notice of a remark, or of a proposal that is not sure enough."""
    at = answer.start if isinstance(answer, Proposal) else answer.at
    confidence = round(answer.confidence * fact.confidence, 2)
    return Notice(page.path, page.line(at), section(page, at), fact, answer.reason, confidence)


def settled_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Of edits that overlap the surer one, then the wider; in the order of the documents."""
    kept: dict[str, list[Edit]] = {}
    for edit in sorted(edits, key=lambda e: (-e.confidence, e.start - e.end, e.path, e.start, e.new)):
        beside = kept.setdefault(edit.path, [])
        at = bisect_left(beside, edit.start, key=_start)  # since no two touch, only the neighbours may
        if edit.old != edit.new and not any(_touch(edit, other) for other in beside[max(0, at - 1) : at + 1]):
            beside.insert(at, edit)
    return [edit for path in sorted(kept) for edit in kept[path]]


def _start(edit: Edit) -> int:
    return edit.start


def _touch(one: Edit, other: Edit) -> bool:
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def settled_notices(
    notices: Iterable[Notice], edits: Iterable[Edit], places: str = "places"
) -> tuple[list[Notice], tuple[str, ...]]:
    """One notice a section, surest first, none where an edit answers for it; and how many more `places` there are."""
    edits = list(edits)
    answered = {(e.path, e.section.heading, e.fact.symbol) for e in edits}
    lines = {(e.path, e.line) for e in edits}
    merged: dict[tuple[str, tuple[str, ...], int], list[Notice]] = {}
    for notice in sorted(notices, key=lambda n: (-n.confidence, n.path, n.line, n.reason)):
        symbol = notice.fact.symbol if notice.fact is not None else ""
        if (notice.path, notice.section.heading, symbol) in answered or (notice.path, notice.line) in lines:
            continue
        same = merged.setdefault((notice.path, notice.section.heading, notice.section.start_line), [])
        if notice.reason not in (n.reason for n in same):
            same.append(notice)
    shown = [replace(same[0], reason=" ".join(n.reason for n in same[:MOST_REASONS])) for same in merged.values()]
    more = len(shown) - MOST_NOTICES
    note = f"{more} more {places} may be stale; the surest {MOST_NOTICES} are shown."
    return shown[:MOST_NOTICES], (note,) * (more > 0)
