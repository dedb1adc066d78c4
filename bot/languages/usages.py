"""Meaning of the names in an example: resolves imports and keeps all other names unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from bot.languages.definitions import imports
from bot.languages.grammar import Grammar, ParsedSource, blank_out
from bot.languages.language import Snippet, Span, Usage

_WORD = re.compile(rb"[^\W\d]\w*")
_CALL = re.compile(rb"!?\s?\(")
_CLOSING = {b")": b"(", b"]": b"[", b"}": b"{"}


def words(grammar: Grammar, data: bytes) -> frozenset[str]:
    """Return the words of a file's code and strings, excluding comments."""
    parsed = grammar.parse(data)
    comments = [(n.start_byte, n.end_byte) for c in parsed.matches for n in c.get("comment", ())]
    return frozenset(w.decode(errors="replace") for w in _WORD.findall(blank_out(data, comments)))


def snippet(grammar: Grammar, data: bytes, lines: tuple[Span, ...], names: Mapping[str, str]) -> Snippet:
    """Parse the code on some lines of a document; `names` are the imports of earlier examples."""
    parsed = grammar.parse(data, lines)
    known = dict(names)
    for binding, _ in imports(grammar, parsed, ""):
        if binding.name != "*":
            known[binding.local] = f"{binding.source}.{binding.name}" if binding.name else binding.source
    local_names = _local_names(parsed, known)
    reader = _UsageReader(grammar, parsed, known, local_names)
    usages = tuple(usage for start, end in lines for usage in reader.line(start, end))
    return Snippet(usages, known, parsed.has_error)


def _local_names(parsed: ParsedSource, names: dict[str, str]) -> frozenset[str]:
    """Return the names that the example defines; add their classes to `names` where they can be inferred."""
    local_names = set()
    for captures in parsed.matches:
        nodes = captures.get("variable") or (captures.get("name") if "source" not in captures else None)
        if nodes and "owner" not in captures:
            name, class_name = parsed.text(nodes[0]), parsed.first(captures, "variable.class")
            local_names.add(name)
            names[name] = names.get(class_name, class_name) if class_name is not None else ""
    return frozenset(local_names)


@cache
def _scanner(separators: str) -> re.Pattern[bytes]:
    name = r"[^\W\d]\w*"
    return re.compile(rf"(?P<chain>{name}(?:(?:{separators}){name})*)|(?P<bracket>[()\[\]{{}}])|[\d.]\w*".encode())


class _UsageReader:
    """Line-based reader of an example's names. `stack` contains the open brackets with their callees."""

    def __init__(
        self, grammar: Grammar, parsed: ParsedSource, names: Mapping[str, str], local_names: frozenset[str]
    ) -> None:
        self.grammar, self.names, self.local_names = grammar, names, local_names
        self.data = blank_out(parsed.data, parsed.non_code_spans)
        self.separator = re.compile(grammar.separators.encode())
        self.leading_separator = re.compile(rb"(?:" + grammar.separators.encode() + rb")$")
        self.keyword = re.compile(grammar.keyword_suffix.encode()) if grammar.keyword_suffix else None
        self.stack: list[tuple[bytes, str]] = []
        self.callee = ""

    def line(self, start: int, end: int) -> Iterator[Usage]:
        for match in _scanner(self.grammar.separators).finditer(self.data, start, end):
            if match["bracket"]:
                self._bracket(match["bracket"])
            elif match["chain"]:
                yield from self._chain(match.start(), match.end(), start, end)
            self.callee = self.callee if match["chain"] else ""

    def _bracket(self, bracket: bytes) -> None:
        if bracket not in _CLOSING:
            self.stack.append((bracket, self.callee if bracket == b"(" else ""))
        elif self.stack and self.stack[-1][0] == _CLOSING[bracket]:
            self.stack.pop()

    def _chain(self, start: int, end: int, first: int, last: int) -> Iterator[Usage]:
        """Yield a usage for each part of a dotted name, with the meaning of the name up to that part."""
        is_member = self.leading_separator.search(self.data, max(first, start - 3), start) is not None
        at, dotted = start, ""
        is_called = _CALL.match(self.data, end, last) is not None
        for part in self.separator.split(self.data[start:end]):
            name = part.decode(errors="replace")
            at = self.data.index(part, at)
            stop = at + len(part)
            dotted = f"{dotted}.{name}" if dotted else f"?.{name}" if is_member else self._head(name, stop == end)
            alone = at == start and not is_member
            yield Usage(
                name, at, stop, at if is_member else start, dotted,
                role="call" if is_called and stop == end else "name" if alone else "attribute",
                known=not is_member and bool(self.names.get(self._first(start, end))),
                local=alone and (name in self.local_names or self.names.get(name) == ""),
            )  # fmt: skip
            at = stop
        self.callee = dotted if is_called else ""
        yield from self._keyword_usages(start, end, last) if not is_member else ()

    def _first(self, start: int, end: int) -> str:
        return self.separator.split(self.data[start:end], 1)[0].decode(errors="replace")

    def _head(self, name: str, is_whole: bool) -> str:
        """Return the meaning of the first part of a name; `?` for an object of unknown type."""
        known = self.names.get(name, name)
        return known or (name if is_whole else "?")

    def _keyword_usages(self, start: int, end: int, last: int) -> Iterator[Usage]:
        """Yield usages for the name of a keyword argument or of a member of an object literal."""
        if self.keyword is None or not self.stack or not self.keyword.match(self.data, end, last):
            return
        name = self.data[start:end].decode(errors="replace")
        if not name.isidentifier():
            return
        bracket, owner = self.stack[-1]
        if bracket == b"{":
            yield Usage(name, start, end, start, f"?.{name}", role="attribute")
        if bracket == b"{" and len(self.stack) > 1:
            owner = self.stack[-2][1]
        if owner:
            yield Usage(name, start, end, start, name, role="keyword", owner=owner)
