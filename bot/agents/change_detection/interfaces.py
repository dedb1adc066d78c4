"""Changes of interfaces that are strings in the code: options, environment variables, routes."""

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
"""Confidence of a rename: both names have the same binding, or similar names have the same neighbours."""
_MIN_SIMILARITY, _MAYBE_SIMILARITY = 0.5, 0.35
_REMOVED_CONFIDENCE, _DEFAULT_CONFIDENCE = 0.95, 0.95

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _LocatedDeclaration:
    """A declaration with its file, and the names of the same kind before and after it in that file."""

    declaration: Declaration
    path: str
    neighbours: tuple[str, str]

    @property
    def location(self) -> Location:
        return Location(self.path, self.declaration.line)


_Declarations = Mapping[_Key, Sequence[_LocatedDeclaration]]


def interface_facts(change: Change, frameworks: Sequence[Framework]) -> Iterator[Fact]:
    """Yield renamed and removed interface names and changed defaults. Ambiguous cases yield nothing."""
    old = _declarations(change.base, (f.before for f in change.files), frameworks)
    new = _declarations(change.head, (f.after for f in change.files), frameworks)
    suffixes = tuple({suffix for interface in frameworks for suffix in interface.suffixes})
    removed = {
        key: declared
        for key, declared in old.items()
        if key not in new and not _is_mentioned(change.head, key, suffixes)
    }
    candidates = (key for key in new if key not in old) if removed else ()
    added = {key: new[key] for key in candidates if not _is_mentioned(change.base, key, suffixes)}
    paths = {f.before: f.after for f in change.files}
    successors = _one_to_one({key: _successor_candidates(found, added, paths) for key, found in removed.items()})
    for key, found in removed.items():
        if key in successors:
            successor, confidence = successors[key]
            yield _fact(FactKind.INTERFACE_RENAMED, found[0], added[successor][0], key[1], successor[1], confidence)
        elif not any(_resembles(key, other) for other in added):
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
    """Return whether code mentions a name: in quotes, or also as a whole word unless the name is a route."""
    kind, name = key
    quoted = rb"[\"'`]%b[\"'`]" % re.escape(name.lstrip("-").encode())
    spelled = re.compile(quoted if kind == "route" else quoted + rb"|" + whole_word(name).pattern)
    # Build scripts and tools count too, although they declare nothing that docs describe.
    classes = classes_of(tree)
    named = (path for path in tree if path.endswith(suffixes))
    code = (tree[path] for path in named if role(path, classes.by_path(path).file_class) != "test")
    return any(is_readable(blob) and spelled.search(blob.data) for blob in code)


def _successor_candidates(
    removed: Sequence[_LocatedDeclaration],
    added: Mapping[_Key, Sequence[_LocatedDeclaration]],
    paths: Mapping[str | None, str | None],
) -> dict[_Key, float]:
    """Return the new names that all declarations of a removed name may have become, with the highest confidence."""
    candidates = [
        {
            key: confidence
            for key, others in added.items()
            if (confidence := max(_rename_confidence(old, new, paths) for new in others))
        }
        for old in removed
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
    """Keep the removed names with a single successor that no other removed name may have."""
    single = {key: next(iter(found.items())) for key, found in candidates.items() if len(found) == 1}
    claims = [successor for found in candidates.values() for successor in found]
    return {key: (successor, score) for key, (successor, score) in single.items() if claims.count(successor) == 1}


def _resembles(removed: _Key, added: _Key) -> bool:
    """Return whether a new name may be the removed one, which makes the removal ambiguous."""
    return removed[0] == added[0] and (
        removed[0] == "route" or name_similarity(removed[1], added[1]) >= _MAYBE_SIMILARITY
    )


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
    """Return the default that all declarations share. Reads of an environment variable without one are ignored."""
    values = {f.declaration.default for f in found}
    if key[0] == "environment variable":
        values -= {None}
    return values.pop() if len(values) == 1 else None


def _has_other_default(change: Change, frameworks: Sequence[Framework], key: _Key, default: str) -> bool:
    """Return whether an unchanged file declares the name with a different default."""
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
    new_name = after.declaration.name if after is not None else None
    return Fact(
        kind, before.declaration.kind, before.declaration.name, new_name, old, new, before.location,
        after.location if after is not None else None, confidence,
    )  # fmt: skip
