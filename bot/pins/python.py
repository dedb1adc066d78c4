"""Python: requirements files, and the locks of Poetry, uv, PDM and Pipenv."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bot.pins.blocks import json_objects, toml_packages
from bot.pins.pin import Pin

_ECOSYSTEM = "PyPI"
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTIONS = re.compile(r"\s--?[a-z].*$|\\\s*$")
_LOCAL = re.compile(r"^source = \{ (?:editable|virtual|directory|path) ", re.MULTILINE)


def requirements(text: str) -> Iterator[Pin]:
    """The lines of a requirements file that name one version. A line with hashes is not alone."""
    for number, line in enumerate(text.split("\n"), 1):
        said = _COMMENT.sub("", line).strip()
        if "==" not in said or said.startswith("-"):
            continue
        bare = _OPTIONS.sub("", said).strip()
        try:
            requirement = Requirement(bare)
        except InvalidRequirement:
            continue
        versions = [each.version for each in requirement.specifier if each.operator in ("==", "===")]
        if len(versions) == 1 and not versions[0].endswith("*"):
            name = canonicalize_name(requirement.name)
            yield Pin(_ECOSYSTEM, name, versions[0], number, number, is_alone=bare == said)


def toml_lock(text: str) -> Iterator[Pin]:
    """The packages of poetry.lock, uv.lock and pdm.lock, without those that lie in the repository."""
    for found in toml_packages(text):
        if not _LOCAL.search(found.text):
            yield Pin(_ECOSYSTEM, canonicalize_name(found.name), found.version, found.line, found.end_line)


def pipfile_lock(text: str) -> Iterator[Pin]:
    """The packages of Pipfile.lock."""
    for found in json_objects(text):
        version = found.values.get("version", ("", 0))
        if len(found.path) == 2 and found.path[0] in ("default", "develop") and version[0].startswith("=="):
            yield Pin(_ECOSYSTEM, canonicalize_name(found.path[1]), version[0][2:], found.line, version[1])
