"""The sample project of the demo: a small Python package with docs and a reproducible history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from github_sandbox.git import GitRepository

_HISTORY = Path(__file__).with_name("sample.fast-import")


@dataclass(frozen=True, slots=True)
class Sample:
    """The repository of the project. `head` is the commit that makes docs stale; `base` is its parent."""

    git: GitRepository
    base: str
    head: str


def build_sample(folder: Path) -> Sample:
    """Create the project as a bare repository in a new folder, with all commits on `main`."""
    git = GitRepository.create(folder, None, "main")
    git.run("fast-import", "--quiet", "--done", stdin=_HISTORY.read_bytes())
    return Sample(git, base=git.line("rev-parse", "main~1"), head=git.line("rev-parse", "main"))
