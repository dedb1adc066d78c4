"""Which symbol became which: by name, by re-export, then by likeness of name, signature and body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.agents.change_detection.moves import FilePair
from bot.languages.language import Symbol
from bot.languages.program import is_negation
from bot.languages.symbol_table import Definition, SymbolTable, is_public

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MIN_SIMILARITY = 0.55
_MARGIN = 0.08
_MIN_NAME_SIMILARITY = 0.35
"""Names less alike are no rename, however alike the bodies: one thing took over another's work."""


@dataclass(frozen=True, slots=True)
class Match:
    """A symbol at base and what it is at head (None: gone), as sure as `confidence` says."""

    before: Definition
    after: Definition | None
    confidence: float
    renamed: bool = False


def match_symbols(pairs: Sequence[FilePair], base: SymbolTable, head: SymbolTable) -> list[Match]:
    """Every public symbol of the changed files, with its successor."""
    return list(_Matcher(pairs, base, head).find_matches())


class _Matcher:
    def __init__(self, pairs: Sequence[FilePair], base: SymbolTable, head: SymbolTable) -> None:
        self.pairs, self.base, self.head = pairs, base, head
        self.class_successors: dict[tuple[str, str], Definition] = {}
        """(path, name) of a class at base → the class at head."""

    def find_matches(self) -> Iterator[Match]:
        before = [d for path, _ in self.pairs if path for d in _definitions(self.base, path)]
        after = [d for _, path in self.pairs if path for d in _definitions(self.head, path)]
        paths = {b: a for b, a in self.pairs if b}
        for depth in range(1 + max((d.symbol.name.count(".") for d in before), default=0)):
            old = [d for d in before if d.symbol.name.count(".") == depth and self._is_relevant(d)]
            new = [d for d in after if d.symbol.name.count(".") == depth]
            yield from self._match_level(old, new, paths)

    def _is_relevant(self, definition: Definition) -> bool:
        """Public, and not the member of a class that is gone as a whole."""
        if not self.base.public_names(definition):
            return False
        owner = self.base.find_in_file(definition.path, definition.symbol.owner)
        here = owner is not None and owner.symbol.what == "class"  # a method of Go may stand far from its type
        return not here or (definition.path, definition.symbol.owner) in self.class_successors

    def _match_level(
        self, old: list[Definition], new: list[Definition], paths: dict[str, str | None]
    ) -> Iterator[Match]:
        gone: list[Definition] = []
        for before in old:
            after = self._counterpart(before, paths)
            if after is None:
                gone.append(before)
                continue
            if after.symbol.what == before.symbol.what:
                self._record_class(before, after)
                yield Match(before, after, 1.0, renamed=self._is_module_change(before, after))
            else:
                yield from self._alias_match(before, after)
        kept = {(d.path, d.symbol.name) for d in self.class_successors.values()}
        fresh = [d for d in new if (d.path, d.symbol.name) not in kept and not self._is_in_base(d)]
        successors = self._renames(gone, fresh)
        for before in gone:
            found = successors.get(before.name)
            if found is not None:
                self._record_class(before, found[0])
                yield Match(before, found[0], found[1], renamed=True)
            elif not self._is_in_head(before):
                yield Match(before, None, self._removal_confidence(before, paths))

    def _is_module_change(self, before: Definition, after: Definition) -> bool:
        """Whether it moved with its file out of a module that stays (a class of a Java package)."""
        stays = after.module != before.module and before.module in self.head.modules and not before.symbol.owner
        return stays and not any(self.head.exists(name) for name in self.base.public_names(before))

    def _record_class(self, before: Definition, after: Definition) -> None:
        if before.symbol.what == "class":
            self.class_successors[before.path, before.symbol.name] = after

    def _counterpart(self, before: Definition, paths: dict[str, str | None]) -> Definition | None:
        """The definition that one of its public names reaches at head, or that stands in its place."""
        owner = self.class_successors.get((before.path, before.symbol.owner))
        if owner is not None:
            member = f"{owner.symbol.name}.{before.symbol.bare}"
            return self.head.find_in_file(owner.path, member) or self.head.resolve(f"{owner.module}.{member}")
        path = paths.get(before.path)
        if path is not None and len(self.head.modules.get(before.module, ())) > 1:
            here = self.head.find_in_file(path, before.symbol.name)  # other files of the module may share the name
            if here is not None and here.module == before.module:
                return here
        for name in self.base.public_names(before):
            found = self.head.resolve(name)
            if found is not None:
                return found
        moved = path is not None and path != before.path
        return self.head.find_in_file(path, before.symbol.name) if path is not None and moved else None

    def _alias_match(self, before: Definition, after: Definition) -> Iterator[Match]:
        """`Old = New` keeps the old name: a rename of which the docs may or may not want to speak."""
        successor = self.head.find_in_file(after.path, _sibling_name(after))
        if successor is not None and successor.symbol.what == before.symbol.what and is_public(successor.symbol.name):
            self._record_class(before, successor)
            yield Match(before, successor, 0.5, renamed=successor.symbol.bare != before.symbol.bare)

    def _is_in_base(self, after: Definition) -> bool:
        names = self.head.public_names(after) or (after.name,)
        return any(self.base.resolve(name) is not None for name in names)

    def _is_in_head(self, before: Definition) -> bool:
        """Reached another way: imported into its old place, or had from a class above."""
        if any(self.head.exists(name) for name in self.base.public_names(before)):
            return True
        owner = self.class_successors.get((before.path, before.symbol.owner))
        return owner is not None and self.head.find_inherited(owner, before.symbol.bare) is not None

    def _removal_confidence(self, before: Definition, paths: dict[str, str | None]) -> float:
        after = paths.get(before.path)
        if after is not None and self.head.outline(after).broken:
            return 0.5  # it may stand where the file could not be read
        return 0.7 if self.head.is_used_in_code(before.symbol.bare) else 0.9

    def _renames(self, gone: list[Definition], fresh: list[Definition]) -> dict[str, tuple[Definition, float]]:
        scores = [(self._similarity(b, a), b, a) for b in gone for a in fresh if self._is_comparable(b, a)]
        found: dict[str, tuple[Definition, float]] = {}
        taken: set[tuple[str, str]] = set()
        for score, before, after in sorted(scores, key=lambda s: -s[0]):
            old, new = ("base", before.name), ("head", after.name)
            if (
                score < _MIN_SIMILARITY
                or name_similarity(before.symbol.bare, after.symbol.bare) < _MIN_NAME_SIMILARITY
                or old in taken
                or new in taken
            ):
                continue
            rivals = (
                s
                for s, b, a in scores
                if (b is before) != (a is after) and not {("base", b.name), ("head", a.name)} & taken
            )
            if score - max(rivals, default=0.0) >= _MARGIN:
                found[before.name] = (after, round(min(0.97, 0.55 + score / 2), 2))
            taken |= {old, new}
        return found

    def _is_comparable(self, before: Definition, after: Definition) -> bool:
        if (
            before.symbol.what != after.symbol.what
            or self.base.sources[before.path] is not self.head.sources[after.path]
        ):
            return False
        if (
            not is_public(after.symbol.name)
            or not after.symbol.public
            or is_negation(before.symbol.bare, after.symbol.bare)
        ):
            return False
        owner = self.class_successors.get((before.path, before.symbol.owner))
        if owner is None:
            return before.symbol.owner == after.symbol.owner
        return (owner.path, owner.symbol.name) == (after.path, after.symbol.owner)

    def _similarity(self, before: Definition, after: Definition) -> float:
        """How much one definition looks like another, from 0 to 1; the name itself counts a third."""
        old, new = before.symbol, after.symbol
        name = name_similarity(old.bare, new.bare)
        body = _jaccard(_body_tokens(self.base, before), _body_tokens(self.head, after))
        if old.parameters is None or new.parameters is None:
            return 0.45 * body + 0.55 * name
        signature = _jaccard(Counter(p.name for p in old.parameters), Counter(p.name for p in new.parameters))
        return 0.45 * body + 0.2 * signature + 0.35 * name


