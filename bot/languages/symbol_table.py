"""Symbols of a tree: definitions, the names they are reachable by, and the words of the source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cachetools import LRUCache, cached

from bot.domain import Blob, Tree
from bot.languages.language import Binding, Language, Outline, Symbol
from bot.languages.scope import is_readable, language_of
from bot.text.file_classes import FileClass, classes_of

_WORD = re.compile(rb"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol and the file that defines it."""

    path: str
    module: str
    symbol: Symbol

    @property
    def name(self) -> str:
        return f"{self.module}.{self.symbol.name}"


@cached(LRUCache(4096), key=lambda blob: blob.oid)
def words(blob: Blob) -> frozenset[bytes]:
    """Return the words of a file; cached by its content."""
    return frozenset(_WORD.findall(blob.data))


@cached(LRUCache(2048), key=lambda blob, language, module, package: (blob.oid, language.name, module, package))
def _outline(blob: Blob, language: Language, module: str, package: bool) -> Outline:
    return language.outline(blob.data, module, package)


@cached(LRUCache(2048), key=lambda blob, language: (blob.oid, language.name))
def _code_words(blob: Blob, language: Language) -> frozenset[str]:
    return language.words(blob.data)


def is_public(name: str) -> bool:
    """Return whether no part of a dotted name starts with an underscore."""
    return bool(name) and not any(part.startswith("_") for part in name.split("."))


