"""Read the package versions that a file pins: one reader per format. Nothing is executed or fetched.

pin            a pinned package
line_parsers   line-based parsers for generated TOML and JSON
python         requirements files, pyproject.toml, poetry.lock, uv.lock, pdm.lock, Pipfile.lock
javascript     package-lock.json, yarn.lock, pnpm-lock.yaml
others         go.mod, Cargo.lock, Gemfile.lock
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.agents.security_review.lockfiles.javascript import npm_lock, pnpm_lock, yarn_lock
from bot.agents.security_review.lockfiles.others import cargo_lock, gemfile_lock, go_mod
from bot.agents.security_review.lockfiles.pin import Pin
from bot.agents.security_review.lockfiles.python import pipfile_lock, pyproject, requirements, toml_lock

__all__ = ["Pin", "find_pins", "is_lockfile"]

_READERS: dict[str, Callable[[str], Iterator[Pin]]] = {
    "pyproject.toml": pyproject,
    "poetry.lock": toml_lock,
    "uv.lock": toml_lock,
    "pdm.lock": toml_lock,
    "Pipfile.lock": pipfile_lock,
    "package-lock.json": npm_lock,
    "npm-shrinkwrap.json": npm_lock,
    "yarn.lock": yarn_lock,
    "pnpm-lock.yaml": pnpm_lock,
    "go.mod": go_mod,
    "Cargo.lock": cargo_lock,
    "Gemfile.lock": gemfile_lock,
}
_REQUIREMENTS = re.compile(
    r"(?:^|/)(?:[^/]*(?:requirements|constraints)[^/]*\.txt|requirements/[^/]+\.txt)$", re.IGNORECASE
)


def _reader(path: str) -> Callable[[str], Iterator[Pin]] | None:
    return requirements if _REQUIREMENTS.search(path) else _READERS.get(path.rpartition("/")[2])


def is_lockfile(path: str) -> bool:
    """Return whether a file pins versions, by its path."""
    return _reader(path) is not None


def find_pins(path: str, data: bytes) -> Iterator[Pin]:
    """Yield the pins of a file in line order. The file name is enough for a path that `is_lockfile` accepted."""
    reader = _reader(path) or (requirements if path.endswith(".txt") else None)
    if reader is not None:
        yield from reader(data.decode(errors="replace").replace("\r\n", "\n"))
