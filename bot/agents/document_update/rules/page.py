"""A document as the rules see it: its layout, and every name in it with its meaning."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from cachetools import LRUCache, cached

from bot.formats.format import CodeBlock, DocSection, Format, Layout, Span
from bot.languages.language import Language, Usage

_DOTTED = re.compile(rb"(?<![\w.$@%/\\-])(?<!\w::)[^\W\d]\w*(?:\.[^\W\d]\w*)*(?![\w\\-]|/\w)")
_CALL = re.compile(rb"\s?\(")
OUTPUT_FENCES = frozenset(["diff", "patch", "text", "txt", "output", "log", "traceback"])
"""Fence languages that mark output of a program, not code."""
_HISTORY = re.compile(
    rb"renamed|was called|formerly|previously|deprecat|no longer|removed|used to be|replace[sd]?\b"
    rb"|legacy|obsolete|backwards?.compatib|prior to|in favou?r of|changed in|since version|as of version"
    rb"|before v?\d|earlier versions?|older versions?|old name|migrat",
    re.I,
)
_CONTRAST = re.compile(rb"(?:instead\s+of|rather\s+than|unlike|as\s+opposed\s+to)\b(?:[^.;,]|\.\w)*\Z", re.I)
_FENCE_LINE = re.compile(rb"\n[ \t>]*(?:```|~~~|\.\. [\w-]+::|\[[^\n]+\]\s*\n(?:-{2,}|\.{4,})|-{4,}|\.{4,})[^\n]*\s*\Z")
_HISTORY_TITLE = re.compile(
    r"change ?log|release|histor|migrat|upgrad|deprecat|what'?s new|backwards?.compatib|removed", re.I
)
_SENTENCE = re.compile(rb"[.!?:]\s|\n\s*\n|\n\s*(?:[-+]|\*+|\.+|\d+\.)\s|\n\s*#|\n=+\s|\n\s*\||\n\s*```")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name on the page, and the kind and span of the code or text around it."""

    usage: Usage
    where: Literal["inline", "block", "prose"]
    within: Span
    is_parsed: bool = True
    """Whether the language's own grammar parsed it."""


@cached(LRUCache(256), key=lambda document, data: (document.name, data))
def parse_layout(document: Format, data: bytes) -> Layout:
    """Parse a document, and cache the result."""
    return document.parse(data)


