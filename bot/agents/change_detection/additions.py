"""What is new: public names that a module, a class or a package offers at head and did not at base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.agents.change_detection.matching import Match
from bot.agents.change_detection.moves import FilePair
from bot.domain import Fact, FactKind, Location
from bot.languages.namespaces import ExportedName, Namespaces
from bot.languages.symbol_table import Definition, SymbolTable, is_public

MIN_SIBLINGS = 3
"""Names beside it at base: only by them can docs show how a new name is to be listed."""
MAX_ADDITIONS = 50
"""New names of one change; what brings more is a new part of the program, whose docs nobody derives."""


def addition_facts(
    pairs: Sequence[FilePair], matches: Iterable[Match], base: SymbolTable, head: SymbolTable
) -> Iterator[Fact]:
    """A fact for each new name, where there are few."""
    found = [*_module_additions(pairs, base, head), *_symbol_additions(pairs, matches, base, head)]
    yield from found if len(found) <= MAX_ADDITIONS else ()


def _symbol_additions(
    pairs: Sequence[FilePair], matches: Iterable[Match], base: SymbolTable, head: SymbolTable
) -> Iterator[Fact]:
    successors = {(m.after.path, m.after.symbol.name) for m in matches if m.after is not None}
    before = Namespaces(base)
    for old, path in pairs:
        known = {symbol.name for symbol in base.outline(old).symbols} if old else frozenset()
        for symbol in head.outline(path).symbols if path else ():
            if path and symbol.name not in known and (path, symbol.name) not in successors:
                definition = Definition(path, head.module_name(path), symbol)
                name = next(iter(head.public_names(definition)), "")
                if name and len(before.exports(name.rpartition(".")[0])) >= MIN_SIBLINGS and not base.exists(name):
                    yield _fact(name, ExportedName(symbol.bare, symbol.what, path, symbol))


def _module_additions(pairs: Sequence[FilePair], base: SymbolTable, head: SymbolTable) -> Iterator[Fact]:
    before = Namespaces(base)
    for old, path in pairs:
        name = head.module_name(path) if path and not old else ""
        package = name.rpartition(".")[0]
        is_new = is_public(name) and package in base.modules and name not in base.modules
        if path and is_new and len(before.submodules(package)) >= MIN_SIBLINGS:
            yield _fact(name, ExportedName(name.rpartition(".")[2], "module", path))


def _fact(name: str, offer: ExportedName) -> Fact:
    line = offer.symbol.line if offer.symbol is not None else 1
    return Fact(FactKind.ADDED, offer.what, name, name, None, offer.name, None, Location(offer.path, line), 1.0)
