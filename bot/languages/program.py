"""Which files of a repository are its program, in any language, and in which of their lines a word still stands."""

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


def role(path: str, found: FileClass) -> Role | None:
    """Return what a file of that class is to the program; None where it is none of it.

    An example uses the program as a test does. Data of tests is nothing.
    """
    part = _ROLES.get(found)
    return part if part != "test" or kind_of(path) is FileKind.CODE else None


@dataclass(frozen=True, slots=True)
class LineMatch:
    """A line of a file, counted from 0 in `lines`, and the column at which a word was found."""

    lines: Sequence[str]
    number: int
    column: int

    @property
    def text(self) -> str:
        return self.lines[self.number]

    def around(self, reach: int = 6) -> str:
        """The lines beside it and itself."""
        return "\n".join(self.lines[max(0, self.number - reach) : self.number + reach + 1])


class Program:
    """A tree's program, searched for words; docs and generated files left out.

    Args:
        wide: whether tests, examples and all other code count, too.
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
        """Whether a file or a folder of the tree bears that name, with or without a suffix."""
        return name in self._file_names

    @cached_property
    def _file_names(self) -> frozenset[str]:
        found = {part for path in self._tree for part in path.split("/")}
        return frozenset(found | {name.partition(".")[0] for name in found})

    def contains(self, name: str) -> bool:
        """Whether a name stands in it, as code, text or comment."""
        return bool(self.find_lines(name, 1))

    def find_lines(self, word: str, limit: int = 200) -> list[LineMatch]:
        """The lines in which a word stands, as code, text or comment; no more than `most`."""
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
    """Finds a word where it stands alone; with `dashes` a dash beside it makes it a part of another word."""
    more = rb"[\w$-]" if dashes else rb"[\w$]"
    return re.compile(rb"(?<!%b)%b(?!%b|\.\d)" % (more, re.escape(word.encode()), more))


def looks_like_identifier(name: str) -> bool:
    """Whether a name can be no word of a sentence: an underscore, a capital inside, a digit, dashes before it."""
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
    """The words that a name is made of, in small letters."""
    return {p.lower() for p in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def is_negation(old: str, new: str) -> bool:
    """Whether one name says the opposite of the other: `no_color` and `color`."""
    return bool((set(subwords(old)) ^ set(subwords(new))) & _NEGATIONS)