class SymbolTable:
    """The symbols of a tree, computed lazily and cached."""

    def __init__(self, tree: Tree, languages: Sequence[Language]) -> None:
        self._tree = tree
        self._languages = languages
        self._modules: dict[str, str] = {}
        self._definitions: dict[str, Mapping[str, Definition]] = {}
        self._full_names: dict[tuple[str, str], frozenset[str]] = {}

    @cached_property
    def sources(self) -> Mapping[str, Language]:
        """The project's own source files and their languages."""
        classes, found = classes_of(self._tree), {}
        for path, blob in self._tree.items():
            language = language_of(path, self._languages)
            if language is None or not is_readable(blob) or self._is_stub(path, language):
                continue
            if classes.by_path(path).file_class is FileClass.PROGRAM:
                found[path] = language
        return found

    def _is_stub(self, path: str, language: Language) -> bool:
        """Return whether a file is a stub of another one (`a.pyi` next to `a.py`)."""
        main = language.suffixes[0]
        return any(path.endswith(s) and path.removesuffix(s) + main in self._tree for s in language.stub_suffixes)

    @cached_property
    def modules(self) -> Mapping[str, tuple[str, ...]]:
        """Module name → paths of its source files; a Go or Java package has many."""
        found: dict[str, tuple[str, ...]] = {}
        for path in self.sources:
            module = self.module_name(path)
            if module:
                found[module] = (*found.get(module, ()), path)
        return found

    @cached_property
    def roots(self) -> frozenset[str]:
        """The first parts of all module names; a dotted name that starts with one of them belongs to the project."""
        return frozenset(module.partition(".")[0] for module in self.modules)

    def module_name(self, path: str) -> str:
        """Return the module name of a source file; empty if it has none."""
        if path not in self._modules:
            language = self.sources.get(path)
            self._modules[path] = (language.module(path, self._tree) or "") if language is not None else ""
        return self._modules[path]

    def outline(self, path: str) -> Outline:
        """Return the outline of a source file; empty for any other path."""
        language = self.sources.get(path)
        if language is None:
            return Outline()
        return _outline(self._tree[path], language, self.module_name(path), language.is_package(path))

    def content(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return self._tree[path].data

    def has_file(self, path: str) -> bool:
        """Return whether the tree has a file at a path."""
        return path in self._tree

    def files_with(self, word: str) -> list[str]:
        """Return the source files that contain `word`, in code, text or comments."""
        wanted = word.encode()
        return [path for path in self.sources if wanted in words(self._tree[path])]

    def is_used_in_code(self, word: str) -> bool:
        """Return whether the source contains `word` outside comments and docstrings."""
        return any(word in _code_words(self._tree[path], self.sources[path]) for path in self.files_with(word))

    def find_definitions(self, bare: str) -> list[Definition]:
        """Return all definitions of a bare name in the project's source, private ones included."""
        return [
            Definition(path, self.module_name(path), symbol)
            for path in self.files_with(bare)
            for symbol in self.outline(path).symbols
            if symbol.bare == bare
        ]

    def find_in_file(self, path: str, name: str) -> Definition | None:
        """Return the symbol with a name within a file."""
        found = next((s for s in self.outline(path).symbols if s.name == name), None)
        return Definition(path, self.module_name(path), found) if found is not None else None

    def definition_at(self, path: str, line: int, bare: str) -> Definition | None:
        """Return the symbol with a bare name that starts on a line of a file."""
        found = next((s for s in self.outline(path).symbols if s.line == line and s.bare == bare), None)
        return Definition(path, self.module_name(path), found) if found is not None else None

    def full_names(self, definition: Definition) -> frozenset[str]:
        """Return all dotted names of a symbol: that of its definition and those of re-exports."""
        key = (definition.path, definition.symbol.name)
        if key not in self._full_names:
            top, dot, rest = definition.symbol.name.partition(".")
            self._full_names[key] = frozenset(
                name + dot + rest for name in self._follow_reexports(definition.module, top)
            )
        return self._full_names[key]

    def public_names(self, definition: Definition) -> tuple[str, ...]:
        """Return the public names of a symbol: without leading underscores, not hidden by `__all__`; shortest first."""
        language = self.sources.get(definition.path)
        if not definition.symbol.public or (language is not None and language.is_private(definition.path)):
            return ()
        exports = self.outline(definition.path).exports
        top = definition.symbol.name.partition(".")[0]
        hidden = {definition.name} if exports is not None and top not in exports else set()
        names = (n for n in self.full_names(definition) - hidden if is_public(n))
        return tuple(sorted(names, key=lambda n: (n.count("."), n)))

    def _follow_reexports(self, module: str, top: str) -> set[str]:
        """Return all names of a top-level symbol, following re-exports from package to package."""
        reached, pending = {f"{module}.{top}"}, [(module, top)]
        while pending:
            source, name = pending.pop()
            for package, binding in self._reexports.get(source, ()):
                if binding.name == name or (binding.name == "*" and self._exports_by_star(source, name)):
                    local = name if binding.name == "*" else binding.local
                    if f"{package}.{local}" not in reached:
                        reached.add(f"{package}.{local}")
                        pending.append((package, local))
        return reached

    def _exports_by_star(self, module: str, name: str) -> bool:
        """Return whether `from module import *` imports a name."""
        paths = self.modules.get(module, ())
        exports = next((e for e in (self.outline(path).exports for path in paths) if e is not None), None)
        return name in exports if exports is not None else not name.startswith("_")

    @cached_property
    def _reexports(self) -> Mapping[str, list[tuple[str, Binding]]]:
        """Module → the packages that import from it, each with the binding."""
        found: dict[str, list[tuple[str, Binding]]] = {}
        for module, path in ((module, path) for module, paths in self.modules.items() for path in paths):
            if self.sources[path].is_package(path):
                for binding in self.outline(path).bindings:
                    if binding.name is not None:
                        found.setdefault(binding.source, []).append((module, binding))
        return found

    def resolve(self, name: str, hops: int = 8) -> Definition | None:
        """Resolve a dotted name, following up to `hops` imports; None if it is not a symbol of the project."""
        parts = name.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module, rest = ".".join(parts[:cut]), parts[cut:]
            paths = self.modules.get(module, ())
            if paths:
                via_imports = (self._resolve_in_file(path, rest, hops) for path in paths)
                return self._module_definitions(module).get(".".join(rest)) or next((d for d in via_imports if d), None)
        return None

    def _module_definitions(self, module: str) -> Mapping[str, Definition]:
        """Return the definitions of a module by name; the first one if several have the same name."""
        if module not in self._definitions:
            paths = self.modules.get(module, ())
            found = [Definition(path, module, symbol) for path in paths for symbol in self.outline(path).symbols]
            self._definitions[module] = {definition.symbol.name: definition for definition in reversed(found)}
        return self._definitions[module]

    def _resolve_in_file(self, path: str, rest: list[str], hops: int) -> Definition | None:
        if hops == 0:
            return None
        for binding in self.outline(path).bindings:
            source = binding.source
            if binding.name == "*" and self._exports_by_star(source, rest[0]):
                found = self.resolve(".".join([source, *rest]), hops - 1)
            elif binding.local == rest[0] and binding.name is not None:
                found = self.resolve(".".join([source, binding.name, *rest[1:]]), hops - 1)
            else:
                continue
            if found is not None:
                return found
        return None

    def exists(self, name: str) -> bool:
        """Return whether a dotted name exists: a module, a symbol, or a name that a module imports or computes."""
        if name in self.modules or self.resolve(name) is not None:
            return True
        module, _, last = name.rpartition(".")
        return any(self._provides(path, last) for path in self.modules.get(module, ()))

    def _provides(self, path: str, name: str) -> bool:
        """Return whether a file imports a name, or may compute it in a module-level `__getattr__`."""
        outline = self.outline(path)
        if name in {binding.local for binding in outline.bindings}:
            return True
        has_getattr = any(symbol.name == "__getattr__" for symbol in outline.symbols)
        return has_getattr and name.encode() in words(self._tree[path])

    def find_inherited(self, owner: Definition, bare: str, hops: int = 8) -> Definition | None:
        """Return the member that a class inherits from the project's own classes, following up to `hops` levels."""
        for base in owner.symbol.bases if hops else ():
            for parent in self.find_definitions(base.rpartition(".")[2]):
                if parent.symbol.what == "class":
                    own = self.find_in_file(parent.path, f"{parent.symbol.name}.{bare}")
                    found = own or self.find_inherited(parent, bare, hops - 1)
                    if found is not None:
                        return found
        return None
