"""One list of the places to look at: what the rules point at, and what the ranker suspects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.agents.impact.rank import Suspect
from bot.domain import Draft, Fact, Notice


def merge_notices(draft: Draft, suspects: Sequence[Suspect]) -> tuple[Notice, ...]:
    """The rules' notices and the suspects, one for each section, surest first; none where a section is edited."""
    edited = {(edit.path, edit.section.heading) for edit in draft.edits}
    found = {(n.path, n.section.heading, n.section.start_line): n for n in draft.notices}
    for suspect in suspects:
        section = suspect.section
        key = (suspect.path, section.heading, section.start_line)
        if (suspect.path, section.heading) in edited:
            continue
        known = found.get(key)
        found[key] = _raise_confidence(known, suspect) if known else _to_notice(suspect, draft.facts)
    return tuple(sorted(found.values(), key=lambda n: (-n.confidence, n.path, n.line)))


def _raise_confidence(notice: Notice, suspect: Suspect) -> Notice:
    """A rule's notice says more exactly what to look for; the ranker may be surer that one should."""
    return replace(notice, confidence=max(notice.confidence, suspect.probability))


def _to_notice(suspect: Suspect, facts: Iterable[Fact]) -> Notice:
    fact = next(_matching_facts(suspect.evidence, list(facts)), None)
    return Notice(suspect.path, suspect.line, suspect.section, fact, suspect.reason, suspect.probability)


def _matching_facts(evidence: Iterable[str], facts: Sequence[Fact]) -> Iterator[Fact]:
    """The facts that bear one of these names, the most telling name first."""
    for word in evidence:
        yield from (fact for fact in facts if word in (fact.old, fact.new, fact.symbol.rpartition(".")[2]))
