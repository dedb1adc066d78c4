"""Documents as the ranker sees them: each section's words, counted once for each blob."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from bot.agents.impact.words import WORD, terms, words
from bot.formats.format import Format, Layout, Part


@dataclass(frozen=True, slots=True)
class SectionWords:
    """One section: its words, those of them in code, its terms, and the words of its heading."""

    part: Part
    counts: Counter[str]
    code: frozenset[str]
    terms: Counter[str]
    length: int
    heading: frozenset[str]
    titles: frozenset[str]
    directives: frozenset[str]
    lines: dict[str, int]
    runs: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document taken apart for ranking; a function of its bytes and its format."""

    sections: tuple[SectionWords, ...]


def document(data: bytes, form: Format) -> Document:
    """Counts the words of a document, section by section."""
    layout = form.read(data)
    starts = [0, *(m.end() for m in re.finditer(rb"\n", data)), len(data) + 1]
    code = sorted([*layout.codes, *(span for block in layout.blocks for span in block.lines)])
    subjects = sorted(row.subject for row in layout.rows if row.subject)
    return Document(tuple(_section(data, part, starts, code, subjects, layout) for part in layout.parts))


def _section(
    data: bytes,
    part: Part,
    starts: list[int],
    code: list[tuple[int, int]],
    subjects: list[tuple[int, int]],
    layout: Layout,
) -> SectionWords:
    start, end = starts[part.start_line - 1], min(starts[part.end_line], len(data))
    text = data[start:end].decode(errors="replace")
    marked = " ".join(data[a:b].decode(errors="replace") for a, b in code if start <= a < end)
    about = " ".join(data[a:b].decode(errors="replace") for a, b in subjects if start <= a < end)
    found = words(text)
    said = terms(text)
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), part.start_line):
        for word in WORD.findall(line):
            lines.setdefault(word, number)
    title = part.titles[-1] if part.titles else ""
    return SectionWords(
        part, Counter(found), frozenset(words(marked)), Counter(said), len(said), frozenset(words(title)),
        frozenset(terms(" ".join(part.titles))), frozenset(words(about)), lines, " ".join(found),
    )  # fmt: skip
