"""Classification of a repository's files as program code, in any language, and search for words in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Literal

from bot.domain import Blob, Tree
from bot.languages.scope import is_readable, is_source

_CODE = frozenset(
    [
        ".py",
        ".pyi",
        ".pyx",
        ".pxd",
        ".js",
        ".jsx",
        ".mjs",
        ".cjs",
        ".ts",
        ".tsx",
        ".mts",
        ".cts",
        ".go",
        ".rs",
        ".java",
        ".kt",
        ".kts",
        ".scala",
        ".groovy",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".cxx",
        ".hpp",
        ".hh",
        ".cs",
        ".fs",
        ".vb",
        ".rb",
        ".php",
        ".swift",
        ".m",
        ".mm",
        ".dart",
        ".lua",
        ".pl",
        ".pm",
        ".r",
        ".jl",
        ".ex",
        ".exs",
        ".erl",
        ".hrl",
        ".hs",
        ".ml",
        ".mli",
        ".clj",
        ".cljs",
        ".elm",
        ".zig",
        ".nim",
        ".v",
        ".d",
        ".sh",
        ".bash",
        ".zsh",
        ".fish",
        ".ps1",
        ".vim",
        ".sql",
        ".proto",
        ".graphql",
        ".vue",
        ".svelte",
        ".hbs",
    ]
)
_SETTINGS = frozenset([".toml", ".cfg", ".ini", ".yaml", ".yml", ".json"])
_MANIFESTS = frozenset(["setup.py", "go.mod", "gemfile", "dockerfile", "makefile", "rakefile"])
_GENERATED = re.compile(
    r"\.min\.|\.lock$|(^|/)(package-lock|npm-shrinkwrap|pnpm-lock|yarn|composer|uv|poetry|pdm)[^/]*$|_pb2\.|\.pb\.go$"
    r"|(^|/)(dist|build|vendor|vendored|_vendor|node_modules|third_party|site-packages|locale|locales)/"
)
_HOUSEKEEPING = re.compile(
    r"(^|/)\.[^/]+|(^|/)(docs?|documentation|website|site)/|(^|/)(mkdocs|renovate|codecov|book|appveyor|tox)[^/]*$"
)
_TEST = re.compile(
    r"(^|/)(tests?|testing|__tests__|specs?|e2e|fixtures?|testdata|bench(es|marks?)?|examples?|samples?|demos?)/"
    r"|(^|/)(test_[^/]*|conftest|[^/]*_tests?|[^/]*[.-](test|spec|test-d)|tests?)\.\w+$",
    re.I,
)


_NEGATIONS = frozenset(["no", "not", "non", "without", "disable", "disabled"])


@lru_cache(1 << 16)
def role(path: str) -> Literal["program", "settings", "test"] | None:
    """Return the role of a file in the program; None for docs, generated files and project housekeeping."""
    name = path.rpartition("/")[2].lower()
    suffix = "." + name.rpartition(".")[2]
    if _GENERATED.search(path) or _HOUSEKEEPING.search(path):
        return None
    if suffix in _CODE or name in _MANIFESTS:
        if _TEST.search(path):
            return "test"
        return "program" if is_source(path) or name in _MANIFESTS else None
    return "settings" if suffix in _SETTINGS and not _TEST.search(path) else None


def is_generated(path: str) -> bool:
    """Return whether a file is generated or vendored."""
    return _GENERATED.search(path) is not None


def is_test_or_example(path: str) -> bool:
    """Return whether a file is a test, a benchmark or an example."""
    return _TEST.search(path) is not None


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

    @cached_property
    def _blobs(self) -> list[Blob]:
        return [b for p, b in self._tree.items() if self._is_included(p) and is_readable(b)]

    def _is_included(self, path: str) -> bool:
        part = role(path)
        if not self._include_tests:
            return part in ("program", "settings")
        return part is not None or ("." + path.rpartition(".")[2] in _CODE and not _GENERATED.search(path))

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
