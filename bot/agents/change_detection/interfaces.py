"""What a change did to the interfaces that are strings in the code: options, environment variables, routes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.agents.change_detection.matching import name_similarity
from bot.domain import Change, Fact, FactKind, Location, Tree
from bot.frameworks.framework import Declaration, Framework
from bot.languages.program import is_negation, role, whole_word
from bot.languages.scope import is_readable
from bot.languages.tokens import is_same_number
from bot.text.file_classes import FileClass, classes_of

_SAME_BINDING, _SAME_NEIGHBOURS = 0.95, 0.9
"""How sure a rename is: bound to the same thing, or a like name between the same neighbours."""
_MIN_SIMILARITY, _MAYBE_SIMILARITY = 0.5, 0.35
_REMOVED_CONFIDENCE, _DEFAULT_CONFIDENCE = 0.95, 0.95

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _LocatedDeclaration:
    """A declaration, the file that makes it, and its neighbours of the same kind there."""

    declaration: Declaration
    path: str
    neighbours: tuple[str, str]

    @property
    def place(self) -> Location:
        return Location(self.path, self.declaration.line)


_Declarations = Mapping[_Key, Sequence[_LocatedDeclaration]]


def interface_facts(change: Change, frameworks: Sequence[Framework]) -> Iterator[Fact]:
    """Names of interfaces renamed and removed, and their defaults changed; nothing where it is in doubt."""
    old = _declarations(change.base, (f.before for f in change.files), frameworks)
    new = _declarations(change.head, (f.after for f in change.files), frameworks)
    suffixes = tuple({suffix for interface in frameworks for suffix in interface.suffixes})
    gone = {k: found for k, found in old.items() if k not in new and not _is_mentioned(change.head, k, suffixes)}
    come = (k for k in new if k not in old) if gone else ()
    fresh = {k: new[k] for k in come if not _is_mentioned(change.base, k, suffixes)}
    paths = {f.before: f.after for f in change.files}
    successors = _one_to_one({key: _successor_candidates(found, fresh, paths) for key, found in gone.items()})
    for key, found in gone.items():
        if key in successors:
            successor, confidence = successors[key]
            yield _fact(FactKind.INTERFACE_RENAMED, found[0], fresh[successor][0], key[1], successor[1], confidence)
        elif not any(_resembles(key, other) for other in fresh):
            yield _fact(FactKind.INTERFACE_REMOVED, found[0], None, key[1], None, _REMOVED_CONFIDENCE)
    yield from _default_facts(change, frameworks, old, new)


def _declarations(tree: Tree, paths: Iterable[str | None], frameworks: Sequence[Framework]) -> _Declarations:
    found: dict[_Key, list[_LocatedDeclaration]] = defaultdict(list)
    classes = classes_of(tree)
    for path in paths:
        if path is None or classes.by_path(path).file_class is not FileClass.PROGRAM or not is_readable(tree[path]):
            continue
        by_kind: dict[str, list[Declaration]] = defaultdict(list)
        for framework in frameworks:
            for declaration in (
                framework.declarations(tree[path].data) if framework.applies_to(path, tree[path].data) else ()
            ):
                by_kind[declaration.kind].append(declaration)
        for row in by_kind.values():
            row.sort(key=lambda d: d.line)
            names = ["", *(d.name for d in row), ""]
            for number, declaration in enumerate(row):
                neighbours = (names[number], names[number + 2])
                found[declaration.kind, declaration.name].append(_LocatedDeclaration(declaration, path, neighbours))
    return found


def _is_mentioned(tree: Tree, key: _Key, suffixes: tuple[str, ...]) -> bool:
    """Whether code still speaks of a name: a route by its text in quotes, an option by its word in quotes, too."""
    kind, name = key
    quoted = rb"[\"'`]%b[\"'`]" % re.escape(name.lstrip("-").encode())
    spelled = re.compile(quoted if kind == "route" else quoted + rb"|" + whole_word(name).pattern)
    # Build scripts and tools count, too, though they declare nothing that docs would speak of.
    classes = classes_of(tree)
    named = (path for path in tree if path.endswith(suffixes))
    code = (tree[path] for path in named if role(path, classes.by_path(path).file_class) != "test")
    return any(is_readable(blob) and spelled.search(blob.data) for blob in code)


def _successor_candidates(
    found: Sequence[_LocatedDeclaration],
    fresh: Mapping[_Key, Sequence[_LocatedDeclaration]],
    paths: Mapping[str | None, str | None],
) -> dict[_Key, float]:
    """The new names that may be what a lost one became, by all its declarations; the surest ones only."""
    candidates = [
        {
            key: sure
            for key, others in fresh.items()
            if (sure := max(_rename_confidence(old, new, paths) for new in others))
        }
        for old in found
    ]
    common = set(candidates[0]).intersection(*candidates[1:])
    scores = {key: min(c[key] for c in candidates) for key in common}
    return {key: score for key, score in scores.items() if score == max(scores.values())}


def _rename_confidence(
    old: _LocatedDeclaration, new: _LocatedDeclaration, paths: Mapping[str | None, str | None]
) -> float:
    before, after = old.declaration, new.declaration
    if before.kind != after.kind or paths.get(old.path) != new.path or is_negation(before.name, after.name):
        return 0.0
    if before.binding and before.binding == after.binding:
        return _SAME_BINDING
    if before.kind == "route" or name_similarity(before.name, after.name) < _MIN_SIMILARITY:
        return 0.0
    return _SAME_NEIGHBOURS if old.neighbours == new.neighbours and before.default == after.default else 0.0


def _one_to_one(candidates: Mapping[_Key, Mapping[_Key, float]]) -> dict[_Key, tuple[_Key, float]]:
    """Those lost names that have one heir, which is nobody else's."""
    single = {key: next(iter(found.items())) for key, found in candidates.items() if len(found) == 1}
    claims = [heir for found in candidates.values() for heir in found]
    return {key: (heir, sure) for key, (heir, sure) in single.items() if claims.count(heir) == 1}


