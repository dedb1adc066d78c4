"""What a repository's past says of which files change together: counts, as one immutable value."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.agents.impact.calibration import is_quiet

VERSION = 3
"""Of the counting below; counts of another version are counted anew."""

MAX_COMMIT_FILES = 50
"""A commit of more files tells nothing about any two of them."""
MAX_QUIET = 150
"""Newest quiet commits that are remembered: some of them are no sample of daily work, or cannot be read."""


@dataclass(frozen=True, slots=True)
class History:
    """How often each file changed, and together with which documents, up to a commit.

    `quiet` names the newest commits that changed the program and no document, newest first.
    """

    commit: str = ""
    version: int = VERSION
    commits: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    documented: Mapping[str, int] = field(default_factory=dict)
    together: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    quiet: tuple[str, ...] = ()

    def after(
        self, commit: str, commits: Iterable[tuple[str, Sequence[str]]], is_document: Callable[[str], bool]
    ) -> History:
        """This history and the given commits, each with the paths that it changed, oldest first, up to `commit`."""
        changes, documented = Counter(self.changes), Counter(self.documented)
        together = {path: Counter(docs) for path, docs in self.together.items()}
        count, quiet = self.commits, deque(self.quiet, MAX_QUIET)
        for oid, paths in commits:
            count += 1
            if is_quiet(paths, is_document):
                quiet.appendleft(oid)
            if len(paths) > MAX_COMMIT_FILES:
                continue
            docs = [p for p in paths if is_document(p)]
            for path in paths:
                changes[path] += 1
                if docs:
                    documented[path] += 1
                    together.setdefault(path, Counter()).update(docs)
        return History(commit, VERSION, count, changes, documented, together, tuple(quiet))

    def share(self, path: str, document: str) -> float:
        """Of the commits that changed a file, the share that changed a document too; few commits count for less."""
        return self.together.get(path, {}).get(document, 0) / (self.changes.get(path, 0) + 2)
