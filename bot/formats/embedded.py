"""A text that a file holds in the syntax of another language, and the way from its bytes to the file's and back."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MappedSpan:
    """Bytes of the text and the bytes of the file that say them: the same ones, or one escape."""

    text: _Span
    file: _Span

    @property
    def is_plain(self) -> bool:
        return self.text[1] - self.text[0] == self.file[1] - self.file[0]


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """What is read of a file.

    Args:
        text: as people read it.
        stretches: in the order of both; text between them stands nowhere in the file.
        lines: for each line of the text the line of the file; one more for the end.
        escape: how new text is written in the file.
    """

    text: bytes
    mapped_spans: tuple[MappedSpan, ...]
    lines: tuple[int, ...]
    escape: Callable[[str], str]

    def source_line(self, number: int) -> int:
        """The line of the file for a line of the text, both from 1."""
        return self.lines[min(number, len(self.lines)) - 1]

    def source_lines(self, first: int, last: int) -> tuple[int, int]:
        """The lines of the file for some lines of the text, up to those of the next one."""
        start = self.source_line(first)
        return start, max(start, self.source_line(last + 1) - 1)

    def to_source_edit(self, start: int, end: int, new: str) -> tuple[int, int, str] | None:
        """An edit of the text as one of the file; None where some of what it replaces does not stand in the file."""
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
        """Whether the text at a byte begins a string of the file, so that the whole string can go."""
        own = self.mapped_spans[number]
        return own.text[0] == start and (number == 0 or self.mapped_spans[number - 1].file[1] != own.file[0])


def _source_offset(stretch: MappedSpan, at: int) -> int | None:
    """The byte of the file for a byte of the text that lies in a stretch or at one of its ends."""
    if at == stretch.text[0]:
        return stretch.file[0]
    if at == stretch.text[1]:
        return stretch.file[1]
    return (
        stretch.file[0] + at - stretch.text[0] if stretch.is_plain and stretch.text[0] < at < stretch.text[1] else None
    )


def build_embedded_text(
    pieces: Iterable[tuple[bytes, _Span | None]], data: bytes, escape: Callable[[str], str]
) -> EmbeddedText:
    """Puts a text together from pieces in order, each with the bytes of the file that say it, or with none."""
    text, stretches = bytearray(), list[MappedSpan]()
    for said, file in pieces:
        if file is not None and said:
            stretches.append(MappedSpan((len(text), len(text) + len(said)), file))
        text += said
    breaks = [m.end() for m in re.finditer(rb"\n", data)]
    starts = [0, *(m.end() for m in re.finditer(rb"\n", bytes(text))), len(text) + 1]
    lines, at = [], 0
    for start in starts:
        while at < len(stretches) and stretches[at].text[1] <= start:
            at += 1
        offset = stretches[at].file[0] + max(start - stretches[at].text[0], 0) if at < len(stretches) else len(data)
        lines.append(bisect_right(breaks, max(offset - (offset == len(data)), 0)) + 1)
    return EmbeddedText(bytes(text), tuple(stretches), tuple(lines), escape)
