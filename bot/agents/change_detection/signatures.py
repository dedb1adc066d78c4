"""What changed in a signature or a value that kept its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.agents.change_detection.matching import name_similarity
from bot.domain import Fact, FactKind, Location
from bot.languages.language import Language, Parameter
from bot.languages.symbol_table import Definition

_LITERAL = re.compile(
    r"""[+-]?[\d_.]+(e[+-]?\d+)?|True|False|None|[rbfu]?("[^"]*"|'[^']*')|\(\s*\)|\[\s*\]|\{\s*\}|[\d\s*+/()._-]+""",
    re.I,
)


def parameter_facts(
    before: Definition, after: Definition, name: str, new_name: str, language: Language
) -> Iterator[Fact]:
    """Parameters renamed, added, removed, put in another order; defaults and types changed."""
    if before.symbol.parameters is None or after.symbol.parameters is None:
        return
    signatures = tuple(next(reversed(language.signatures(d.symbol)), None) for d in (before, after))

    def fact(kind: FactKind, old: str | None, new: str | None, confidence: float, parameter: str | None) -> Fact:
        return Fact(
            kind, before.symbol.what, name, new_name, old, new, Location(before.path, before.symbol.line),
            Location(after.path, after.symbol.line), confidence, parameter, *signatures,
        )  # fmt: skip

    old, new = _parameters_by_name(before), _parameters_by_name(after)
    renames = _rename_pairs(list(old.values()), list(new.values()))
    for gone, come, confidence in renames:
        yield fact(FactKind.PARAMETER_RENAMED, gone, come, confidence, gone)
    successors = {gone: come for gone, come, _ in renames} | {p: p for p in old if p in new}
    takes_any_keyword = any(p.text.startswith("**") for p in after.symbol.parameters)
    for gone in old:
        if gone not in successors:
            yield fact(FactKind.PARAMETER_REMOVED, gone, None, 0.5 if takes_any_keyword else 0.9, gone)
    for come in new:
        if come not in successors.values():
            yield fact(FactKind.PARAMETER_ADDED, None, come, 0.9, come)
    if _is_reordered(old, new, successors):
        yield fact(FactKind.PARAMETERS_REORDERED, None, None, 0.9, None)
    for gone, come in successors.items():
        if not _same(old[gone].default, new[come].default):
            yield fact(FactKind.DEFAULT_CHANGED, old[gone].default, new[come].default, 0.95, come)
    for parameter, was, now in _type_changes(before, after, successors):
        yield fact(FactKind.TYPE_CHANGED, was, now, 0.95, parameter)


def _type_changes(
    before: Definition, after: Definition, successors: Mapping[str, str]
) -> Iterator[tuple[str | None, str | None, str | None]]:
    """The parameters (None: the result) whose type is written otherwise, with the two types."""
    old, new = _parameters_by_name(before), _parameters_by_name(after)
    written = [(come, old[gone].annotation, new[come].annotation) for gone, come in successors.items()]
    for parameter, was, now in [*written, (None, before.symbol.returns, after.symbol.returns)]:
        if was is not None and now is not None and not _same(was, now):
            yield parameter, was, now


def value_facts(before: Definition, after: Definition, name: str, new_name: str) -> Iterator[Fact]:
    """A constant's, an enum member's or a class attribute's plain value changed."""
    old, new = before.symbol.value, after.symbol.value
    if old is None or new is None or _same(old, new) or not (_LITERAL.fullmatch(old) and _LITERAL.fullmatch(new)):
        return
    yield Fact(
        FactKind.VALUE_CHANGED, before.symbol.what, name, new_name, old, new,
        Location(before.path, before.symbol.line), Location(after.path, after.symbol.line), 0.95,
    )  # fmt: skip


def _parameters_by_name(definition: Definition) -> dict[str, Parameter]:
    """The parameters that a caller can name, in order."""
    return {p.name: p for p in definition.symbol.parameters or () if p.kind != "rest" and not p.name.startswith("_")}


def _rename_pairs(old: list[Parameter], new: list[Parameter]) -> list[tuple[str, str, float]]:
    """Pairs of gone and come parameters, each the other's best."""
    before, after = {p.name for p in old}, {p.name for p in new}
    gone = [(i, p) for i, p in enumerate(old) if p.name not in after]
    come = [(i, p) for i, p in enumerate(new) if p.name not in before]
    scored = [(_similarity(i, g, j, c), g, c) for i, g in gone for j, c in come]
    pairs: list[tuple[str, str, float]] = []
    for score, left, right in sorted(scored, key=lambda s: -s[0]):
        if score >= 0.5 and not any(left.name == g or right.name == c for g, c, _ in pairs):
            # Another type or default says that the values passed mean something else, too.
            most = 0.95 if left.annotation == right.annotation and _same(left.default, right.default) else 0.65
            pairs.append((left.name, right.name, round(min(most, 0.5 + score / 2), 2)))
    return pairs


def _similarity(i: int, old: Parameter, j: int, new: Parameter) -> float:
    place = 0.35 if i == j else 0.0
    kind = 0.2 if old.annotation == new.annotation and _same(old.default, new.default) else 0.0
    return place + kind + 0.45 * name_similarity(old.name, new.name)


def _is_reordered(old: dict[str, Parameter], new: dict[str, Parameter], successors: dict[str, str]) -> bool:
    """Whether those passed by position come in another order."""
    left = [successors[n] for n, p in old.items() if n in successors and p.kind != "keyword"]
    right = [n for n, p in new.items() if p.kind != "keyword"]
    return [n for n in left if n in right] != [n for n in right if n in left]


def _same(old: str | None, new: str | None) -> bool:
    """Equal but for layout and the kind of quotes."""
    if old is None or new is None:
        return old is new
    return _normalize(old) == _normalize(new)


def _normalize(value: str) -> str:
    return re.sub(r"\s+", "", value).replace('"', "'")
