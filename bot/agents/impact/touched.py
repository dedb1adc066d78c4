"""What a change touched, in words: by what each word was in the code and what became of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.agents.impact.lines import (
    Channel,
    Hunk,
    channel_words,
    definition,
    enclosing,
    hunks,
    quoted,
    token_changes,
)
from bot.agents.impact.words import name_like, telling, terms, words
from bot.domain import Blob, Change, Tree

KINDS = (
    "changed", "gone", "fresh", "removed", "added", "signature", "enclosing", "default", "key", "message", "prose",
    "test", "option", "module", "parameter",
)  # fmt: skip
"""What a word can be: see `Touched.kinds`."""

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
_SHORT = 40


@dataclass
class Touched:
    """The words that a change touched.

    Args:
        kinds: kind of word → word → weight.
        query: terms of all of it → weight, for full-text search.
        removed: runs of four words of removed lines.
        files: paths at base of the program files changed, tests apart.
        churn: lines gone and come in program files.
    """

    kinds: Mapping[str, Counter[str]]
    query: Counter[str]
    removed: frozenset[str]
    files: tuple[str, ...]
    churn: int
    tested: bool


@dataclass
class _Notes:
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    gone: Counter[str] = field(default_factory=Counter)
    come: Counter[str] = field(default_factory=Counter)
    query: Counter[str] = field(default_factory=Counter)
    removed: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    churn: int = 0
    tested: bool = False


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
        if part.lower().strip("_") not in _COMMON_STEMS and telling(part):
            notes.kinds["module"][part.strip("_")] = 1
            notes.query.update(dict.fromkeys(terms(part), 1))


def _file(notes: _Notes, old: list[str], new: list[str], test: bool) -> None:
    old_inside, new_inside = quoted(old), quoted(new)
    for hunk in hunks(old, new):
        before = channel_words(old[hunk.a : hunk.b], old_inside[hunk.a : hunk.b])
        after = channel_words(new[hunk.c : hunk.d], new_inside[hunk.c : hunk.d])
        gone, come = token_changes(before, after)
        if test:
            for _, word in [*(before[i] for i in gone), *(after[i] for i in come)]:
                if telling(word):
                    notes.kinds["test"][word] += 1
            continue
        notes.churn += hunk.b - hunk.a + hunk.d - hunk.c
        _words(notes, [before[i] for i in gone], notes.gone)
        _words(notes, [after[i] for i in come], notes.come)
        _definitions(notes, old, new, hunk)
        _defaults(notes, old[hunk.a : hunk.b], new[hunk.c : hunk.d])
        for line in old[hunk.a : hunk.b]:
            run = words(line)
            notes.removed.update(" ".join(run[i : i + 4]) for i in range(len(run) - 3))


def _words(notes: _Notes, found: list[tuple[Channel, str]], side: Counter[str]) -> None:
    strings = 0
    for channel, word in found:
        if not telling(word):
            continue
        notes.query.update(terms(word))
        if word.startswith("--") or ("_" in word.strip("_") and word.isupper()):
            notes.kinds["option"][word] += 1
        if channel == "comment":
            notes.kinds["prose"][word] += 1
            if name_like(word):
                notes.kinds["changed"][word] += 1
            continue
        if channel == "string":
            strings += 1
            notes.kinds["key" if name_like(word) else "message"][word] += 1
        side[word] += 1
        notes.kinds["changed"][word] += 1


def _definitions(notes: _Notes, old: list[str], new: list[str], hunk: Hunk) -> None:
    lost = {name for line in old[hunk.a : hunk.b] if (name := definition(line))}
    found = {name for line in new[hunk.c : hunk.d] if (name := definition(line))}
    notes.kinds["removed"].update(w for w in lost - found if telling(w))
    notes.kinds["added"].update(w for w in found - lost if telling(w))
    notes.kinds["signature"].update(w for w in found & lost if telling(w))
    for lines, start, end in ((old, hunk.a, hunk.b), (new, hunk.c, hunk.d)):
        if start == end:
            continue
        holders = enclosing(lines, start)
        for depth, (number, name) in enumerate(holders):
            if telling(name.strip("_")) or name_like(name):
                weight = 1.0 / (1 + depth)
                known = notes.kinds["enclosing"]
                known[name] = max(known[name], weight)  # type: ignore[assignment]
                notes.query.update(dict.fromkeys(terms(name), 0.5))  # type: ignore[dict-item]
                if not depth and _in_header(lines, number, start):
                    notes.kinds["signature"][name] += 1
                    notes.kinds["parameter"].update(w for line in lines[start:end] for w in words(line) if telling(w))


def _in_header(lines: list[str], start: int, at: int) -> bool:
    """Whether a line still stands within the brackets that a definition opens."""
    depth = 0
    for line in lines[start : min(at, start + 60)]:
        depth += line.count("(") + line.count("[") - line.count(")") - line.count("]")
        if depth <= 0:
            return False
    return at > start


def _defaults(notes: _Notes, old: list[str], new: list[str]) -> None:
    before = {m[1]: m[2].strip() for line in old for m in _DEFAULT.finditer(line[:500])}
    for line in new:
        for match in _DEFAULT.finditer(line[:500]):
            name, value = match[1], match[2].strip()
            if name in before and before[name] != value and telling(name):
                notes.kinds["default"][name] += 1


def _survival(notes: _Notes, change: Change, names: Callable[[Blob], frozenset[str]]) -> None:
    """Tells names that left the program from those that only left a line; and new ones from known ones."""
    gone = {w for w in notes.gone if w not in notes.come}
    come = {w for w in notes.come if w not in notes.gone}
    if not gone and not come:
        return
    changed = {f.after for f in change.files} | {f.before for f in change.files}
    for tree, wanted, kind in ((change.head, gone, "gone"), (change.base, come, "fresh")):
        left = set(wanted)
        order = sorted(tree, key=lambda path: path not in changed)
        for path in order:
            if not left:
                break
            if role(path) == "program" and tree[path].size <= LARGEST_FILE:
                left -= names(tree[path])
        notes.kinds[kind].update({w: notes.gone[w] + notes.come[w] for w in left})
