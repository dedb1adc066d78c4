"""Python: requirements files, pyproject.toml, and the lockfiles of Poetry, uv, PDM and Pipenv."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bot.agents.security_review.lockfiles.line_parsers import json_objects, toml_packages
from bot.agents.security_review.lockfiles.pin import Pin

_ECOSYSTEM = "PyPI"
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_QUOTED = re.compile(r"""(["'])([A-Za-z0-9][^"'\n]{0,200}==[^"'\n]{1,300})\1""")
_OPTIONS = re.compile(r"\s--?[a-z].*$|\\\s*$")
_LOCAL = re.compile(r"^source = \{ (?:editable|virtual|directory|path) ", re.MULTILINE)


def requirements(text: str) -> Iterator[Pin]:
    """Yield the lines of a requirements file that pin one version. A line with hashes is not standalone."""
    for number, line in enumerate(text.split("\n"), 1):
        requirement = _COMMENT.sub("", line).strip()
        if "==" in requirement and not requirement.startswith("-"):
            specifier = _OPTIONS.sub("", requirement).strip()
            yield from _parse_requirement(specifier, number, is_standalone=specifier == requirement)


def pyproject(text: str) -> Iterator[Pin]:
    """Yield the requirements of pyproject.toml that pin one version: `"django==4.2"`."""
    for number, line in enumerate(text.split("\n"), 1):
        for match in _QUOTED.finditer(_COMMENT.sub("", line)):
            yield from _parse_requirement(match[2], number, is_standalone=True)


def _parse_requirement(specifier: str, line: int, *, is_standalone: bool) -> Iterator[Pin]:
    try:
        requirement = Requirement(specifier)
    except InvalidRequirement:
        return
    versions = [each.version for each in requirement.specifier if each.operator in ("==", "===")]
    if len(versions) == 1 and not versions[0].endswith("*"):
        yield Pin(_ECOSYSTEM, canonicalize_name(requirement.name), versions[0], line, line, is_standalone)


def toml_lock(text: str) -> Iterator[Pin]:
    """Yield the packages of poetry.lock, uv.lock or pdm.lock, without those in the repository itself."""
    for found in toml_packages(text):
        if not _LOCAL.search(found.text):
            yield Pin(_ECOSYSTEM, canonicalize_name(found.name), found.version, found.line, found.end_line)


def pipfile_lock(text: str) -> Iterator[Pin]:
    """Yield the packages of Pipfile.lock."""
    for found in json_objects(text):
        version = found.values.get("version", ("", 0))
        if len(found.path) == 2 and found.path[0] in ("default", "develop") and version[0].startswith("=="):
            yield Pin(_ECOSYSTEM, canonicalize_name(found.path[1]), version[0][2:], found.line, version[1])