class Page:
    """A document at head, whose names are read as `language`; without one, it has no mentions."""

    def __init__(self, path: str, data: bytes, document: Format, language: Language | None) -> None:
        self.path = path
        self.data = data
        self.format = document
        self.language = language

    @cached_property
    def layout(self) -> Layout:
        return parse_layout(self.format, self.data)

    @cached_property
    def visible_data(self) -> bytes:
        """The page with everything but its text blanked out."""
        return self.format.mask(self.data) if self.format.mask is not None else self.data

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer(rb"\n", self.data))]

    @cached_property
    def newline(self) -> str:
        """The line ending of the page."""
        return "\r\n" if b"\r\n" in self.data else "\n"

    def line_number(self, offset: int) -> int:
        """Return the line of a byte offset, from 1."""
        return bisect_right(self._line_starts, offset)

    def line_span(self, offset: int) -> Span:
        """Return the span of the line that contains a byte offset, with its line ending."""
        number = self.line_number(offset)
        end = self._line_starts[number] if number < len(self._line_starts) else len(self.data)
        return self._line_starts[number - 1], end

    def part(self, offset: int) -> DocSection:
        """Return the section that contains a byte offset."""
        line = self.line_number(offset)
        parts = self.layout.sections
        return parts[max(0, bisect_right([p.start_line for p in parts], line) - 1)]

    def part_span(self, part: DocSection) -> Span:
        """Return the span of a section, with the ending of its last line."""
        starts = [*self._line_starts, len(self.data)]
        return starts[part.start_line - 1], starts[min(part.end_line, len(starts) - 1)]

    def refers_to(self, name: str) -> bool:
        """Return whether the page contains a name; an ordinary word must be code, an entry or a title."""
        word = re.compile(rb"(?<![\w$])%b(?![\w$])" % re.escape(name.encode()))
        if looks_like_code(name) or not word.search(self.data):
            return word.search(self.data) is not None
        layout = self.layout
        blocks = [(block.lines[0][0], block.lines[-1][1]) for block in layout.blocks if block.lines]
        spans = [
            *layout.codes,
            *blocks,
            *(h.span for h in layout.headings),
            *(r.subject for r in layout.rows if r.subject),
        ]
        return any(word.search(self.data, *span) for span in spans)

    def text(self, span: Span) -> str:
        return self.data[slice(*span)].decode(errors="replace")

    def holds(self, name: str) -> bool:
        """Return whether the page contains a name, perhaps between underscores, without parsing the page."""
        word = name.encode()
        alone = rb"(?<![A-Za-z])%b(?![A-Za-z\d])"
        return word in self.data and re.search(alone % re.escape(word), self.data) is not None

    def is_historical_mention(self, mention: Mention) -> bool:
        """Return whether the mention is about the past, where an old name must stay."""
        if mention.where == "block":
            return self.is_historical_example(mention.within)
        return self.is_historical(mention.usage.begin, mention.usage.end)

    def is_historical_example(self, within: Span) -> bool:
        """Return whether an example, or the line before it, is about the past."""
        start, end = within
        lead = _FENCE_LINE.sub(b"", self.visible_data[max(0, start - 300) : start]).rstrip()
        is_past = bool(_HISTORY.search(lead.rpartition(b"\n")[2]) or _is_printed_output(self.data[start:end]))
        return is_past or self._is_historical_part(start)

    def is_historical(self, start: int, end: int) -> bool:
        """Return whether the sentence or the section around a span is about the past."""
        found = _HISTORY.search(self.sentence(start, end)) or _CONTRAST.search(
            self.visible_data, max(0, start - 90), start
        )
        return found is not None or self._is_historical_part(start)

    def _is_historical_part(self, offset: int) -> bool:
        part = self.part(offset)
        return part.symbol is None and any(_HISTORY_TITLE.search(title) for title in part.titles)

    def sentence(self, start: int, end: int) -> bytes:
        """Return the sentence, item or row around a span."""
        before = self.visible_data[max(0, start - 400) : start]
        breaks = [m.end() for m in _SENTENCE.finditer(before)]
        after = self.visible_data[end : end + 400]
        stop = _SENTENCE.search(after)
        return (
            before[breaks[-1] if breaks else 0 :]
            + self.visible_data[start:end]
            + after[: stop.start() if stop else None]
        )

    # -------------------------------------------------------------- mentions

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Every name on the page, in order."""
        return self._mentions(b"")

    def mentions_of(self, name: str) -> Iterator[Mention]:
        """Return the mentions of a bare name."""
        if self.format.mask is not None:
            # Doc comments are independent, so only those that contain the name are parsed.
            return iter(self._find_mentions(name))
        return iter(self._mentions_by_name.get(name, ()) if self.holds(name) else ())

    def _find_mentions(self, name: str) -> list[Mention]:
        if name not in self._mentions_cache:
            self._mentions_cache[name] = [m for m in self._mentions(name.encode()) if m.usage.name == name]
        return self._mentions_cache[name]

    @cached_property
    def _mentions_cache(self) -> dict[str, list[Mention]]:
        return {}

    @cached_property
    def _mentions_by_name(self) -> dict[str, list[Mention]]:
        found: dict[str, list[Mention]] = {}
        for mention in self.mentions if self.format.mask is None else ():
            found.setdefault(mention.usage.name, []).append(mention)
        return found

    @cached_property
    def _imports(self) -> dict[str, str]:
        """Names that the page's examples have imported so far, filled from the top."""
        return {}

    def _mentions(self, word: bytes) -> tuple[Mention, ...]:
        """Return the mentions in the examples, inline codes and texts that contain `word`."""
        if self.language is None:
            return ()
        found = [*self._in_blocks(self.language, word), *self._in_codes(self.language, word), *self._in_prose(word)]
        return tuple(sorted(found, key=lambda m: m.usage.start))

    def _in_blocks(self, language: Language, word: bytes) -> Iterator[Mention]:
        for block in self.layout.blocks:
            if not block.lines or block.fence in OUTPUT_FENCES:
                continue
            within = (block.lines[0][0], block.lines[-1][1])
            if word not in self.data[slice(*within)]:
                continue
            if block.fence in language.fences or not block.fence:
                read = language.snippet(self.data, block.lines, self._imports)
                if not read.broken or block.fence:
                    if self.format.mask is None:
                        self._imports.update(read.names)
                    yield from (Mention(u, "block", within) for u in read.usages)
                    continue
            yield from self._mentions_in_lines(block, within)

    def _mentions_in_lines(self, block: CodeBlock, within: Span) -> Iterator[Mention]:
        """Yield the dotted names of a block in another language; others have no known meaning."""
        for span in block.lines:
            yield from (Mention(u, "block", within, is_parsed=False) for u in self._usages(span) if "." in u.meaning)

    def _in_codes(self, language: Language, word: bytes) -> Iterator[Mention]:
        for span in self.layout.codes:
            text = self.data[slice(*span)]
            if word not in text:
                continue
            read = language.snippet(self.data, (span,), {})
            if read.broken or re.search(rb"[\w.]-\w|[/\\$]|^\w+ \w", text):
                yield from (Mention(u, "inline", span, is_parsed=False) for u in self._usages(span))
            else:
                names = self._imports
                usages = language.snippet(self.data, (span,), names).usages if names else read.usages
                yield from (Mention(u, "inline", span) for u in usages)

    def _in_prose(self, word: bytes) -> Iterator[Mention]:
        for span in self.layout.prose:
            if word not in self.data[slice(*span)]:
                continue
            for usage in self._usages(span):
                if looks_like_code(usage.meaning):
                    yield Mention(usage, "prose", span, is_parsed=False)

    def _usages(self, span: Span) -> Iterator[Usage]:
        """Yield each name in a text, and each prefix of a dotted name."""
        for match in _DOTTED.finditer(self.data, *span):
            at, parts = match.start(), match[0].split(b".")
            for number, part in enumerate(parts):
                last = number == len(parts) - 1
                called = last and _CALL.match(self.data, match.end(), span[1])
                yield Usage(
                    part.decode(), at, at + len(part), match.start(), b".".join(parts[: number + 1]).decode(),
                    role="call" if called else "name",
                )  # fmt: skip
                at += len(part) + 1


def _is_printed_output(example: bytes) -> bool:
    """Return whether an example is printed output, not a session that shows the call."""
    return b"Traceback (most" in example and b">>> " not in example


def looks_like_code(name: str) -> bool:
    """Return whether text can only be an identifier: it has an underscore, a dot, a digit or an inner capital."""
    return "_" in name or "." in name or bool(re.search(r"[a-z][A-Z]|[A-Z]{2,}[a-z]|\d", name))
