"""An OSV database on this machine: JSON files, also in zips, as https://osv.dev gives them out. Nothing is fetched."""

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
"""Bytes of one advisory; a larger one is left out."""
_NAME = re.compile(rb'"name"\s*:\s*"((?:[^"\\]|\\.){1,300})"')
_ECOSYSTEMS = ("PyPI", "npm", "Go", "crates.io", "RubyGems")

PackageKey = tuple[str, str]
"""A package: its ecosystem, and its name there."""


def load_advisories(path: Path, packages: Iterable[PackageKey]) -> Iterator[Advisory]:
    """The advisories on any of these packages, without those that were withdrawn.

    A folder or zip that is named after an ecosystem is opened only for packages of that.

    Raises:
        UserError: it is no database that can be read.
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
        raise UserError(f"{path} is no OSV database.", "Let MAS_OSV_DIR be a folder or a zip of OSV's JSON.") from error


def _package_names(data: bytes, is_python: bool) -> Iterator[bytes]:
    """The packages that a file names, in each spelling that may be meant."""
    for found in _NAME.finditer(data):
        name = found[1].replace(rb"\/", b"/")
        yield name
        if is_python:
            yield normalize_name("PyPI", name.decode(errors="replace")).encode()


def _parse_advisory(data: bytes) -> Advisory | None:
    try:
        found = Advisory.model_validate(json.loads(data))
    except (ValidationError, ValueError, RecursionError):
        return None  # one odd file of a hundred thousand
    return None if found.withdrawn else found


def _json_files(place: Path, ecosystems: frozenset[str]) -> Iterator[bytes]:
    """The bytes of the JSON files in a file, a folder or a zip, in the order of their names."""
    paths = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
    for path in paths:
        if not _may_concern(path.relative_to(place.parent), ecosystems):
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
    """Whether a path is of one of these ecosystems, or says nothing of any."""
    said = {part.removesuffix(".zip") for part in path.parts} & set(_ECOSYSTEMS)
    return not said or not said.isdisjoint(ecosystems)
