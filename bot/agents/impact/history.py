"""Co-change history of a repository: immutable counts of the files that change together."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.agents.impact.calibration import is_quiet

VERSION = 3
"""Version of the counts; those of another version are computed again."""

MAX_COMMIT_FILES = 50
"""Maximum number of files of a commit; in a larger one, co-change is not significant."""
MAX_QUIET = 150
"""Number of quiet commits to keep, newest first; more than are replayed, since some are unsuitable or unreadable."""


@dataclass(frozen=True, slots=True)
class History:
    """How often each file changed, and with which documents, up to a commit.

    `quiet` lists the latest commits that changed the program and no document, newest first.
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
        """Return this history extended by commits, given with their changed paths, oldest first, up to `commit`."""
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
        """Return the share of a file's commits that also changed a document, smoothed towards 0 for few commits."""
        return self.together.get(path, {}).get(document, 0) / (self.changes.get(path, 0) + 2)
