"""What the settings ask for of a change, and of the draft that an analysis made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.agents.document_update.rules import Rule
from bot.domain import Change, Draft, Edit, Fact, Notice, Section
from bot.repoconfig.model import DocsSettings

_ANCHOR, _ALIGNMENT = "anchor", "alignment"
_DEPENDENT_RULES = (_ANCHOR, _ALIGNMENT)
"""What edits that only follow other edits name as their rule: a link to a heading, the columns of a table."""

_MAX_REASONS = 3


def rules_off(docs: DocsSettings, rules: Iterable[Rule]) -> frozenset[str]:
    """The names of the rules that are not used: switched off, or to be asked for."""
    return frozenset(rule.name for rule in rules if not docs.is_rule_enabled(rule.name, rule.default))


def filter_change(docs: DocsSettings, change: Change) -> Change:
    """The change less the files that are not of `docs.code`; both trees stay whole, so that nothing seems gone."""
    files = (f for f in change.files if any(docs.code.matches(path) for path in (f.before, f.after) if path))
    return replace(change, files=tuple(files))


def filter_draft(docs: DocsSettings, draft: Draft) -> Draft:
    """The draft as far as the settings ask for it.

    What globs, rules and `notice_confidence` leave out goes without a word, as they ask. Edits that are not sure
    enough, or that make sense only with others that are left out, become notices, and a note says so: a section
    follows a fact as a whole, and a heading together with the links to it. Notices do not tell their rule, so an
    analysis is to be given only the rules that are on (`DocsSettings.uses`).
    """
    wanted = [
        e for e in draft.edits if docs.matches(e.path) and _is_relevant(docs, e.fact) and docs.is_rule_enabled(e.rule)
    ]
    sure = _confident_edits(docs, wanted)
    made = _complete_edits(sure, draft.edits)
    doubtful = [e for e in wanted if e not in sure and e.rule not in _DEPENDENT_RULES]
    torn = [e for e in wanted if e in sure and e not in made and e.rule not in _DEPENDENT_RULES]
    notices = [n for n in draft.notices if docs.matches(n.path) and (n.fact is None or _is_relevant(docs, n.fact))]
    notices += [Notice(e.path, e.line, e.section, e.fact, e.reason, e.confidence) for e in (*doubtful, *torn)]
    paths = {e.path for e in made}
    return replace(
        draft,
        facts=tuple(fact for fact in draft.facts if _is_relevant(docs, fact)),
        edits=tuple(e for e in draft.edits if e in made),
        notices=tuple(n for n in _merge_by_section(notices) if n.confidence >= docs.notice_confidence),
        notes=(*draft.notes, *_notes(docs, len(doubtful), len(torn))),
        documents={path: text for path, text in draft.documents.items() if path in paths},
    )


def _is_relevant(docs: DocsSettings, fact: Fact) -> bool:
    """Whether a fact is of code that counts."""
    places = [place.path for place in (fact.before, fact.after) if place is not None]
    return not places or any(docs.code.matches(path) for path in places)


def _confident_edits(docs: DocsSettings, edits: Sequence[Edit]) -> set[Edit]:
    """The edits that are sure enough, each with all others by which its section follows its fact."""
    doubtful = {_edit_unit(e) for e in edits if e.confidence < docs.edit_confidence}
    return {e for e in edits if _edit_unit(e) not in doubtful}


def _complete_edits(sure: set[Edit], edits: Sequence[Edit]) -> set[Edit]:
    """Of the sure among the edits those that miss none that they belong to."""
    linked = {e.fact for e in edits if e.rule == _ANCHOR}
    broken = {e.fact for e in edits if e.fact in linked and (e.rule == _ANCHOR or _is_heading(e)) and e not in sure}
    torn = {_edit_unit(e) for e in edits if e.fact in broken and _is_heading(e)}
    made = {e for e in sure if _edit_unit(e) not in torn and not (e.fact in broken and e.rule == _ANCHOR)}
    ragged = {(e.path, e.section) for e in edits if e.rule != _ALIGNMENT and e not in made}
    return {e for e in made if e.rule != _ALIGNMENT or (e.path, e.section) not in ragged}


def _edit_unit(edit: Edit) -> tuple[str, Section, Fact]:
    """What is edited as a whole or not at all: a section, as it follows a fact."""
    return edit.path, edit.section, edit.fact


def _is_heading(edit: Edit) -> bool:
    titles, first = edit.section.heading, edit.section.start_line
    return bool(titles) and edit.old in titles[-1] and edit.line <= first + 1  # a line may be drawn above it


def _merge_by_section(notices: Iterable[Notice]) -> Iterator[Notice]:
    """One notice for each section, the surest first; it gives the reasons of all."""
    found: dict[tuple[str, Section], list[Notice]] = {}
    for notice in sorted(notices, key=lambda n: (-n.confidence, n.path, n.line)):
        found.setdefault((notice.path, notice.section), []).append(notice)
    for same in found.values():
        reasons = dict.fromkeys(notice.reason for notice in same)
        yield replace(same[0], reason=" ".join(list(reasons)[:_MAX_REASONS]))


def _notes(docs: DocsSettings, doubtful: int, torn: int) -> Iterator[str]:
    if doubtful:
        yield (
            f"{_count(doubtful)} only noticed: `docs.edit_confidence` asks for {docs.edit_confidence:g}, "
            "and a section is edited as a whole."
        )
    if torn:
        yield (
            f"{_count(torn)} only noticed: a heading and the links to it change together, "
            "and the settings leave some of them out."
        )


def _count(edits: int) -> str:
    return "1 edit is" if edits == 1 else f"{edits} edits are"
