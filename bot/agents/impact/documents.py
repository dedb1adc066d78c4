"""Documents as the ranker sees them: each section's words, counted once for each blob."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.agents.impact.words import word_terms, words
from bot.formats.embedded import EmbeddedText
from bot.formats.format import DocSection, Format, Span


@dataclass(frozen=True, slots=True)
class SectionWords:
    """One section, counted.

    Args:
        counts: its words, as written.
        code: those of them that stand in code.
        terms: what it is about, for full-text search.
        length: number of its terms.
        heading: words of its own heading.
        subjects: words that a list item, a field or a directive of it is about.
        lines: word → first line that holds it.
        runs: its words in order, one blank between.
    """

    part: DocSection
    counts: Counter[str]
    code: frozenset[str]
    terms: Counter[str]
    length: int
    heading: frozenset[str]
    subjects: frozenset[str]
    lines: Mapping[str, int]
    runs: str


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """A document taken apart for ranking; a function of its bytes and its format."""

    sections: tuple[SectionWords, ...]


def count_words(data: bytes, form: Format) -> DocumentWords:
    """Counts the words of a document, section by section."""
    wrapped = form.extract(data) if form.extract is not None else None
    data = wrapped.text if wrapped is not None else data
    layout = form.parse(data)
    starts = [0, *(m.end() for m in re.finditer(rb"\n", data)), len(data) + 1]
    code = sorted([*layout.codes, *(span for block in layout.blocks for span in block.lines)])
    subjects = sorted(row.subject for row in layout.rows if row.subject)
    sections = (_count_section(data, part, starts, code, subjects) for part in layout.sections)
    return DocumentWords(tuple(_to_file_lines(s, wrapped) if wrapped is not None else s for s in sections))


def _to_file_lines(section: SectionWords, source_map: EmbeddedText) -> SectionWords:
    """A section at lines of the file that wraps its text."""
    start, end = source_map.source_lines(section.part.start_line, section.part.end_line)
    lines = {word: source_map.source_line(line) for word, line in section.lines.items()}
    return replace(section, part=replace(section.part, start_line=start, end_line=end), lines=lines)


def _count_section(
    data: bytes, part: DocSection, starts: list[int], code: list[Span], subjects: list[Span]
) -> SectionWords:
    start, end = starts[part.start_line - 1], min(starts[part.end_line], len(data))
    text = data[start:end].decode(errors="replace")
    lines: dict[str, int] = {}
    found: list[str] = []
    for number, line in enumerate(text.split("\n"), part.start_line):
        for word in words(line):
            found.append(word)
            lines.setdefault(word, number)
    said = [term for word in found for term in word_terms(word)]
    return SectionWords(
        part=part,
        counts=Counter(found),
        code=_words_within(data, code, start, end),
        terms=Counter(said),
        length=len(said),
        heading=frozenset(words(part.titles[-1] if part.titles else "")),
        subjects=_words_within(data, subjects, start, end),
        lines=lines,
        runs=" ".join(found),
    )


def _words_within(data: bytes, spans: list[Span], start: int, end: int) -> frozenset[str]:
    """The words of those spans, sorted, that begin in a part of a document."""
    first, last = bisect_left(spans, (start,)), bisect_left(spans, (end,))
    return frozenset(words(" ".join(data[a:b].decode(errors="replace") for a, b in spans[first:last])))