def _resembles(gone: _Key, fresh: _Key) -> bool:
    """Whether a new name may be the lost one after all, so that nothing can be said."""
    return gone[0] == fresh[0] and (gone[0] == "route" or name_similarity(gone[1], fresh[1]) >= _MAYBE_SIMILARITY)


def _default_facts(
    change: Change, frameworks: Sequence[Framework], old: _Declarations, new: _Declarations
) -> Iterator[Fact]:
    for key in old.keys() & new.keys():
        before, after = _default(key, old[key]), _default(key, new[key])
        if before is None or after is None or before == after or is_same_number(before, after):
            continue
        if not _has_other_default(change, frameworks, key, after):
            yield _fact(
                FactKind.INTERFACE_DEFAULT_CHANGED, old[key][0], new[key][0], before, after, _DEFAULT_CONFIDENCE
            )


def _default(key: _Key, found: Sequence[_LocatedDeclaration]) -> str | None:
    """The one default that all declarations agree on; a variable may be read without one, too."""
    values = {f.declaration.default for f in found}
    if key[0] == "environment variable":
        values -= {None}
    return values.pop() if len(values) == 1 else None


def _has_other_default(change: Change, frameworks: Sequence[Framework], key: _Key, default: str) -> bool:
    """Whether a file that did not change declares the name with another default."""
    changed = {f.after for f in change.files}
    word = key[1].lstrip("-").encode()
    spellings = (word, word.replace(b"-", b"_"))
    classes = classes_of(change.head)
    others = (
        path
        for path, blob in change.head.items()
        if path not in changed and classes.by_path(path).file_class is FileClass.PROGRAM and is_readable(blob)
        and any(s in blob.data for s in spellings)
    )  # fmt: skip
    found = _declarations(change.head, others, frameworks).get(key, ())
    ignored = {None, default} if key[0] == "environment variable" else {default}
    return any(f.declaration.default not in ignored for f in found)


def _fact(
    kind: FactKind,
    before: _LocatedDeclaration,
    after: _LocatedDeclaration | None,
    old: str | None,
    new: str | None,
    confidence: float,
) -> Fact:
    declared = after.declaration.name if after is not None else None
    return Fact(
        kind, before.declaration.kind, before.declaration.name, declared, old, new, before.place,
        after.place if after is not None else None, confidence,
    )  # fmt: skip
