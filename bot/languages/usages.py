"""What the names in an example mean: its imports followed, everything else as written."""

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
    """The words of a file's code and strings, but not those of its comments."""
    reading = grammar.parse(data)
    comments = [(n.start_byte, n.end_byte) for c in reading.matches for n in c.get("comment", ())]
    return frozenset(w.decode(errors="replace") for w in _WORD.findall(blank_out(data, comments)))


def snippet(grammar: Grammar, data: bytes, lines: tuple[Span, ...], names: Mapping[str, str]) -> Snippet:
    """Reads the code on these lines of a document; `names` is what earlier examples imported."""
    reading = grammar.parse(data, lines)
    known = dict(names)
    for binding, _ in imports(grammar, reading, ""):
        if binding.name != "*":
            known[binding.local] = f"{binding.source}.{binding.name}" if binding.name else binding.source
    own = _local_names(reading, known)
    reader = _UsageReader(grammar, reading, known, own)
    usages = tuple(usage for start, end in lines for usage in reader.line(start, end))
    return Snippet(usages, known, reading.has_error)


def _local_names(reading: ParsedSource, names: dict[str, str]) -> frozenset[str]:
    """The names that the example gives; `names` learns of which class they are, where that is plain."""
    own = set()
    for captures in reading.matches:
        named = captures.get("own") or (captures.get("name") if "source" not in captures else None)
        if named and "owner" not in captures:
            name, made = reading.text(named[0]), reading.first(captures, "made")
            own.add(name)
            names[name] = names.get(made, made) if made is not None else ""
    return frozenset(own)


@cache
def _scanner(separators: str) -> re.Pattern[bytes]:
    name = r"[^\W\d]\w*"
    return re.compile(rf"(?P<chain>{name}(?:(?:{separators}){name})*)|(?P<bracket>[()\[\]{{}}])|[\d.]\w*".encode())


class _UsageReader:
    """The names of one example, line by line; `stack` holds the open brackets and what they call."""

    def __init__(self, grammar: Grammar, reading: ParsedSource, names: Mapping[str, str], own: frozenset[str]) -> None:
        self.grammar, self.names, self.local_names = grammar, names, own
        self.data = blank_out(reading.data, reading.non_code_spans)
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
        """Each part of a name, with what it means up to there."""
        led = self.leading_separator.search(self.data, max(first, start - 3), start) is not None
        at, written = start, ""
        called = _CALL.match(self.data, end, last) is not None
        for part in self.separator.split(self.data[start:end]):
            name = part.decode(errors="replace")
            at = self.data.index(part, at)
            stop = at + len(part)
            written = f"{written}.{name}" if written else f"?.{name}" if led else self._head(name, stop == end)
            alone = at == start and not led
            yield Usage(
                name, at, stop, at if led else start, written,
                role="call" if called and stop == end else "name" if alone else "attribute",
                known=not led and bool(self.names.get(self._first(start, end))),
                local=alone and (name in self.local_names or self.names.get(name) == ""),
            )  # fmt: skip
            at = stop
        self.callee = written if called else ""
        yield from self._keyword_usages(start, end, last) if not led else ()

    def _first(self, start: int, end: int) -> str:
        return self.separator.split(self.data[start:end], 1)[0].decode(errors="replace")

    def _head(self, name: str, whole: bool) -> str:
        """What the first part of a name means; an object of unknown kind is a question mark."""
        known = self.names.get(name, name)
        return known or (name if whole else "?")

    def _keyword_usages(self, start: int, end: int, last: int) -> Iterator[Usage]:
        """A name that is given along with its value: to what is called, or as a member of an object."""
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
