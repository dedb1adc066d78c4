"""What a module, a class or a package offers by name: the siblings of a symbol, in the order of the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from bot.languages.language import Binding, Symbol
from bot.languages.symbol_table import SymbolTable, is_public


@dataclass(frozen=True, slots=True)
class ExportedName:
    """A public name of a namespace: what it is (as in `Fact.what`), the file that defines it, its symbol if any."""

    name: str
    what: str
    path: str
    symbol: Symbol | None = None


class Namespaces:
    """One tree's namespaces, each read once, when it is asked for."""

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._exports: dict[str, Mapping[str, ExportedName]] = {}

    def exports(self, container: str) -> Mapping[str, ExportedName]:
        """The public names of a module or a class; empty for any other name."""
        if container not in self._exports:
            self._exports[container] = {}  # for a module that imports from itself
            found = (
                self._module_exports(container)
                if container in self._symbols.modules
                else self._class_members(container)
            )
            self._exports[container] = {offer.name: offer for offer in found}
        return self._exports[container]

    def submodules(self, package: str) -> Mapping[str, ExportedName]:
        """The public modules that lie directly in a package."""
        return self._submodules.get(package, {})

    def _module_exports(self, module: str) -> Iterator[ExportedName]:
        """What its files define, and what those take from elsewhere that speak for their folder or list names."""
        surface = self._symbols
        for path in surface.modules[module]:
            outline, language = surface.outline(path), surface.sources[path]
            taken = outline.bindings if language.is_package(path) or outline.exports is not None else ()
            own = (ExportedName(s.name, s.what, path, s) for s in outline.symbols if not s.owner and s.public)
            for offer in chain(*(self._imports(binding) for binding in taken), own):
                listed = outline.exports is None or offer.name in outline.exports
                if listed and is_public(offer.name) and not language.is_private(path):
                    yield offer

    def _imports(self, binding: Binding) -> Iterator[ExportedName]:
        """What a file has under its own names from another one."""
        offers = self.exports(binding.source)
        if binding.name == "*":
            yield from offers.values()
        elif binding.name is not None and binding.name in offers:
            yield replace(offers[binding.name], name=binding.local)
        elif binding.name is not None and f"{binding.source}.{binding.name}" not in self._symbols.modules:
            found = self._symbols.resolve(f"{binding.source}.{binding.name}")
            if found is not None:
                yield ExportedName(binding.local, found.symbol.what, found.path, found.symbol)

    def _class_members(self, name: str) -> Iterator[ExportedName]:
        owner = self._symbols.resolve(name)
        for symbol in self._symbols.outline(owner.path).symbols if owner is not None else ():
            if owner is not None and symbol.owner == owner.symbol.name and symbol.public and is_public(symbol.bare):
                yield ExportedName(symbol.bare, symbol.what, owner.path, symbol)

    @cached_property
    def _submodules(self) -> Mapping[str, dict[str, ExportedName]]:
        found: dict[str, dict[str, ExportedName]] = {}
        for module, paths in sorted(self._symbols.modules.items()):
            package, _, name = module.rpartition(".")
            if is_public(module) and package:
                found.setdefault(package, {})[name] = ExportedName(name, "module", paths[0])
        return found
