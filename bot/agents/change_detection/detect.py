"""Trees in, facts out: what a change did to the names, signatures and values that others use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.agents.change_detection.additions import addition_facts
from bot.agents.change_detection.deprecations import is_newly_deprecated
from bot.agents.change_detection.interfaces import interface_facts
from bot.agents.change_detection.matching import Match, match_symbols
from bot.agents.change_detection.moves import file_pairs, page_removals
from bot.agents.change_detection.replacements import find_replacements
from bot.agents.change_detection.signatures import parameter_facts, value_facts
from bot.agents.change_detection.upcoming_version import upcoming_version
from bot.agents.change_detection.versions import version_facts
from bot.domain import Change, Fact, FactKind, Location
from bot.frameworks.framework import Framework
from bot.languages.language import Language
from bot.languages.symbol_table import Definition, SymbolTable, is_public
from bot.languages.tokens import Replacement


@dataclass(frozen=True, slots=True)
class Detection:
    """What a change did.

    `base` and `head` are the source of both trees, as far as it was read. `notes` are whole sentences on what could not
    be read. `replacements` are the names that went, as they are spelled in any language: what they mean shows only
    beside the docs that mention them. `upcoming_version` is the version that head leads to, where that is certain.
    """

    base: SymbolTable
    head: SymbolTable
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    replacements: Mapping[str, Replacement]
    upcoming_version: str = ""


def detect(change: Change, languages: Sequence[Language], frameworks: Sequence[Framework]) -> Detection:
    """The facts of a change of code, about its public surface only."""
    base, head = SymbolTable(change.base, languages), SymbolTable(change.head, languages)
    pairs = file_pairs(change, base, head)
    matches = match_symbols(pairs, base, head)
    facts = [*_move_facts(change, pairs, base, head), *version_facts(change), *interface_facts(change, frameworks)]
    for match in matches:
        facts += _match_facts(match, base, head)
    facts += [*addition_facts(pairs, matches, base, head), *page_removals(change)]
    notes = [
        f"`{after}` has syntax that could not be read, so facts about it may be missing."
        for before, after in pairs
        if after and head.outline(after).broken and not (before and base.outline(before).broken)
    ]
    ordered = tuple(dict.fromkeys(sorted(facts, key=_sort_key)))
    return Detection(base, head, ordered, tuple(notes), find_replacements(change), upcoming_version(change.head))


def _sort_key(fact: Fact) -> tuple[str, int, str]:
    place = fact.after or fact.before
    return (place.path, place.line, fact.symbol) if place is not None else ("", 0, fact.symbol)


def _move_facts(
    change: Change, pairs: Sequence[tuple[str | None, str | None]], base: SymbolTable, head: SymbolTable
) -> Iterator[Fact]:
    moves = {f.before: f.after for f in change.files if f.before and f.after and f.before != f.after}
    moves |= {before: after for before, after in pairs if before and after and before != after}
    for before, after in moves.items():
        yield Fact(
            FactKind.FILE_MOVED, "file", before, after, before, after, Location(before, 1), Location(after, 1), 0.97
        )  # fmt: skip
        old, new = base.module_name(before), head.module_name(after)
        if is_public(old) and is_public(new) and old != new and not head.exists(old):
            if old.rpartition(".")[2] == new.rpartition(".")[2] and _is_package_move(old, new, moves, base, head):
                continue
            yield Fact(
                FactKind.RENAMED, "module", old, new, old.rpartition(".")[2], new.rpartition(".")[2],
                Location(before, 1), Location(after, 1), 0.95,
            )  # fmt: skip


def _is_package_move(old: str, new: str, moves: dict[str, str], base: SymbolTable, head: SymbolTable) -> bool:
    """Whether a module moved only because its package did, which is a fact of its own."""
    before, after = base.modules.get(old.rpartition(".")[0], ()), head.modules.get(new.rpartition(".")[0], ())
    return any(moves.get(path) in after for path in before)


def _match_facts(match: Match, base: SymbolTable, head: SymbolTable) -> Iterator[Fact]:
    before, after = match.before, match.after
    name = base.public_names(before)[0]
    place = Location(before.path, before.symbol.line)
    if after is None:
        yield Fact(
            FactKind.REMOVED, before.symbol.what, name, None, before.symbol.bare, None, place, None, match.confidence
        )  # fmt: skip
        return
    new = (head.public_names(after) or (after.name,))[0]
    if match.renamed:
        yield Fact(
            FactKind.RENAMED, before.symbol.what, name, new, before.symbol.bare, after.symbol.bare,
            place, Location(after.path, after.symbol.line), match.confidence,
        )  # fmt: skip
    yield from parameter_facts(before, after, name, new, _language(base, before))
    yield from value_facts(before, after, name, new)
    if is_newly_deprecated(before, after, base, head):
        yield Fact(
            FactKind.DEPRECATED, before.symbol.what, name, new, before.symbol.bare, after.symbol.bare,
            place, Location(after.path, after.symbol.line), 0.9,
        )  # fmt: skip


def _language(surface: SymbolTable, definition: Definition) -> Language:
    return surface.sources[definition.path]
