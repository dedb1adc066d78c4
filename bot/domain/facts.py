"""What is true of a change of code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    """What happened to something public."""

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
    """A line of a file at one of the two commits; lines count from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is true of a change of code.

    `symbol` is the qualified name at base (`pkg.module.Class.method`; a path for FILE_MOVED and PAGE_REMOVED) and
    `symbol_after` the one at head; of what is added both are the one at head. `old` and `new` are
    what goes and comes in the reader's eye: the bare names, the parameter, the default's source
    text, the paths. `what` is the kind of symbol (`function`, `class`, `method`, `constant`,
    `module`, `file`) or of interface (`option`, `environment variable`, `route`), whose name stands
    in `symbol` as its users write it.
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
