"""A package at one version, as a file of a project pins it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned package; lines count from 1.

    Args:
        ecosystem: as https://ossf.github.io/osv-schema/ names it: `PyPI`, `npm`, `Go`, `crates.io`, `RubyGems`.
        line: where its name stands.
        end_line: where its version stands, at or after that.
        is_alone: whether the line can simply be given another version: nothing else depends on what it says.
    """

    ecosystem: str
    name: str
    version: str
    line: int
    end_line: int
    is_standalone: bool = False
