"""What a change touched, in words: by what each word was in the code and what became of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.agents.impact.tokens import TokenKind, block_states, diff_tokens, tokenize
from bot.agents.impact.words import is_identifier, is_significant, terms, words
from bot.domain import Blob, Change, Tree
from bot.languages.heuristics import MAX_LINE_CHARS, definition_name, enclosing_definitions, in_brackets
from bot.text.diff import Hunk, hunks
from bot.text.file_classes import FileClass, class_in_change, classes_of
from bot.text.file_classes.kinds import FileKind, kind_of

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

MAX_FILE_BYTES = 400_000
"""Bytes; of a longer changed file no words are read."""

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
class ChangeTerms:
    """The words that a change touched.

    Args:
        kinds: kind of word → word → weight, at most 1.
        query: terms of all of it → weight, for full-text search.
        removed: runs of four words of removed lines.
        files: paths at base of the program files changed, tests apart.
        churn: lines gone and come in program files.
        tested: whether tests changed too.
    """

    by_kind: Mapping[str, Mapping[str, float]]
    query: Mapping[str, float]
    removed_ngrams: frozenset[str]
    program_files: tuple[str, ...]
    churn: int
    tests_changed: bool


@dataclass
class _TermCollector:
    by_kind: dict[str, dict[str, float]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    removed_words: set[str] = field(default_factory=set)
    added_words: set[str] = field(default_factory=set)
    query: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    removed_ngrams: set[str] = field(default_factory=set)
    program_files: list[str] = field(default_factory=list)
    churn: int = 0
    tests_changed: bool = False

    def add(self, kind: str, names: Iterable[str], weight: float = 1.0) -> None:
        known = self.by_kind[kind]
        for name in names:
            if is_significant(name):
                known[name] = max(known.get(name, 0.0), weight)

    def add_to_query(self, text: str, weight: float = 1.0) -> None:
        for term in terms(text):
            self.query[term] += weight


def role(path: str, file_class: FileClass) -> Literal["program", "test"] | None:
    """Return the role of a changed file in the program; None for files that are not part of it."""
    if file_class in (FileClass.TEST, FileClass.EXAMPLE):
        return "test" if kind_of(path) is FileKind.CODE else None
    return "program" if file_class in (FileClass.PROGRAM, FileClass.SETTINGS) else None


def change_terms(change: Change, words_of: Callable[[Blob], frozenset[str]]) -> ChangeTerms:
    """The words of a change; `names` gives a source file's words and may remember them by blob."""
    collector = _TermCollector()
    for file in change.files:
        path = file.before or file.after or ""
        kind = role(path, class_in_change(change, file))
        before, after = _text(change.base, file.before), _text(change.head, file.after)
        if kind is None or before is None or after is None:
            continue
        if kind == "program":
            collector.program_files.append(path)
            _collect_module_name(collector, path)
        else:
            collector.tests_changed = True
        _collect_file(collector, before.split("\n"), after.split("\n"), kind == "test")
    _collect_gone_and_fresh(collector, change, words_of)
    return ChangeTerms(
        collector.by_kind, collector.query, frozenset(collector.removed_ngrams),
        tuple(collector.program_files), collector.churn, collector.tests_changed,
    )  # fmt: skip


def _text(tree: Tree, path: str | None) -> str | None:
    if path is None:
        return ""
    blob = tree[path]
    if blob.size > MAX_FILE_BYTES or b"\0" in blob.data[:8000]:
        return None
    return blob.data.decode(errors="replace")


def _collect_module_name(collector: _TermCollector, path: str) -> None:
    *folders, name = path.split("/")
    for part in [name.partition(".")[0], *folders[-1:]]:
        if part.lower().strip("_") not in _COMMON_STEMS:
            collector.add_to_query(part)


def _collect_file(collector: _TermCollector, old: list[str], new: list[str], test: bool) -> None:
    old_inside, new_inside = block_states(old), block_states(new)
    for hunk in hunks(old, new):
        lost, found = old[hunk.old_start : hunk.old_end], new[hunk.new_start : hunk.new_end]
        before = tokenize(lost, old_inside[hunk.old_start : hunk.old_end])
        after = tokenize(found, new_inside[hunk.new_start : hunk.new_end])
        gone, come = diff_tokens(before, after)
        if test:
            collector.add("test", (word for _, word in [*gone, *come]))
            continue
        collector.churn += len(lost) + len(found)
        _collect_words(collector, gone, collector.removed_words)
        _collect_words(collector, come, collector.added_words)
        _collect_definitions(collector, old, new, hunk)
        _collect_defaults(collector, lost, found)
        for line in lost:
            run = words(line)
            collector.removed_ngrams.update(" ".join(run[i : i + 4]) for i in range(len(run) - 3))


def _collect_words(collector: _TermCollector, found: Iterable[tuple[TokenKind, str]], side: set[str]) -> None:
    for channel, word in found:
        collector.add_to_query(word)
        if word.startswith("--") or ("_" in word.strip("_") and word.isupper()):
            collector.add("option", [word])
        if channel == "comment":
            collector.add("prose", [word])
            if is_identifier(word):
                collector.add("changed", [word])
            continue
        if channel == "string":
            collector.add("key" if is_identifier(word) else "message", [word])
        collector.add("changed", [word])
        if is_significant(word):
            side.add(word)


def _collect_definitions(collector: _TermCollector, old: list[str], new: list[str], hunk: Hunk) -> None:
    lost = {name for line in old[hunk.old_start : hunk.old_end] if (name := definition_name(line))}
    found = {name for line in new[hunk.new_start : hunk.new_end] if (name := definition_name(line))}
    collector.add("removed", lost - found)
    collector.add("added", found - lost)
    collector.add("signature", found & lost)
    for lines, start, end in ((old, hunk.old_start, hunk.old_end), (new, hunk.new_start, hunk.new_end)):
        for depth, (number, name) in enumerate(enclosing_definitions(lines, start) if start < end else ()):
            collector.add("enclosing", [name], 1 / (1 + depth))
            collector.add_to_query(name, 0.5)
            if not depth and in_brackets(lines, number, start):
                collector.add("signature", [name])


def _collect_defaults(collector: _TermCollector, old: list[str], new: list[str]) -> None:
    before = {m[1]: m[2].strip() for line in old for m in _DEFAULT.finditer(line[:MAX_LINE_CHARS])}
    for line in new:
        for match in _DEFAULT.finditer(line[:MAX_LINE_CHARS]):
            if before.get(match[1], match[2].strip()) != match[2].strip():
                collector.add("default", [match[1]])


def _collect_gone_and_fresh(
    collector: _TermCollector, change: Change, words_of: Callable[[Blob], frozenset[str]]
) -> None:
    """Tells names that left the program from those that only left a line, and new ones from known ones."""
    changed = {f.after for f in change.files} | {f.before for f in change.files}
    for tree, wanted, kind in (
        (change.head, collector.removed_words - collector.added_words, "gone"),
        (change.base, collector.added_words - collector.removed_words, "fresh"),
    ):
        left, classes = set(wanted), classes_of(tree)
        for path in sorted(tree, key=lambda path: path not in changed):
            if not left:
                break
            if role(path, classes.by_path(path).file_class) == "program" and tree[path].size <= MAX_FILE_BYTES:
                left -= words_of(tree[path])
        collector.add(kind, left)
