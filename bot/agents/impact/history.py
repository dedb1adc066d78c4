"""What a repository's past says of which files change together: counts, as one immutable value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

VERSION = 1
"""Of the counting below; counts of another version are counted anew."""

MANY_FILES = 50
"""A commit of more files tells nothing about any two of them."""


@dataclass(frozen=True, slots=True)
class History:
    """How often each file changed, and together with which documents, up to a commit."""

    commit: str = ""
    version: int = VERSION
    commits: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    documented: Mapping[str, int] = field(default_factory=dict)
    together: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def after(self, commit: str, commits: Iterable[Sequence[str]], is_document: Callable[[str], bool]) -> History:
        """This history and the given commits' paths, up to `commit`."""
        changes, documented = Counter(self.changes), Counter(self.documented)
        together = {path: Counter(docs) for path, docs in self.together.items()}
        count = self.commits
        for paths in commits:
            count += 1
            if len(paths) > MANY_FILES:
                continue
            docs = [p for p in paths if is_document(p)]
            for path in paths:
                changes[path] += 1
                if docs:
                    documented[path] += 1
                    together.setdefault(path, Counter()).update(docs)
        return History(commit, VERSION, count, changes, documented, together)

    def share(self, path: str, document: str) -> float:
        """Of the commits that changed a file, the share that changed a document too; few commits count for less."""
        return self.together.get(path, {}).get(document, 0) / (self.changes.get(path, 0) + 2)
