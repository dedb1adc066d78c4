"""From what the rules answer to a list of edits that do not touch, and of notices worth reading."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.agents.document_update.rules.fact_context import EDIT_THRESHOLD, FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule
from bot.domain import Edit, Fact, Notice, Section

MAX_NOTICES = 10
MAX_REASONS = 3


def section_at(page: Page, offset: int) -> Section:
    """The section of a page that holds a byte."""
    part = page.part(offset)
    return Section(page.path, part.titles, part.start_line, part.end_line)


def apply_rules(context: FactContext, page: Page, rules: Sequence[Rule]) -> Iterator[Edit | Notice]:
    """What rules make of a fact on a page: edits where they are sure, else notices."""
    fact = context.fact
    for rule in rules:
        if fact.kind in rule.fact_kinds:
            for answer in rule.apply(fact, context, page):
                if isinstance(answer, Proposal) and answer.confidence * fact.confidence >= EDIT_THRESHOLD:
                    yield to_edit(answer, fact, rule, page)
                else:
                    yield to_notice(answer, fact, page)


def to_edit(proposal: Proposal, fact: Fact, rule: Rule, page: Page) -> Edit:
    """The edit that a proposal stands for."""
    return Edit(
        path=page.path,
        start=proposal.start,
        end=proposal.end,
        old=page.text((proposal.start, proposal.end)),
        new=proposal.new,
        line=page.line_number(proposal.start),
        section=section_at(page, proposal.start),
        fact=fact,
        rule=rule.name,
        reason=proposal.reason,
        confidence=round(proposal.confidence * fact.confidence, 2),
    )


def to_notice(answer: Proposal | Hint, fact: Fact, page: Page) -> Notice:
    """The notice of a remark, or of a proposal that is not sure enough."""
    at = answer.start if isinstance(answer, Proposal) else answer.offset
    confidence = round(answer.confidence * fact.confidence, 2)
    return Notice(page.path, page.line_number(at), section_at(page, at), fact, answer.reason, confidence)


def resolve_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Of edits that overlap the surer one, then the wider; in the order of the documents."""
    kept: dict[str, list[Edit]] = {}
    for edit in sorted(edits, key=lambda e: (-e.confidence, e.start - e.end, e.path, e.start, e.new)):
        edits_of_path = kept.setdefault(edit.path, [])
        at = bisect_left(edits_of_path, edit.start, key=_start)  # since no two touch, only the neighbours may
        if edit.old != edit.new and not any(_overlap(edit, other) for other in edits_of_path[max(0, at - 1) : at + 1]):
            edits_of_path.insert(at, edit)
    return [edit for path in sorted(kept) for edit in kept[path]]


def _start(edit: Edit) -> int:
    return edit.start


def _overlap(one: Edit, other: Edit) -> bool:
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def select_notices(
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
    shown = [replace(same[0], reason=" ".join(n.reason for n in same[:MAX_REASONS])) for same in merged.values()]
    more = len(shown) - MAX_NOTICES
    note = f"{more} more {places} may be stale; the surest {MAX_NOTICES} are shown."
    return shown[:MAX_NOTICES], (note,) * (more > 0)
