"""Text embedded in a file of another syntax, with a mapping between offsets of the text and of the file."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MappedSpan:
    """A span of the text and the span of the file that encodes it: the same bytes, or one escape sequence."""

    text: _Span
    file: _Span

    @property
    def is_plain(self) -> bool:
        return self.text[1] - self.text[0] == self.file[1] - self.file[0]


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """The text extracted from a file.

    Args:
        text: the decoded text.
        mapped_spans: in the order of text and file. Text between them is synthetic: it is not in the file.
        lines: the line of the file for each line of the text, and one more for its end.
        escape: encodes new text for the file.
    """

    text: bytes
    mapped_spans: tuple[MappedSpan, ...]
    lines: tuple[int, ...]
    escape: Callable[[str], str]

    def source_line(self, number: int) -> int:
        """Return the line of the file for a line of the text, both from 1."""
        return self.lines[min(number, len(self.lines)) - 1]

    def source_lines(self, first: int, last: int) -> tuple[int, int]:
        """Return the first and last line of the file for a range of lines of the text."""
        start = self.source_line(first)
        return start, max(start, self.source_line(last + 1) - 1)

    def to_source_edit(self, start: int, end: int, new: str) -> tuple[int, int, str] | None:
        """Convert an edit of the text to an edit of the file; None if it would replace synthetic text."""
        first = max(bisect_right(self.mapped_spans, start, key=lambda s: s.text[0]) - 1, 0)
        last = bisect_right(self.mapped_spans, max(start, end - 1), key=lambda s: s.text[0]) - 1
        own = self.mapped_spans[first : last + 1]
        if not own or any(a.text[1] != b.text[0] for a, b in itertools.pairwise(own)):
            return None
        begin, stop = _source_offset(own[0], start), _source_offset(own[-1], end)
        if begin is None or stop is None:
            return None
        if not new and self._starts_string(first, start) and last + 1 < len(self.mapped_spans):
            after = self.mapped_spans[last + 1]
            if own[-1].text[1] == end == after.text[0]:
                stop = after.file[0]
        return begin, stop, self.escape(new)

    def _starts_string(self, number: int, start: int) -> bool:
        """Return whether a string of the file starts at an offset of the text, so that it can be removed as a whole."""
        own = self.mapped_spans[number]
        return own.text[0] == start and (number == 0 or self.mapped_spans[number - 1].file[1] != own.file[0])


def _source_offset(mapped: MappedSpan, at: int) -> int | None:
    """Return the offset of the file for an offset of the text in a mapped span; None within an escape sequence."""
    if at == mapped.text[0]:
        return mapped.file[0]
    if at == mapped.text[1]:
        return mapped.file[1]
    return mapped.file[0] + at - mapped.text[0] if mapped.is_plain and mapped.text[0] < at < mapped.text[1] else None


def build_embedded_text(
    pieces: Iterable[tuple[bytes, _Span | None]], data: bytes, escape: Callable[[str], str]
) -> EmbeddedText:
    """Build the text from ordered pieces, each with its span of the file, or None for synthetic text."""
    text, mapped_spans = bytearray(), list[MappedSpan]()
    for piece, file in pieces:
        if file is not None and piece:
            mapped_spans.append(MappedSpan((len(text), len(text) + len(piece)), file))
        text += piece
    breaks = [m.end() for m in re.finditer(rb"\n", data)]
    starts = [0, *(m.end() for m in re.finditer(rb"\n", bytes(text))), len(text) + 1]
    lines, at = [], 0
    for start in starts:
        while at < len(mapped_spans) and mapped_spans[at].text[1] <= start:
            at += 1
        offset = (
            mapped_spans[at].file[0] + max(start - mapped_spans[at].text[0], 0) if at < len(mapped_spans) else len(data)
        )
        lines.append(bisect_right(breaks, max(offset - (offset == len(data)), 0)) + 1)
    return EmbeddedText(bytes(text), tuple(mapped_spans), tuple(lines), escape)
