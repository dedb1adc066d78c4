"""Name replacements in the changed lines of any language, found by token alignment.

All changed files are read, including tests and settings: a test shows the new spelling in use.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.domain import Change, Location, Tree
from bot.languages.heuristics import definition_name, enclosing_definitions, is_function, is_local, is_parameter
from bot.languages.program import Role, role
from bot.languages.tokens import (
    NameContext,
    Replacement,
    callee,
    is_name,
    member_after,
    normalize_quotes,
    qualifier_before,
    tokens,
)
from bot.text.diff import hunks
from bot.text.file_classes import class_in_change

MAX_FILE_BYTES = 400_000
"""Maximum size of a changed file, in bytes; a larger one is data."""
MAX_HUNK_TOKENS = 3_000
"""Maximum length of a hunk, in tokens; a longer one is a rewrite and is not aligned."""

_IMPORT = re.compile(
    r"\s*(?:#\s*)?(?:import|include|use|using|require(?:_relative)?|from\s+\S+\s+import)\b(?!\s*=)"
    r"|\s*export\b.*\bfrom\b|\s*\}?\s*from\s+[\"']|.*\b(?:require|import)\s*\(\s*[\"']"
)
_MANIFEST = re.compile(r"(^|/)(setup\.py|go\.mod|gemfile|requirements[^/]*\.txt)$", re.I)
_PACKAGE_NAME_END = re.compile(r"(?:\[[\w, -]*\])?\s*(?:[<>=!~^;@ ][^\"'=]*)?[\"']")
"""The rest of a quoted dependency after the package's name: an extra, a version, the quote."""


@dataclass(frozen=True, slots=True)
class _LineToken:
    text: str
    line: int
    column: int


class _FileSides:
    """The lines of a changed file before and after."""

    def __init__(self, before: str, after: str, path: str, path_after: str, part: Role) -> None:
        self.path, self.path_after = path, path_after
        self.old, self.new = before.split("\n"), after.split("\n")
        self.part = part
        self.test = part == "test"


