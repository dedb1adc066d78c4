"""What a change touched, in words: by what each word was in the code and what became of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from bot.agents.impact.tokens import Channel, channel_words, quoted, token_changes
from bot.agents.impact.words import name_like, telling, terms, words
from bot.domain import Blob, Change, Tree
from bot.languages.heuristics import LONGEST_LINE, definition, enclosing, in_brackets
from bot.text.diff import Hunk, hunks

KINDS = (
    "changed",  # goes or comes in code
    "gone",  # goes, and stands nowhere in the program any more
    "fresh",  # comes, and stood nowhere in the program
    "removed",  # a definition's name that goes
    "added",  # one that comes
    "signature",  # one whose line, or whose brackets, change
    "enclosing",  # one that holds changed lines: 1 for the nearest, then a half, a third
    "default",  # gets another value
    "key",  # a name in a string
    "message",  # a plain word in a string
    "prose",  # in a comment or a docstring
    "option",  # an option of a command, or an environment variable
    "test",  # goes or comes in a test
)
"""What a word can be to a change."""

LARGEST_FILE = 400_000
"""Bytes; of a longer changed file no words are read."""

_PROSE = re.compile(
    r"\.(md|mdx|markdown|rst|adoc|asciidoc|txt|ipynb|pod|html?|po|pot|csv|svg|lock|sum|snap|map)$", re.I
)
_MACHINE = re.compile(
    r"\.min\.(js|css)$|_pb2(_grpc)?\.pyi?$|\.pb\.go$|(^|/)(package-lock|npm-shrinkwrap|pnpm-lock|yarn|dist|vendor|node_modules|"
    r"third_party)([./]|$)|(^|/)\.(github|circleci|gitlab)/|(^|/)(docs?|documentation)/",
    re.I,
)
_TEST = re.compile(
    r"(^|/)(tests?|testing|__tests__|specs?|e2e|fixtures?|testdata|bench(es|marks?)?|examples?)/|"
    r"(^|/)(test_[^/]*|conftest|[^/]*_tests?|[^/]*[.-](test|spec|test-d))\.\w+$",
    re.I,
)
_COMMON_STEMS = frozenset(
    [
        "index",
        "init",
        "main",
        "mod",
        "lib",
        "utils",
        "util",
        "core",
        "base",
        "common",
        "helpers",
        "types",
        "src",
        "app",
        "setup",
    ]
)
_DEFAULT = re.compile(r"([A-Za-z_$][\w$-]*)[\"']?\s*(?::[^=:,]{1,40})?[=:]\s*([^=,;)\s][^,;)]*)")


@dataclass(frozen=True, slots=True)
class Touched:
    """The words that a change touched.

    Args:
        kinds: kind of word → word → weight, at most 1.
        query: terms of all of it → weight, for full-text search.
        removed: runs of four words of removed lines.
        files: paths at base of the program files changed, tests apart.
        churn: lines gone and come in program files.
        tested: whether tests changed too.
    """

    kinds: Mapping[str, Mapping[str, float]]
    query: Mapping[str, float]
    removed: frozenset[str]
    files: tuple[str, ...]
    churn: int
    tested: bool


@dataclass
class _Notes:
    kinds: dict[str, dict[str, float]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    gone: set[str] = field(default_factory=set)
    come: set[str] = field(default_factory=set)
    query: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    removed: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    churn: int = 0
    tested: bool = False

    def add(self, kind: str, names: Iterable[str], weight: float = 1.0) -> None:
        known = self.kinds[kind]
        for name in names:
            if telling(name):
                known[name] = max(known.get(name, 0.0), weight)

    def ask(self, text: str, weight: float = 1.0) -> None:
        for term in terms(text):
            self.query[term] += weight


@lru_cache(1 << 16)
def role(path: str) -> Literal["program", "test"] | None:
    """What a changed file says about the program; None where it says nothing."""
    if _PROSE.search(path) or _MACHINE.search(path):
        return None
    return "test" if _TEST.search(path) else "program"


def touched(change: Change, names: Callable[[Blob], frozenset[str]]) -> Touched:
    """The words of a change; `names` gives a source file's words and may remember them by blob."""
    notes = _Notes()
    for file in change.files:
        path = file.before or file.after or ""
        kind = role(path)
        before, after = _text(change.base, file.before), _text(change.head, file.after)
        if kind is None or before is None or after is None:
            continue
        if kind == "program":
            notes.files.append(path)
            _module(notes, path)
        else:
            notes.tested = True
        _file(notes, before.split("\n"), after.split("\n"), kind == "test")
    _survival(notes, change, names)
    return Touched(
        notes.kinds, notes.query, frozenset(notes.removed), tuple(notes.files), notes.churn, notes.tested
    )  # fmt: skip


