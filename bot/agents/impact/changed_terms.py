"""The words that a change touches, by their role in the code and by what happened to them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.agents.impact.tokens import TokenKind, block_states, diff_tokens, tokenize
from bot.agents.impact.words import is_identifier, is_significant, terms, words
from bot.domain import Blob, Change, Tree
from bot.languages import program
from bot.languages.heuristics import MAX_LINE_CHARS, definition_name, enclosing_definitions, in_brackets
from bot.text.diff import Hunk, hunks
from bot.text.file_classes import FileClass, class_in_change, classes_of

KINDS = (
    "changed",  # removed from or added to code
    "gone",  # removed, and no longer in the program
    "fresh",  # added, and not in the program before
    "removed",  # name of a removed definition
    "added",  # name of an added definition
    "signature",  # name of a definition whose line or brackets change
    "enclosing",  # name of a definition around changed lines: weight 1 for the nearest, then 1/2, 1/3
    "default",  # assigned another value
    "key",  # identifier in a string
    "message",  # plain word in a string
    "prose",  # in a comment or docstring
    "option",  # command-line option or environment variable
    "test",  # removed from or added to a test
)
"""The kinds of touched words; the model's columns are named after them."""

MAX_FILE_BYTES = 400_000
"""Maximum size of a changed file, in bytes; larger files are not read."""

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
    """The words that a change touches.

    Args:
        by_kind: kind → word → weight, at most 1.
        query: term → weight, for full-text search.
        removed_ngrams: sequences of four words in removed lines.
        program_files: paths at base of the changed program files, without tests.
        churn: number of removed and added lines in program files.
        tests_changed: whether tests changed too.
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
    """Return the role of a changed file in the program, of which settings are a part; None for other files."""
    part = program.role(path, file_class)
    return "program" if part == "settings" else part


def change_terms(change: Change, words_of: Callable[[Blob], frozenset[str]]) -> ChangeTerms:
    """Collect the words of a change; `words_of` returns the words of a source file and may cache them by blob."""
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
    """Collect the removed names that are no longer in the program, and the added names that were not in it before."""
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
