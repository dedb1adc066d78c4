"""Facts about a change of code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    """The kinds of changes to a public API."""

    RENAMED = "renamed"
    REMOVED = "removed"
    ADDED = "added"
    PARAMETER_RENAMED = "parameter-renamed"
    PARAMETER_ADDED = "parameter-added"
    PARAMETER_REMOVED = "parameter-removed"
    PARAMETERS_REORDERED = "parameters-reordered"
    DEFAULT_CHANGED = "default-changed"
    VALUE_CHANGED = "value-changed"
    FILE_MOVED = "file-moved"
    PAGE_REMOVED = "page-removed"
    NAME_REPLACED = "name-replaced"
    NAME_GONE = "name-gone"
    VERSION_CHANGED = "version-changed"
    INTERFACE_RENAMED = "interface-renamed"
    INTERFACE_REMOVED = "interface-removed"
    INTERFACE_DEFAULT_CHANGED = "interface-default-changed"
    TYPE_CHANGED = "type-changed"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a file at one of the two commits. Lines count from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a change of code.

    Args:
        what: the kind of symbol (`function`, `class`, `method`, `constant`, `module`, `file`) or of interface
            (`option`, `environment variable`, `route`).
        symbol: the qualified name at the base commit (`pkg.module.Class.method`), a path for FILE_MOVED and
            PAGE_REMOVED, or the name of an interface as its users write it.
        symbol_after: the qualified name at the head commit. For an addition it equals `symbol`.
        old, new: the texts that readers see before and after: bare names, parameters, source texts of defaults, paths.
        before, after: the place at the base and at the head commit.
    """

    kind: FactKind
    what: str
    symbol: str
    symbol_after: str | None
    old: str | None
    new: str | None
    before: Location | None
    after: Location | None
    confidence: float
    parameter: str | None = None
    signature_before: str | None = None
    signature_after: str | None = None