def _definitions(surface: SymbolTable, path: str) -> Iterator[Definition]:
    module = surface.module_name(path)
    return (Definition(path, module, symbol) for symbol in surface.outline(path).symbols)


def _sibling_name(alias: Definition) -> str:
    value = (alias.symbol.value or "").strip()
    return f"{alias.symbol.owner}.{value}" if alias.symbol.owner else value


def name_similarity(old: str, new: str) -> float:
    """How alike two names are, by their words and by their letters, from 0 to 1."""
    words = _jaccard(Counter(_words(old)), Counter(_words(new)))
    return max(words, SequenceMatcher(None, old.lower(), new.lower()).ratio())


def _words(name: str) -> list[str]:
    return [part.lower() for part in _PART.findall(name)]


def _body_tokens(surface: SymbolTable, definition: Definition) -> Counter[bytes]:
    symbol: Symbol = definition.symbol
    counts = Counter(_TOKEN.findall(surface.content(definition.path)[slice(*symbol.span)]))
    del counts[symbol.bare.encode()]
    return counts


def _jaccard(old: Iterable[object], new: Iterable[object]) -> float:
    """Multisets' shared part of their union, from 0 to 1; two empty ones are alike."""
    left, right = Counter(old), Counter(new)
    union = (left | right).total()
    return (left & right).total() / union if union else 1.0
