"""Find a name on a page by its spelling, in any language, with the tokens beside it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.agents.document_update.rules.page import OUTPUT_FENCES, Mention, Page
from bot.formats.format import CodeBlock, Span
from bot.languages.program import whole_word
from bot.languages.tokens import callee, member_after, normalize_quotes, qualifier_before, tokens

Where = Literal["inline", "block", "prose", "link", "other"]

_LITERAL = re.compile(rb"\s*[=:]\s*(True|False|true|false)\b")
_FOREIGN_IMPORT = re.compile(rb"^\s*(?:>>>\s*)?(?:from\s+([\w.]+)\s+import|import\s+([\w.]+)|use\s+([\w]+)::)", re.M)
_NO_CODE = re.compile(rb"[:{](?:ref|doc|term|pep|rfc|issue|pr|numref|cve)[:}]`\Z")
_MEMBER_LIST = re.compile(rb"[ \t]*:(?:exclude-)?members:")
_URL = re.compile(rb"(?:https?:|ftp:|git@|www\.)\S*$")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name at bytes `start:end`, the tokens beside it in its line of code, and what it is passed to."""

    start: int
    end: int
    where: Where
    within: Span
    left: str
    right: str
    qualifier: str
    member: str
    callee: str
    example: Span | None = None
    """The block that contains the name."""
    raw: bool = False
    """Whether the format's parser sees no text there, as in a reStructuredText table or HTML."""
    in_member_list: bool = False
    """Whether it is in the member list of an API directive."""

    @property
    def in_code(self) -> bool:
        return self.where in ("inline", "block")

    @property
    def alone(self) -> bool:
        """Whether it is all of an inline code."""
        return self.where == "inline" and self.within == (self.start, self.end)


