"""Verify edits without trusting the rules: apart from the edits, a document must not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.agents.document_update.documents import Library
from bot.agents.document_update.rules.page import parse_layout
from bot.agents.document_update.source_map import map_edits
from bot.domain import Edit, Notice, apply_edits
from bot.formats.format import CodeBlock, Layout, Span
from bot.languages.language import Language

MAX_SINGLE_TRIES = 100
"""Edits of one document that are tried one by one if together they would break it."""


def verify_edits(
    edits: Sequence[Edit], library: Library, languages: Sequence[Language]
) -> tuple[list[Edit], list[Notice]]:
    """Return the edits that keep their document's structure and examples intact, and notices for the others."""
    good: list[Edit] = []
    doubtful: list[Notice] = []
    for path in sorted({e.path for e in edits}):
        own = [e for e in edits if e.path == path]
        if _is_valid(own, library, languages):
            good += own
            continue
        alone = [e for e in own if _is_valid([e], library, languages)] if len(own) <= MAX_SINGLE_TRIES else []
        kept = alone if _is_valid(alone, library, languages) else []
        good += kept
        doubtful += [
            Notice(e.path, e.line, e.section, e.fact, f"{e.reason} An edit here would break the page.", 0.5)
            for e in own
            if e not in kept
        ]
    return good, doubtful


def _is_valid(edits: Sequence[Edit], library: Library, languages: Sequence[Language]) -> bool:
    """Return whether the edited document keeps its structure, and its examples still parse."""
    if not edits:
        return True
    path = edits[0].path
    before, after = library.data(path), apply_edits(library.text(path), edits).encode()
    if not _round_trips(edits, library, after):
        return False
    frame = library.format(path).frame
    if frame(before) != frame(after):
        return False
    old, new = library.page(path).layout, parse_layout(library.format(path), after)
    if _structure(old, [(e.start, e.end) for e in edits if not e.new and e.old.strip()]) != _structure(
        new, _insertions(edits)
    ):
        return False
    return all(
        _parses(after, later, languages) or not _parses(before, block, languages)
        for block, later in zip(old.blocks, new.blocks, strict=False)
    )


def _insertions(edits: Sequence[Edit]) -> Iterator[Span]:
    """Yield the spans of added text in the edited document."""
    shift = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        start, length = edit.start + shift, len(edit.new.encode())
        shift += length - (edit.end - edit.start)
        if not edit.old.strip() and edit.new.strip():
            yield start, start + length


def _round_trips(edits: Sequence[Edit], library: Library, after: bytes) -> bool:
    """Return whether the edited file contains the edited text."""
    path = edits[0].path
    if library.source_map(path) is None:
        return True
    file = apply_edits(library.file_bytes(path).decode(), map_edits(edits, library))
    return library.format(path).text(file.encode()) == after


def _parses(data: bytes, block: CodeBlock, languages: Sequence[Language]) -> bool:
    language = next((language for language in languages if block.fence in language.fences), None)
    return language is None or not language.snippet(data, block.lines, {}).broken


def _structure(layout: Layout, ignored: Iterable[Span]) -> tuple[object, ...]:
    """Return what an edit must not change: the parts of a document, without the deleted or added ones."""
    left_out = list(ignored)

    def stays(span: Span) -> bool:
        return not any(start <= span[0] and span[1] <= end for start, end in left_out)

    return (
        tuple(h.level for h in layout.headings if stays(h.span)),
        sum(stays(code) for code in layout.codes),
        tuple((b.fence, len(b.lines)) for b in layout.blocks if not b.lines or stays(b.lines[0])),
        sum(stays(link.destination) for link in layout.links),
        sum(stays(entry.target) for entry in layout.entries),
        tuple(r.kind for r in layout.rows if stays(r.subject or r.span)),
        tuple(tuple(len(row) for row in t.rows if not row or stays(row[0])) for t in layout.tables),
        sum(stays(name) for field in layout.fields for name in field.names),
    )
