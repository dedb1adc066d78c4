"""`python -m bot.analysis.advisories --database PATH FILE…`: report vulnerable packages that the files pin.

Runs as a separate process, so that it has limits like any scanner. The report is a JSON list.
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
"""Pins that are checked per file."""


def main(arguments: Sequence[str]) -> None:
    """Print the report; `arguments` are `--database`, its path and the files."""
    database, names = Path(arguments[1]), arguments[2:]
    pins_by_file = {name: list(find_pins(name, Path(name).read_bytes()))[:MAX_PINS] for name in names}
    wanted = {(pin.ecosystem, pin.name) for pins in pins_by_file.values() for pin in pins}
    known: dict[tuple[str, str], list[Advisory]] = {}
    for advisory in load_advisories(database, wanted) if wanted else ():
        for key in _package_keys(advisory) & wanted:
            known.setdefault(key, []).append(advisory)
    json.dump(
        [entry for name, pins in pins_by_file.items() for pin in pins for entry in _entries(name, pin, known)],
        sys.stdout,
    )


def _package_keys(advisory: Advisory) -> set[tuple[str, str]]:
    parts = [part.package for part in advisory.affected if part.package]
    return {(package.ecosystem, normalize_name(package.ecosystem, package.name)) for package in parts}


def _entries(name: str, pin: Pin, known: Mapping[tuple[str, str], list[Advisory]]) -> Iterator[dict[str, Any]]:
    """Yield an entry for each vulnerability of a pin, once even if several databases list it."""
    advisories = known.get((pin.ecosystem, pin.name), [])
    affecting = [advisory for advisory in advisories if advisory.affects(pin.ecosystem, pin.name, pin.version)]
    fixed = lowest_fix(advisories, pin.ecosystem, pin.name, pin.version) or lowest_fix(
        affecting, pin.ecosystem, pin.name, pin.version
    )
    for advisory in _deduplicate(affecting):
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
    """Keep one advisory per vulnerability, preferably one with a severity."""
    kept: list[Advisory] = []
    for advisory in sorted(found, key=lambda a: (not a.severity, a.id)):
        names = advisory.aliases | {advisory.id}
        if not any(names & (other.aliases | {other.id}) for other in kept):
            kept.append(advisory)
    return kept


if __name__ == "__main__":
    main(sys.argv[1:])