def find_replacements(change: Change) -> Mapping[str, Replacement]:
    """Return a `Replacement` for each name that the change removes from a line, by name."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    occurrences: dict[tuple[str, str], list[tuple[NameContext, Location, Location]]] = defaultdict(list)
    removed: dict[str, list[Location]] = defaultdict(list)
    added: Counter[str] = Counter()
    for file in _files(change):
        for old_row, new_row, i, j, only in _align(file):
            for old, new in _pair_names(old_row[i[0] : i[1]], new_row[j[0] : j[1]]):
                at = next(n for n in range(i[0], i[1]) if old_row[n] is old)
                context = _name_context(file, old_row, at, only)
                counts[old.text][new.text] += 1
                occurrences[old.text, new.text].append(
                    (context, Location(file.path, old.line + 1), Location(file.path_after, new.line + 1))
                )
            for n in range(*i):
                if is_name(old_row[n].text):
                    removed[old_row[n].text].append(Location(file.path, old_row[n].line + 1))
            for token in new_row[j[0] : j[1]]:
                added[token.text] += 1
    replacements = {}
    for name, locations in removed.items():
        entry = Replacement(name, removed=len(locations), added=added[name], before=locations[0])
        if counts[name]:
            entry.new, entry.count = max(counts[name].items(), key=lambda c: (c[1], c[0]))
            entry.replaced = counts[name].total()
            seen = occurrences[name, entry.new]
            entry.contexts, entry.before, entry.after = [context for context, _, _ in seen], seen[0][1], seen[0][2]
        replacements[name] = entry
    return replacements


def _files(change: Change) -> Iterator[_FileSides]:
    for file in change.files:
        path, path_after = file.before or file.after or "", file.after or file.before or ""
        part = role(path_after, class_in_change(change, file))
        if part is None:
            continue
        before, after = _text(change.base, file.before), _text(change.head, file.after)
        if before is not None and after is not None:
            yield _FileSides(before, after, path, path_after, part)


def _text(tree: Tree, path: str | None) -> str | None:
    if path is None:
        return ""
    blob = tree[path]
    if blob.size > MAX_FILE_BYTES or b"\0" in blob.data:
        return None
    return blob.data.decode(errors="replace")


_Span = tuple[int, int]


def _align(file: _FileSides) -> Iterator[tuple[list[_LineToken], list[_LineToken], _Span, _Span, bool]]:
    """Yield runs of differing tokens.

    Each is given by the tokens of its lines before and after, the spans of the run in both, and whether exactly one
    token differs.
    """
    for hunk in hunks(file.old, file.new):
        rows = [((hunk.old_start, hunk.old_end), (hunk.new_start, hunk.new_end))]
        if hunk.old_end - hunk.old_start == hunk.new_end - hunk.new_start:
            rows = [
                ((hunk.old_start + n, hunk.old_start + n + 1), (hunk.new_start + n, hunk.new_start + n + 1))
                for n in range(hunk.old_end - hunk.old_start)
            ]
        for (a, b), (c, d) in rows:
            before, after = _tokens(file.old, a, b), _tokens(file.new, c, d)
            if max(len(before), len(after)) > MAX_HUNK_TOKENS:
                continue
            matcher = SequenceMatcher(None, [t.text for t in before], [t.text for t in after], autojunk=False)
            runs = [run for run in matcher.get_opcodes() if run[0] != "equal"]
            for _, i, j, k, m in runs:
                yield before, after, (i, j), (k, m), len(runs) == 1 and j - i == m - k == 1


def _tokens(lines: Sequence[str], start: int, end: int) -> list[_LineToken]:
    return [_LineToken(m[0], n, m.start()) for n in range(start, end) for m in tokens(lines[n])]


def _pair_names(before: Sequence[_LineToken], after: Sequence[_LineToken]) -> list[tuple[_LineToken, _LineToken]]:
    """Pair the names of two runs one to one; return nothing if their numbers differ."""
    if len(before) != len(after):
        before = [t for t in before if is_name(t.text)]
        after = [t for t in after if is_name(t.text)]
        if len(before) != len(after) or len(before) > 3:
            return []
    return [
        (o, n) for o, n in zip(before, after, strict=True) if o.text != n.text and is_name(o.text) and is_name(n.text)
    ]


def _is_imported(file: _FileSides, token: _LineToken) -> bool:
    """Return whether a name is imported by its line, or is a dependency in a manifest."""
    line = file.old[token.line]
    if file.part == "settings" or _MANIFEST.search(file.path):
        return _PACKAGE_NAME_END.match(line, token.column + len(token.text)) is not None
    return _IMPORT.match(line) is not None


def _name_context(file: _FileSides, tokens: Sequence[_LineToken], at: int, only: bool) -> NameContext:
    token = tokens[at]
    left = tokens[at - 1].text if at and tokens[at - 1].line == token.line else ""
    right = tokens[at + 1].text if at + 1 < len(tokens) and tokens[at + 1].line == token.line else ""
    enclosing = enclosing_definitions(file.old, token.line)
    line = file.old[token.line]
    what, called = "name", callee(file.old, token.line, token.column)
    if definition_name(line) == token.text:
        what = "name" if enclosing and is_local(line) and is_function(file.old[enclosing[0][0]]) else "definition"
    elif enclosing and is_parameter(file.old, enclosing[0][0], token.line):
        what, called = "parameter", enclosing[0][1]
    elif called and definition_name(line) == called:
        what = "parameter"
    return NameContext(
        normalize_quotes(left), normalize_quotes(right), tuple(name for _, name in enclosing), called, what, file.test,
        qualifier_before(line, token.column), member_after(line, token.column + len(token.text)), only,
        _is_imported(file, token),
    )  # fmt: skip
