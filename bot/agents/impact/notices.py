"""Merge the notices of the rules with the sections that the ranker suspects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.agents.impact.rank import Suspect
from bot.domain import Draft, Fact, Notice


def merge_notices(draft: Draft, suspects: Sequence[Suspect]) -> tuple[Notice, ...]:
    """Merge notices and suspects into one notice per section, highest confidence first.

    Suspects in a section that has an edit are left out.
    """
    edited = {(edit.path, edit.section.heading) for edit in draft.edits}
    merged = {(n.path, n.section.heading, n.section.start_line): n for n in draft.notices}
    for suspect in suspects:
        section = suspect.section
        key = (suspect.path, section.heading, section.start_line)
        if (suspect.path, section.heading) in edited:
            continue
        notice = merged.get(key)
        merged[key] = _raise_confidence(notice, suspect) if notice else _to_notice(suspect, draft.facts)
    return tuple(sorted(merged.values(), key=lambda n: (-n.confidence, n.path, n.line)))


def _raise_confidence(notice: Notice, suspect: Suspect) -> Notice:
    """Keep the rule's notice, which is more specific, with the higher of both confidences."""
    return replace(notice, confidence=max(notice.confidence, suspect.probability))


def _to_notice(suspect: Suspect, facts: Iterable[Fact]) -> Notice:
    fact = next(_matching_facts(suspect.evidence, list(facts)), None)
    return Notice(suspect.path, suspect.line, suspect.section, fact, suspect.reason, suspect.probability)


def _matching_facts(evidence: Iterable[str], facts: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the facts about these words, in the order of the words."""
    for word in evidence:
        yield from (fact for fact in facts if word in (fact.old, fact.new, fact.symbol.rpartition(".")[2]))
