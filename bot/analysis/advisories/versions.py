"""Compare two versions of a package by the rules of its ecosystem."""

from __future__ import annotations

import re
from itertools import zip_longest

from packaging.version import InvalidVersion, Version

_PART = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
_SEMVER = re.compile(r"^[v=]?(\d{1,18}(?:\.\d{1,18}){0,5})(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$")
MAX_VERSION_CHARS = 100


def is_before(ecosystem: str, one: str, other: str) -> bool | None:
    """Return whether a version is older than another; None if either is not a valid version."""
    if max(len(one), len(other)) > MAX_VERSION_CHARS:
        return None
    match ecosystem:
        case "PyPI":
            try:
                return Version(one) < Version(other)
            except InvalidVersion:
                return None
        case "RubyGems":
            return _compare(_version_parts(one), _version_parts(other)) < 0
        case _:
            first, second = _SEMVER.match(one), _SEMVER.match(other)
            return None if first is None or second is None else _is_semver_before(first, second)


VersionParts = list[tuple[int, int, str]]
"""Comparable parts: (1, number, "") comes after (0, 0, letters)."""


def _version_parts(text: str) -> VersionParts:
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in _PART.findall(text)]


def _compare(one: VersionParts, other: VersionParts) -> int:
    """Compare part by part, padding the shorter version with zeros."""
    for mine, theirs in zip_longest(one, other, fillvalue=(1, 0, "")):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


def _is_semver_before(one: re.Match[str], other: re.Match[str]) -> bool:
    """Compare by https://semver.org: pre-releases before their release, numeric identifiers before letters."""
    order = _compare(_version_parts(one[1]), _version_parts(other[1]))
    if order or one[2] is None or other[2] is None:
        return order < 0 if order else one[2] is not None and other[2] is None
    return _prerelease_parts(one[2]) < _prerelease_parts(other[2])


def _prerelease_parts(text: str) -> VersionParts:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.split(".")]
