"""JavaScript lockfiles: npm, Yarn and pnpm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.lockfiles.line_parsers import JsonObject, json_objects
from bot.agents.security_review.lockfiles.pin import Pin

_ECOSYSTEM = "npm"
_MODULES = "node_modules/"
_YARN = re.compile(r'^"?(@?[^@"\s]{1,200})@[^\n]*:$')
_YARN_VERSION = re.compile(r'^  version:? "?([^"\s]{1,100})"?$')
_PNPM = re.compile(r"^  ['/]*(@?[^@'\s/]{1,200}(?:/[^@'\s]{1,200})?)@(\d[^:'(\s]{0,100})[^:]{0,300}:$")


def npm_lock(text: str) -> Iterator[Pin]:
    """Yield the packages of package-lock.json or npm-shrinkwrap.json; in version 1 files, the dependencies."""
    is_new = '"packages": {' in text
    for found in json_objects(text):
        name = _npm_name(found, is_new=is_new)
        version, line = found.values.get("version", ("", 0))
        if name and version and "link" not in found.values:
            yield Pin(_ECOSYSTEM, name, version, found.line, line)


def _npm_name(package: JsonObject, *, is_new: bool) -> str:
    if is_new:
        if len(package.path) != 2 or package.path[0] != "packages" or _MODULES not in package.path[1]:
            return ""
        alias = package.values.get("name")
        return alias[0] if alias else package.path[1].rpartition(_MODULES)[2]
    is_dependency = len(package.path) % 2 == 0 and all(part == "dependencies" for part in package.path[::2])
    return package.path[-1] if is_dependency else ""


def yarn_lock(text: str) -> Iterator[Pin]:
    """Yield the packages of yarn.lock (Yarn 1 and later)."""
    name, line = "", 0
    for number, row in enumerate(text.split("\n"), 1):
        if row and not row.startswith((" ", "#")):
            found = _YARN.match(row)
            name, line = (found[1], number) if found else ("", 0)
        elif name and (version := _YARN_VERSION.match(row)):
            if not version[1].startswith("0.0.0-use.local"):
                yield Pin(_ECOSYSTEM, name, version[1], line, number)
            name = ""


def pnpm_lock(text: str) -> Iterator[Pin]:
    """Yield the packages of pnpm-lock.yaml."""
    inside = False
    for number, row in enumerate(text.split("\n"), 1):
        if row and not row.startswith((" ", "#")):
            inside = row.rstrip() == "packages:"
        elif inside and (found := _PNPM.match(row)):
            yield Pin(_ECOSYSTEM, found[1], found[2], number, number)
