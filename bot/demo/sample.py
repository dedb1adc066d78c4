"""The sample project of the demo: a small Python package with docs and a history, the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from github_sandbox.git import GitRepository

_HISTORY = Path(__file__).with_name("sample.fast-import")


@dataclass(frozen=True, slots=True)
class Sample:
    """The project's repository; `head` is the commit that makes docs stale, `base` the one before it."""

    git: GitRepository
    base: str
    head: str


def build_sample(folder: Path) -> Sample:
    """Make the project in a folder that does not exist yet, as a bare repository with everything on `main`."""
    git = GitRepository.create(folder, None, "main")
    git.run("fast-import", "--quiet", "--done", stdin=_HISTORY.read_bytes())
    return Sample(git, base=git.line("rev-parse", "main~1"), head=git.line("rev-parse", "main"))
