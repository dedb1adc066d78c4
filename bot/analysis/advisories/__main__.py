"""`python -m bot.advisories --database PLACE FILE…`: prints which packages that files pin are known to be vulnerable.

A process of its own, so that what it may take is limited as for any scanner. The report is a JSON list.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.agents.security_review.lockfiles import Pin, find_pins
from bot.analysis.advisories.advisory import Advisory, lowest_fix, normalize_name
from bot.analysis.advisories.database import load_advisories

MAX_PINS = 20_000
"""Pins of one file."""


def main(arguments: Sequence[str]) -> None:
    """Print the report for the files named after the database's place."""
    place, names = Path(arguments[1]), arguments[2:]
    pinned = {name: list(find_pins(name, Path(name).read_bytes()))[:MAX_PINS] for name in names}
    wanted = {(pin.ecosystem, pin.name) for of in pinned.values() for pin in of}
    known: dict[tuple[str, str], list[Advisory]] = {}
    for advisory in load_advisories(place, wanted) if wanted else ():
        for key in _package_keys(advisory) & wanted:
            known.setdefault(key, []).append(advisory)
    json.dump([entry for name, of in pinned.items() for pin in of for entry in _entries(name, pin, known)], sys.stdout)


def _package_keys(advisory: Advisory) -> set[tuple[str, str]]:
    parts = [part.package for part in advisory.affected if part.package]
    return {(package.ecosystem, normalize_name(package.ecosystem, package.name)) for package in parts}


def _entries(name: str, pin: Pin, known: Mapping[tuple[str, str], list[Advisory]]) -> Iterator[dict[str, Any]]:
    """What is known of a pin: an entry for each vulnerability, however many databases name it."""
    every = known.get((pin.ecosystem, pin.name), [])
    of = [advisory for advisory in every if advisory.affects(pin.ecosystem, pin.name, pin.version)]
    fixed = lowest_fix(every, pin.ecosystem, pin.name, pin.version) or lowest_fix(
        of, pin.ecosystem, pin.name, pin.version
    )
    for advisory in _deduplicate(of):
        yield {
            "file": name,
            "ecosystem": pin.ecosystem,
            "package": pin.name,
            "version": pin.version,
            "line": pin.line,
            "end_line": pin.end_line,
            "is_alone": pin.is_standalone,
            "id": advisory.id,
            "said": advisory.short_summary,
            "severity": advisory.severity,
            "fixed": fixed,
        }


def _deduplicate(found: Iterable[Advisory]) -> list[Advisory]:
    """One of those that are names of one vulnerability: the one that says how bad it is."""
    kept: list[Advisory] = []
    for advisory in sorted(found, key=lambda a: (not a.severity, a.id)):
        names = advisory.aliases | {advisory.id}
        if not any(names & (other.aliases | {other.id}) for other in kept):
            kept.append(advisory)
    return kept


if __name__ == "__main__":
    main(sys.argv[1:])
