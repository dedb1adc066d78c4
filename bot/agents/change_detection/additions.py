"""Additions: public names of a module, class or package that exist at head and not at base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.agents.change_detection.matching import Match
from bot.agents.change_detection.moves import FilePair
from bot.domain import Fact, FactKind, Location
from bot.languages.namespaces import ExportedName, Namespaces
from bot.languages.symbol_table import Definition, SymbolTable, is_public

MIN_SIBLINGS = 3
"""Minimum number of sibling names at base: their entries show how the docs list a new name."""
MAX_ADDITIONS = 50
"""Maximum number of new names in one change; more of them are a new subsystem, whose docs cannot be derived."""


def addition_facts(
    pairs: Sequence[FilePair], matches: Iterable[Match], base: SymbolTable, head: SymbolTable
) -> Iterator[Fact]:
    """Yield a fact for each new name, or nothing if there are more than `MAX_ADDITIONS`."""
    additions = [*_module_additions(pairs, base, head), *_symbol_additions(pairs, matches, base, head)]
    yield from additions if len(additions) <= MAX_ADDITIONS else ()


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


def _fact(name: str, exported: ExportedName) -> Fact:
    line = exported.symbol.line if exported.symbol is not None else 1
    return Fact(
        FactKind.ADDED, exported.what, name, name, None, exported.name, None, Location(exported.path, line), 1.0
    )  # fmt: skip
