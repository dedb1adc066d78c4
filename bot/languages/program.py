"""Classification of a repository's files as program code, in any language, and search for words in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Literal

from bot.domain import Blob, Tree
from bot.languages.scope import is_readable
from bot.text.file_classes import FileClass, classes_of
from bot.text.file_classes.kinds import FileKind, kind_of

Role = Literal["program", "settings", "test"]

_ROLES: Mapping[FileClass, Role] = {
    FileClass.PROGRAM: "program",
    FileClass.SETTINGS: "settings",
    FileClass.TEST: "test",
    FileClass.EXAMPLE: "test",
}
_WRITTEN_ELSEWHERE = frozenset({FileClass.VENDORED, FileClass.GENERATED, FileClass.BUILD_OUTPUT})

_NEGATIONS = frozenset(["no", "not", "non", "without", "disable", "disabled"])


def role(path: str, file_class: FileClass) -> Role | None:
    """Return the role of a file in the program; None for docs, generated files, test data and project housekeeping.

    Examples count as tests, because both use the program.
    """
    part = _ROLES.get(file_class)
    return part if part != "test" or kind_of(path) is FileKind.CODE else None


@dataclass(frozen=True, slots=True)
class LineMatch:
    """A match of the searched word: the lines of the file, and the line number and column of the match, both from 0."""

    lines: Sequence[str]
    number: int
    column: int

    @property
    def text(self) -> str:
        return self.lines[self.number]

    def around(self, reach: int = 6) -> str:
        """Return the line with up to `reach` lines before and after it."""
        return "\n".join(self.lines[max(0, self.number - reach) : self.number + reach + 1])


class Program:
    """The program code of a tree, searchable for words; docs and generated files are excluded.

    Args:
        include_tests: also include tests, examples and all other code.
    """

    def __init__(self, tree: Tree, *, include_tests: bool = False) -> None:
        self._tree = tree
        self._include_tests = include_tests
        self._classes = classes_of(tree)

    @cached_property
    def _blobs(self) -> list[Blob]:
        return [b for p, b in self._tree.items() if self._is_included(p) and is_readable(b)]

    def _is_included(self, path: str) -> bool:
        found = self._classes.by_path(path).file_class
        if self._include_tests and kind_of(path) is FileKind.CODE:
            return found not in _WRITTEN_ELSEWHERE
        return role(path, found) in ("program", "settings")

    def has_file(self, name: str) -> bool:
        """Return whether the tree has a file or folder of that name, with or without a suffix."""
        return name in self._file_names

    @cached_property
    def _file_names(self) -> frozenset[str]:
        found = {part for path in self._tree for part in path.split("/")}
        return frozenset(found | {name.partition(".")[0] for name in found})

    def contains(self, name: str) -> bool:
        """Return whether the program contains a name, in code, text or comments."""
        return bool(self.find_lines(name, 1))

    def find_lines(self, word: str, limit: int = 200) -> list[LineMatch]:
        """Return up to `limit` matches of `word` in code, text and comments."""
        return list(islice(self._search(word), limit))

    def _search(self, word: str) -> Iterator[LineMatch]:
        wanted, whole = word.encode(), whole_word(word)
        for blob in self._blobs:
            if wanted not in blob.data:
                continue
            lines: list[str] = []
            for match in whole.finditer(blob.data):
                lines = lines or blob.data.decode(errors="replace").split("\n")
                start = blob.data.rfind(b"\n", 0, match.start()) + 1
                column = len(blob.data[start : match.start()].decode(errors="replace"))
                yield LineMatch(lines, blob.data.count(b"\n", 0, start), column)


def whole_word(word: str, *, dashes: bool = True) -> re.Pattern[bytes]:
    """Return a pattern that matches `word` as a whole; with `dashes`, dashes belong to words."""
    more = rb"[\w$-]" if dashes else rb"[\w$]"
    return re.compile(rb"(?<!%b)%b(?!%b|\.\d)" % (more, re.escape(word.encode()), more))


def looks_like_identifier(name: str) -> bool:
    """Return whether a name cannot be an ordinary word: underscores, inner capitals, digits or leading dashes."""
    bare = name.lstrip("-$")
    return (
        name.startswith("--")
        or "_" in bare.strip("_")
        or "-" in bare
        or (name.startswith("_") and len(bare) > 3)
        or re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]|[A-Za-z]\d|\d[A-Za-z]", bare) is not None
        or (len(bare) > 3 and bare.isupper())
    )


def subwords(name: str) -> Collection[str]:
    """Return the words that a name consists of, in lower case."""
    return {p.lower() for p in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def is_negation(old: str, new: str) -> bool:
    """Return whether one name negates the other: `no_color` and `color`."""
    return bool((set(subwords(old)) ^ set(subwords(new))) & _NEGATIONS)
