"""A row in the table of file classes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.text.file_classes.classes import FileClass
from bot.text.file_classes.kinds import FileKind

ANY = frozenset(FileKind)
PROSE = frozenset({FileKind.PROSE})
NOT_PROSE = ANY - PROSE
CODE = frozenset({FileKind.CODE})


@dataclass(frozen=True, slots=True)
class FileRule:
    """A rule for names of folders and files. A path matches if one of the four conditions does.

    Args:
        name: a description of the matching files, shown in the documentation.
        kinds: the kinds of files that the rule applies to.
        folders: names of folders at any depth, in lower case.
        roots: names of folders at the root, in lower case.
        file: a pattern for the full file name, in lower case.
        path: a pattern for a part of the path, in its original case.
        exception: a pattern for paths that the rule excludes, in their original case.
        examples: paths that match.
        counterexamples: similar paths that do not match.
    """

    name: str
    file_class: FileClass
    kinds: frozenset[FileKind] = ANY
    folders: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()
    file: re.Pattern[str] | None = None
    path: re.Pattern[str] | None = None
    exception: re.Pattern[str] | None = None
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()

    def matches(self, path: str, folders: list[str], name: str) -> bool:
        """Return whether the rule matches a path; `folders` and `name` are in lower case."""
        return (
            not self.folders.isdisjoint(folders)
            or (bool(folders) and folders[0] in self.roots)
            or (self.file is not None and self.file.fullmatch(name) is not None)
            or (self.path is not None and self.path.search(path) is not None)
        ) and (self.exception is None or self.exception.search(path) is None)