class OccurrenceFinder:
    """Finds names on a page, and whether they are in inline code, an example, text, a link or anything else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @cached_property
    def _spans(self) -> list[tuple[int, int, Where, CodeBlock | None]]:
        layout = self.page.layout
        found: list[tuple[int, int, Where, CodeBlock | None]] = [(a, b, "inline", None) for a, b in layout.codes]
        found += [(a, b, "block", block) for block in layout.blocks for a, b in block.lines]
        found += [(a, b, "prose", None) for a, b in layout.prose]
        found += [(*link.destination, "link", None) for link in layout.links]
        return sorted(found, key=lambda f: f[:2])

    def _span(self, offset: int) -> tuple[int, int, Where, CodeBlock | None]:
        at = bisect_right(self._spans, offset, key=lambda s: s[0])
        for span in reversed(self._spans[max(0, at - 3) : at]):
            if span[0] <= offset < span[1]:
                return span
        return (*self.page.line_span(offset), "other", None)

    def find(self, name: str) -> Iterator[Occurrence]:
        """Yield the places of a name, as a whole word."""
        page, data = self.page, self.page.data
        for match in whole_word(name).finditer(data):
            start, end, where, block = self._span(match.start())
            raw = where == "other"
            if where == "inline" and _NO_CODE.search(data, max(0, start - 20), start):
                continue
            if block is not None and block.fence in OUTPUT_FENCES:
                continue
            if where in ("prose", "other") and _URL.search(data, max(start, match.start() - 200), match.start()):
                continue
            listed = (
                where in ("prose", "other") and _MEMBER_LIST.match(data, page.line_span(match.start())[0]) is not None
            )
            if listed:
                where = "inline"
            if where == "other":
                start, end, where = _inline_code_at(data, start, end, match.start())
            line = data[start:end].decode(errors="replace")
            column = len(data[start : match.start()].decode(errors="replace"))
            line_tokens = tokens(line)
            at = next((n for n, t in enumerate(line_tokens) if t.start() == column), None)
            edge = "`" if where == "inline" else ""
            left = normalize_quotes(line_tokens[at - 1][0]) if at else edge
            right = normalize_quotes(line_tokens[at + 1][0]) if at is not None and at + 1 < len(line_tokens) else edge
            yield Occurrence(
                match.start(), match.end(), where, (start, end), left, right,
                qualifier_before(line, column), member_after(line, column + len(name)),
                self._callee(block, (start, end), column, line),
                (block.lines[0][0], block.lines[-1][1]) if block is not None else None, raw, listed,
            )  # fmt: skip

    def _callee(self, block: CodeBlock | None, span: Span, column: int, line: str) -> str:
        if block is None:
            return callee([line], 0, column)
        number = block.lines.index(span)
        lines = [self.page.text(s) for s in block.lines[max(0, number - 30) : number + 1]]
        return callee(lines, len(lines) - 1, column)

    def defines(self, occurrence: Occurrence, name: str) -> bool:
        """Return whether the example itself defines the name, as a function, type or parameter."""
        word = re.escape(name.encode())
        own = re.compile(
            rb"\b(?:def|function|func|fn|class|type|struct|interface)[ \t]+%b\b"
            rb"|(?:def|function|func|fn)[ \t]+[\w$]+\([^)]*\b%b\b[^)]*\)[ \t]*[:{-]"
            rb"|\bas[ \t]+%b\b|\bfor[ \t]+%b[ \t]+in\b" % ((word,) * 4)
        )
        return occurrence.example is not None and own.search(self.page.data, *occurrence.example) is not None

    def assigns(self, occurrence: Occurrence, name: str) -> bool:
        """Return whether the example itself assigns to the name, so that it is the example's own variable."""
        word = re.escape(name.encode())
        own = re.compile(
            rb"^[ \t]*(?:(?:>>>|\.\.\.)[ \t]*)?(?:(?:let|const|var)[ \t]+(?:mut[ \t]+)?%b\b"
            rb"|%b[ \t]*(?::[^=\n]*)?:?=(?!=))" % (word, word),
            re.M,
        )
        return occurrence.example is not None and own.search(self.page.data, *occurrence.example) is not None

    @cached_property
    def imports(self) -> set[str]:
        """The top-level modules that the page's examples import."""
        found = (next(g for g in m.groups() if g) for m in _FOREIGN_IMPORT.finditer(self.page.data))
        return {name.decode().partition(".")[0] for name in found}

    def is_output(self, occurrence: Occurrence) -> bool:
        """Return whether it is in the output of an interactive session."""
        if occurrence.example is None or b">>> " not in self.page.data[slice(*occurrence.example)]:
            return False
        return re.match(rb"[ \t]*(?:>>>|\.\.\.)", self.page.data[slice(*self.page.line_span(occurrence.start))]) is None

    def is_text(self, occurrence: Occurrence) -> bool:
        """Return whether people read it although the parser skips it: a hand-drawn table, the label of a link."""
        data = self.page.data
        return ".rst" in self.page.format.suffixes or (
            data[: occurrence.start].endswith(b"[") and data.startswith(b"]", occurrence.end)
        )

    def is_comment(self, occurrence: Occurrence) -> bool:
        """Return whether it is in a comment of an example."""
        if occurrence.example is None:
            return False
        start = self.page.line_span(occurrence.start)[0]
        return re.search(rb"(?:^|\s)(?:#|//)(?!\S*$)", self.page.data[start : occurrence.start]) is not None

    @cached_property
    def _mentions(self) -> dict[int, Mention]:
        return {m.usage.start: m for m in self.page.mentions}

    @cached_property
    def _example_spans(self) -> frozenset[Span]:
        """The examples that the language's own grammar parses."""
        return frozenset(m.within for m in self.page.mentions if m.where == "block" and m.is_parsed)

    def mention(self, occurrence: Occurrence) -> Mention | None:
        """Return the mention at the same place, as the language of the change reads it."""
        return self._mentions.get(occurrence.start)

    def is_parsed(self, occurrence: Occurrence) -> bool:
        """Return whether it is in an example that the language of the change parses."""
        return occurrence.example in self._example_spans

    def is_in_prose(self, name: str) -> bool:
        """Return whether the page uses the name as an ordinary word in its text."""
        return any(occurrence.where == "prose" for occurrence in self.find(name))

    def link_target(self, occurrence: Occurrence, name: str) -> Span | None:
        """Return the last part of the URL that an inline code links to, if it is the same name."""
        if not occurrence.alone:
            return None
        match = re.match(
            rb"`+\]\((?:[^)\s]*/)?(%b)(?:\.git)?/?\)" % re.escape(name.encode()), self.page.data[occurrence.end :][:300]
        )
        return (occurrence.end + match.start(1), occurrence.end + match.end(1)) if match else None

    def boolean_value(self, occurrence: Occurrence) -> Span | None:
        """Return the span of the `True` or `False` that the name is set to."""
        match = _LITERAL.match(self.page.data, occurrence.end)
        return match.span(1) if match else None


def _inline_code_at(data: bytes, start: int, end: int, at: int) -> tuple[int, int, Where]:
    """Find inline code by its backticks where the format's parser sees none, as in an rst table or HTML."""
    for match in re.finditer(rb"(`+)([^`\n]+)\1", data[start:end]):
        if start + match.start(2) <= at < start + match.end(2):
            return start + match.start(2), start + match.end(2), "inline"
    return start, end, "other"
