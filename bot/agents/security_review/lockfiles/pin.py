"""A package that a project file pins to one version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned package; lines count from 1.

    Args:
        ecosystem: a name of https://ossf.github.io/osv-schema/: `PyPI`, `npm`, `Go`, `crates.io`, `RubyGems`.
        line: line of the name.
        end_line: line of the version, at or after `line`.
        is_standalone: whether the version on the line can be replaced without changing anything else.
    """

    ecosystem: str
    name: str
    version: str
    line: int
    end_line: int
    is_standalone: bool = False
