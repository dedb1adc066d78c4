"""Exported names of modules, classes and packages: the siblings of a symbol, in source order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from bot.languages.language import Binding, Symbol
from bot.languages.symbol_table import SymbolTable, is_public


@dataclass(frozen=True, slots=True)
class ExportedName:
    """A public name of a namespace: its kind as in `Fact.what`, the file that defines it, and its symbol, if any."""

    name: str
    what: str
    path: str
    symbol: Symbol | None = None


class Namespaces:
    """The namespaces of a tree, computed lazily and cached."""

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._exports: dict[str, Mapping[str, ExportedName]] = {}

    def exports(self, container: str) -> Mapping[str, ExportedName]:
        """Return the public names of a module or a class; empty for any other name."""
        if container not in self._exports:
            self._exports[container] = {}  # ends the recursion of circular imports
            found = (
                self._module_exports(container)
                if container in self._symbols.modules
                else self._class_members(container)
            )
            self._exports[container] = {exported.name: exported for exported in found}
        return self._exports[container]

    def submodules(self, package: str) -> Mapping[str, ExportedName]:
        """Return the public modules directly in a package."""
        return self._submodules.get(package, {})

    def _module_exports(self, module: str) -> Iterator[ExportedName]:
        """Yield the definitions of a module's files, and their imports if a file is a package or lists its exports."""
        symbols = self._symbols
        for path in symbols.modules[module]:
            outline, language = symbols.outline(path), symbols.sources[path]
            imported = outline.bindings if language.is_package(path) or outline.exports is not None else ()
            own = (ExportedName(s.name, s.what, path, s) for s in outline.symbols if not s.owner and s.public)
            for exported in chain(*(self._imports(binding) for binding in imported), own):
                is_listed = outline.exports is None or exported.name in outline.exports
                if is_listed and is_public(exported.name) and not language.is_private(path):
                    yield exported

    def _imports(self, binding: Binding) -> Iterator[ExportedName]:
        """Yield the names that an import binds."""
        exports = self.exports(binding.source)
        if binding.name == "*":
            yield from exports.values()
        elif binding.name is not None and binding.name in exports:
            yield replace(exports[binding.name], name=binding.local)
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