def _text(tree: Tree, path: str | None) -> str | None:
    if path is None:
        return ""
    blob = tree[path]
    if blob.size > LARGEST_FILE or b"\0" in blob.data[:8000]:
        return None
    return blob.data.decode(errors="replace")


def _module(notes: _Notes, path: str) -> None:
    *folders, name = path.split("/")
    for part in [name.partition(".")[0], *folders[-1:]]:
        if part.lower().strip("_") not in _COMMON_STEMS:
            notes.ask(part)


def _file(notes: _Notes, old: list[str], new: list[str], test: bool) -> None:
    old_inside, new_inside = quoted(old), quoted(new)
    for hunk in hunks(old, new):
        lost, found = old[hunk.a : hunk.b], new[hunk.c : hunk.d]
        before = channel_words(lost, old_inside[hunk.a : hunk.b])
        after = channel_words(found, new_inside[hunk.c : hunk.d])
        gone, come = token_changes(before, after)
        if test:
            notes.add("test", (word for _, word in [*gone, *come]))
            continue
        notes.churn += len(lost) + len(found)
        _words(notes, gone, notes.gone)
        _words(notes, come, notes.come)
        _definitions(notes, old, new, hunk)
        _defaults(notes, lost, found)
        for line in lost:
            run = words(line)
            notes.removed.update(" ".join(run[i : i + 4]) for i in range(len(run) - 3))


def _words(notes: _Notes, found: Iterable[tuple[Channel, str]], side: set[str]) -> None:
    for channel, word in found:
        notes.ask(word)
        if word.startswith("--") or ("_" in word.strip("_") and word.isupper()):
            notes.add("option", [word])
        if channel == "comment":
            notes.add("prose", [word])
            if name_like(word):
                notes.add("changed", [word])
            continue
        if channel == "string":
            notes.add("key" if name_like(word) else "message", [word])
        notes.add("changed", [word])
        if telling(word):
            side.add(word)


def _definitions(notes: _Notes, old: list[str], new: list[str], hunk: Hunk) -> None:
    lost = {name for line in old[hunk.a : hunk.b] if (name := definition(line))}
    found = {name for line in new[hunk.c : hunk.d] if (name := definition(line))}
    notes.add("removed", lost - found)
    notes.add("added", found - lost)
    notes.add("signature", found & lost)
    for lines, start, end in ((old, hunk.a, hunk.b), (new, hunk.c, hunk.d)):
        for depth, (number, name) in enumerate(enclosing(lines, start) if start < end else ()):
            notes.add("enclosing", [name], 1 / (1 + depth))
            notes.ask(name, 0.5)
            if not depth and in_brackets(lines, number, start):
                notes.add("signature", [name])


def _defaults(notes: _Notes, old: list[str], new: list[str]) -> None:
    before = {m[1]: m[2].strip() for line in old for m in _DEFAULT.finditer(line[:LONGEST_LINE])}
    for line in new:
        for match in _DEFAULT.finditer(line[:LONGEST_LINE]):
            if before.get(match[1], match[2].strip()) != match[2].strip():
                notes.add("default", [match[1]])


def _survival(notes: _Notes, change: Change, names: Callable[[Blob], frozenset[str]]) -> None:
    """Tells names that left the program from those that only left a line, and new ones from known ones."""
    changed = {f.after for f in change.files} | {f.before for f in change.files}
    for tree, wanted, kind in (
        (change.head, notes.gone - notes.come, "gone"),
        (change.base, notes.come - notes.gone, "fresh"),
    ):
        left = set(wanted)
        for path in sorted(tree, key=lambda path: path not in changed):
            if not left:
                break
            if role(path) == "program" and tree[path].size <= LARGEST_FILE:
                left -= names(tree[path])
        notes.add(kind, left)
