"""One row of the table of file classes."""

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
    """What names of folders and files mean; a file fits where one of the four says so.

    Args:
        name: says what it recognises, in words that finish "it is …" or "it lies in …".
        kinds: of which files it speaks.
        folders: whole names of folders at any depth, in lower case.
        roots: whole names of folders at the root, in lower case.
        file: the whole name of a file, in lower case.
        path: a part of a path, as it is written.
        exception: of the paths that fit, those that are meant otherwise, as they are written.
        examples: paths that fit.
        counterexamples: paths that look alike and do not fit.
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

    def fits(self, path: str, folders: list[str], name: str) -> bool:
        """Return whether the rule takes a path; its folders and its name are given in lower case."""
        return (
            not self.folders.isdisjoint(folders)
            or (bool(folders) and folders[0] in self.roots)
            or (self.file is not None and self.file.fullmatch(name) is not None)
            or (self.path is not None and self.path.search(path) is not None)
        ) and (self.exception is None or self.exception.search(path) is None)
