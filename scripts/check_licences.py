"""Check that `requirements/licences.toml` allows the licence of every dependency. Exits with 1 otherwise.

Reads the metadata of installed packages, so run it in the virtual environment that the lock filled.
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


def locked_packages(lock: str) -> Iterator[str]:
    """Yield the packages of a lock file whose markers match this machine."""
    for line in lock.splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name


def licence_of(package: str) -> str:
    """Return a package's licence from its most exact metadata field; may be empty."""
    data = metadata(package).json
    expression, free_text = str(data.get("license_expression", "")), str(data.get("license", "")).strip()
    approved = [each for each in data.get("classifier", []) if each.startswith("License :: OSI Approved :: ")]
    if expression or len(approved) != 1:
        return expression or ("" if free_text == "UNKNOWN" or "\n" in free_text else free_text)
    return approved[0].rpartition(" :: ")[2]


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Return whether an SPDX expression is allowed: all parts of an AND, one of an OR. Brackets are not supported."""
    choices = [choice.split(" AND ") for choice in expression.split(" OR ")]
    return any(all(each.strip() in allowed for each in choice) for choice in choices)


def faults(packages: Iterator[str], rules: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each package whose licence is not allowed."""
    for package in packages:
        try:
            licence = licence_of(package)
        except PackageNotFoundError:
            yield f"{package}: in the lock, but not installed"
            continue
        licence = str(rules["spelt"].get(licence, licence))
        if rules["exceptions"].get(package, [None])[0] != licence and not is_allowed(licence, set(rules["allowed"])):
            yield f"{package}: {licence or 'no licence in its metadata'}"


def main() -> int:
    """Print the packages that are not allowed; return the exit code."""
    rules = tomllib.loads((REQUIREMENTS / "licences.toml").read_text())
    packages = list(locked_packages((REQUIREMENTS / "run.lock").read_text()))
    found = list(faults(iter(packages), rules))
    print("\n".join(found) or f"The licences of {len(packages)} packages are allowed.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
