"""The version that a tree is on the way to, by what its manifests say of themselves."""

from __future__ import annotations

import re

from bot.domain import Tree

_VERSION = r"v?(\d+(?:\.\d+){1,3})(?:[-.]?(dev|alpha|beta|pre|next|snapshot|rc|a|b)[\w.+-]*)?"
_MANIFESTS = {
    "pyproject.toml": re.compile(rf"^version\s*=\s*\"{_VERSION}\"", re.M | re.I),
    "setup.cfg": re.compile(rf"^version\s*=\s*{_VERSION}\s*$", re.M | re.I),
    "setup.py": re.compile(rf"\bversion\s*=\s*[\"']{_VERSION}[\"']", re.I),
    "package.json": re.compile(rf"^  \"version\"\s*:\s*\"{_VERSION}\"", re.M | re.I),
    "Cargo.toml": re.compile(rf"^version\s*=\s*\"{_VERSION}\"", re.M | re.I),
}
_VERSION_ASSIGNMENT = re.compile(rf"^__version__\s*(?::\s*\w+\s*)?=\s*[\"']{_VERSION}[\"']", re.M | re.I)
_VERSION_MODULE = re.compile(r"(?:src/|lib/)?\w+/(?:__init__|__about__|__version__|_version|version)\.py")
_MAX_FILE_BYTES = 100_000
"""Bytes of a file that states a version."""


def upcoming_version(tree: Tree) -> str:
    """The final version after the early one that is stated; empty where none is stated, or several are."""
    patterns = [(path, pattern) for path, pattern in _MANIFESTS.items() if path in tree]
    patterns += [(path, _VERSION_ASSIGNMENT) for path in tree if _VERSION_MODULE.fullmatch(path)]
    versions = {
        (found[1], found[2] is not None)
        for path, pattern in patterns
        if tree[path].size <= _MAX_FILE_BYTES and (found := pattern.search(tree[path].data.decode(errors="replace")))
    }
    version, is_early = next(iter(versions), ("", False))
    return version if len(versions) == 1 and is_early else ""
