"""Turn the results of rules into edits that do not overlap, and a short list of notices."""

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
    """Return the section of a page that contains a byte offset."""
    part = page.part(offset)
    return Section(page.path, part.titles, part.start_line, part.end_line)


def apply_rules(context: FactContext, page: Page, rules: Sequence[Rule]) -> Iterator[Edit | Notice]:
    """Apply rules to a fact on a page; yield an edit where the confidence suffices, else a notice."""
    fact = context.fact
    for rule in rules:
        if fact.kind in rule.fact_kinds:
            for result in rule.apply(fact, context, page):
                if isinstance(result, Proposal) and result.confidence * fact.confidence >= EDIT_THRESHOLD:
                    yield to_edit(result, fact, rule, page)
                else:
                    yield to_notice(result, fact, page)


def to_edit(proposal: Proposal, fact: Fact, rule: Rule, page: Page) -> Edit:
    """Convert a proposal to an edit."""
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


def to_notice(result: Proposal | Hint, fact: Fact, page: Page) -> Notice:
    """Convert a hint, or a proposal with too little confidence, to a notice."""
    at = result.start if isinstance(result, Proposal) else result.offset
    confidence = round(result.confidence * fact.confidence, 2)
    return Notice(page.path, page.line_number(at), section_at(page, at), fact, result.reason, confidence)


def resolve_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Keep the more certain of overlapping edits, then the wider one; sort the rest by path and offset."""
    kept: dict[str, list[Edit]] = {}
    for edit in sorted(edits, key=lambda e: (-e.confidence, e.start - e.end, e.path, e.start, e.new)):
        edits_of_path = kept.setdefault(edit.path, [])
        at = bisect_left(edits_of_path, edit.start, key=_start)  # only the neighbours can overlap
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
    """Keep one notice per section, the most certain first, and none where an edit covers it.

    Also return a note on how many more `places` there are, if any were cut.
    """
    edits = list(edits)
    covered = {(e.path, e.section.heading, e.fact.symbol) for e in edits}
    lines = {(e.path, e.line) for e in edits}
    merged: dict[tuple[str, tuple[str, ...], int], list[Notice]] = {}
    for notice in sorted(notices, key=lambda n: (-n.confidence, n.path, n.line, n.reason)):
        symbol = notice.fact.symbol if notice.fact is not None else ""
        if (notice.path, notice.section.heading, symbol) in covered or (notice.path, notice.line) in lines:
            continue
        same = merged.setdefault((notice.path, notice.section.heading, notice.section.start_line), [])
        if notice.reason not in (n.reason for n in same):
            same.append(notice)
    shown = [replace(same[0], reason=" ".join(n.reason for n in same[:MAX_REASONS])) for same in merged.values()]
    more = len(shown) - MAX_NOTICES
    note = f"{more} more {places} may be out of date; only the {MAX_NOTICES} most certain are shown."
    return shown[:MAX_NOTICES], (note,) * (more > 0)
