"""Read a local OSV database: JSON files, plain or in zips, as published by https://osv.dev. Nothing is fetched."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from bot.analysis.advisories.advisory import Advisory, normalize_name
from bot.errors import UserError

MAX_ADVISORY_BYTES = 4 << 20
"""Larger advisories are skipped."""
_NAME = re.compile(rb'"name"\s*:\s*"((?:[^"\\]|\\.){1,300})"')
_ECOSYSTEMS = ("PyPI", "npm", "Go", "crates.io", "RubyGems")

PackageKey = tuple[str, str]
"""A package: its ecosystem and name."""


def load_advisories(path: Path, packages: Iterable[PackageKey]) -> Iterator[Advisory]:
    """Yield the advisories about any of the packages, without withdrawn ones.

    A folder or zip named after an ecosystem is only opened for packages of that ecosystem.

    Raises:
        UserError: the database cannot be read.
    """
    names: dict[str, set[bytes]] = {}
    for ecosystem, name in packages:
        names.setdefault(ecosystem, set()).add(name.encode())
    every, is_python = set().union(*names.values()), "PyPI" in names
    try:
        for data in _json_files(path, frozenset(names)):
            if not every.isdisjoint(_package_names(data, is_python)) and (found := _parse_advisory(data)):
                yield found
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise UserError(
            f"{path} is not an OSV database.", "Set MAS_OSV_DIR to a folder or zip of OSV JSON files."
        ) from error


def _package_names(data: bytes, is_python: bool) -> Iterator[bytes]:
    """Yield the package names in a file, as written and, for Python, normalised."""
    for found in _NAME.finditer(data):
        name = found[1].replace(rb"\/", b"/")
        yield name
        if is_python:
            yield normalize_name("PyPI", name.decode(errors="replace")).encode()


def _parse_advisory(data: bytes) -> Advisory | None:
    try:
        found = Advisory.model_validate(json.loads(data))
    except (ValidationError, ValueError, RecursionError):
        return None  # skip a single invalid file
    return None if found.withdrawn else found


def _json_files(root: Path, ecosystems: frozenset[str]) -> Iterator[bytes]:
    """Yield the content of the JSON files in a file, folder or zip, in name order."""
    paths = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else [root]
    for path in paths:
        if not _may_concern(path.relative_to(root.parent), ecosystems):
            continue
        if path.suffix == ".json" and path.stat().st_size <= MAX_ADVISORY_BYTES:
            yield path.read_bytes()
        elif path.suffix == ".zip":
            yield from _zip_entries(path, ecosystems)


def _zip_entries(path: Path, ecosystems: frozenset[str]) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if (
                info.filename.endswith(".json")
                and info.file_size <= MAX_ADVISORY_BYTES
                and _may_concern(Path(info.filename), ecosystems)
            ):
                yield archive.read(info)


def _may_concern(path: Path, ecosystems: frozenset[str]) -> bool:
    """Return whether a path names one of the ecosystems, or none at all."""
    named = {part.removesuffix(".zip") for part in path.parts} & set(_ECOSYSTEMS)
    return not named or not named.isdisjoint(ecosystems)
