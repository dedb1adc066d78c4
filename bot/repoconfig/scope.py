"""Filter a change, and the draft of its analysis, by the settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.agents.document_update.rules import Rule
from bot.domain import Change, Draft, Edit, Fact, Notice, Section
from bot.repoconfig.model import DocsSettings

_ANCHOR, _ALIGNMENT = "anchor", "alignment"
_DEPENDENT_RULES = (_ANCHOR, _ALIGNMENT)
"""The rules of edits that only accompany other edits: links to headings, and the alignment of tables."""

_MAX_REASONS = 3


def rules_off(docs: DocsSettings, rules: Iterable[Rule]) -> frozenset[str]:
    """Return the names of the rules that are off, by the settings or by default."""
    return frozenset(rule.name for rule in rules if not docs.is_rule_enabled(rule.name, rule.default))


def filter_change(docs: DocsSettings, change: Change) -> Change:
    """Return the change without files outside `docs.code`. Both trees stay complete, so that nothing looks removed."""
    files = (f for f in change.files if any(docs.code.matches(path) for path in (f.before, f.after) if path))
    return replace(change, files=tuple(files))


def filter_draft(docs: DocsSettings, draft: Draft) -> Draft:
    """Filter a draft by the settings.

    Globs, rules and `notice_confidence` drop edits and notices silently. Edits with too little confidence become
    notices, with a note about them. So do edits that depend on a dropped one: the edits of a section for one fact are
    made together, and so are the edits of a heading and of the links to it. A notice does not name its rule, so run an
    analysis only with the rules that are on (`rules_off`).
    """
    wanted = [
        e for e in draft.edits if docs.matches(e.path) and _is_relevant(docs, e.fact) and docs.is_rule_enabled(e.rule)
    ]
    sure = _confident_edits(docs, wanted)
    kept = _complete_edits(sure, draft.edits)
    doubtful = [e for e in wanted if e not in sure and e.rule not in _DEPENDENT_RULES]
    torn = [e for e in wanted if e in sure and e not in kept and e.rule not in _DEPENDENT_RULES]
    notices = [n for n in draft.notices if docs.matches(n.path) and (n.fact is None or _is_relevant(docs, n.fact))]
    notices += [Notice(e.path, e.line, e.section, e.fact, e.reason, e.confidence) for e in (*doubtful, *torn)]
    paths = {e.path for e in kept}
    return replace(
        draft,
        facts=tuple(fact for fact in draft.facts if _is_relevant(docs, fact)),
        edits=tuple(e for e in draft.edits if e in kept),
        notices=tuple(n for n in _merge_by_section(notices) if n.confidence >= docs.notice_confidence),
        notes=(*draft.notes, *_notes(docs, len(doubtful), len(torn))),
        documents={path: text for path, text in draft.documents.items() if path in paths},
    )


def _is_relevant(docs: DocsSettings, fact: Fact) -> bool:
    """Return whether a fact is about code within the settings."""
    places = [place.path for place in (fact.before, fact.after) if place is not None]
    return not places or any(docs.code.matches(path) for path in places)


def _confident_edits(docs: DocsSettings, edits: Sequence[Edit]) -> set[Edit]:
    """Return the edits with enough confidence whose whole unit has enough."""
    doubtful = {_edit_unit(e) for e in edits if e.confidence < docs.edit_confidence}
    return {e for e in edits if _edit_unit(e) not in doubtful}


def _complete_edits(sure: set[Edit], edits: Sequence[Edit]) -> set[Edit]:
    """Return the edits with enough confidence that depend on no dropped edit."""
    linked = {e.fact for e in edits if e.rule == _ANCHOR}
    broken = {e.fact for e in edits if e.fact in linked and (e.rule == _ANCHOR or _is_heading(e)) and e not in sure}
    torn = {_edit_unit(e) for e in edits if e.fact in broken and _is_heading(e)}
    made = {e for e in sure if _edit_unit(e) not in torn and not (e.fact in broken and e.rule == _ANCHOR)}
    ragged = {(e.path, e.section) for e in edits if e.rule != _ALIGNMENT and e not in made}
    return {e for e in made if e.rule != _ALIGNMENT or (e.path, e.section) not in ragged}


def _edit_unit(edit: Edit) -> tuple[str, Section, Fact]:
    """Return the unit that is edited together or not at all: a section and the fact that causes its edits."""
    return edit.path, edit.section, edit.fact


def _is_heading(edit: Edit) -> bool:
    titles, first = edit.section.heading, edit.section.start_line
    return bool(titles) and edit.old in titles[-1] and edit.line <= first + 1  # there can be an overline above it


def _merge_by_section(notices: Iterable[Notice]) -> Iterator[Notice]:
    """Yield one notice per section with the reasons of all, highest confidence first."""
    by_section: dict[tuple[str, Section], list[Notice]] = {}
    for notice in sorted(notices, key=lambda n: (-n.confidence, n.path, n.line)):
        by_section.setdefault((notice.path, notice.section), []).append(notice)
    for same in by_section.values():
        reasons = dict.fromkeys(notice.reason for notice in same)
        yield replace(same[0], reason=" ".join(list(reasons)[:_MAX_REASONS]))


def _notes(docs: DocsSettings, doubtful: int, torn: int) -> Iterator[str]:
    if doubtful:
        yield (
            f"{_count(doubtful)} listed for review instead, as `docs.edit_confidence` is {docs.edit_confidence:g}. "
            "A section is edited as a whole or not at all."
        )
    if torn:
        yield (
            f"{_count(torn)} listed for review instead, as the settings exclude related edits. "
            "A heading and the links to it change together."
        )


def _count(edits: int) -> str:
    return "1 edit is" if edits == 1 else f"{edits} edits are"
