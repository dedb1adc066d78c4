"""Every dependency of the bot has a licence that `requirements/licences.toml` allows; the exit code is 1 otherwise.

It reads the metadata of what is installed: run it in the virtual environment that the lock filled.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

REQUIREMENTS = Path(__file__).parent.parent / "requirements"


def locked(lock: str) -> Iterator[str]:
    """The packages of a lock file that belong on this machine."""
    for line in lock.splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name


def said(package: str) -> str:
    """What a package's metadata says of its licence, the most exact first; may be empty."""
    data = metadata(package).json
    expression, in_words = str(data.get("license_expression", "")), str(data.get("license", "")).strip()
    approved = [each for each in data.get("classifier", []) if each.startswith("License :: OSI Approved :: ")]
    if expression or len(approved) != 1:
        return expression or ("" if in_words == "UNKNOWN" or "\n" in in_words else in_words)
    return approved[0].rpartition(" :: ")[2]


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression is met: all of an AND, one of an OR. One with brackets is for a person to read."""
    choices = [choice.split(" AND ") for choice in expression.split(" OR ")]
    return any(all(each.strip() in allowed for each in choice) for choice in choices)


def faults(packages: Iterator[str], rules: Mapping[str, Any]) -> Iterator[str]:
    """A line for each package whose licence is not allowed."""
    for package in packages:
        try:
            licence = said(package)
        except PackageNotFoundError:
            yield f"{package}: it is in the lock, and not installed"
            continue
        licence = str(rules["spelt"].get(licence, licence))
        if rules["exceptions"].get(package, [None])[0] != licence and not is_allowed(licence, set(rules["allowed"])):
            yield f"{package}: {licence or 'no licence is said'}"


def main() -> int:
    """The exit code."""
    rules = tomllib.loads((REQUIREMENTS / "licences.toml").read_text())
    packages = list(locked((REQUIREMENTS / "run.lock").read_text()))
    found = list(faults(iter(packages), rules))
    print("\n".join(found) or f"The licences of {len(packages)} packages are allowed.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
