"""Keep the texts of a doc comment's fields aligned when a field is renamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.document_update.rules.page import Page
from bot.formats.format import Field, Span

_GAP = re.compile(rb"[:\])]{0,2}(?P<gap>[ \t]{1,80})(?=[^\s])")


def realign_texts(page: Page, field: Field, fields: Sequence[Field], growth: int) -> Iterator[tuple[Span, str]]:
    """Yield each gap to change, and its new text, when the name of a field grows by `growth` characters."""
    beside = [other for other in fields if other.kind == field.kind]
    gaps = [_gap(page, other) for other in beside]
    if len(gaps) < 2 or not growth or not _is_aligned(page, gaps):
        return
    own = gaps[beside.index(field)]
    if own is None:
        return
    width = own[1] - own[0] - growth
    if width >= 1:
        yield own, " " * width
    elif all(page.line_number(other.text[1]) == page.line_number(other.names[0][0]) for other in beside):
        more = " " * (1 - width)
        yield own, " "
        yield from (((gap[1], gap[1]), more) for gap in gaps if gap is not None and gap != own)


def _gap(page: Page, field: Field) -> Span | None:
    """Return the blanks between a field's name and its text."""
    found = _GAP.match(page.data, field.names[-1][1], page.line_span(field.names[0][0])[1])
    return found.span("gap") if found else None


def _is_aligned(page: Page, gaps: Sequence[Span | None]) -> bool:
    """Return whether all texts start in one column, and not by chance."""
    ends = {gap[1] - page.line_span(gap[0])[0] if gap is not None else -1 for gap in gaps}
    plain = all(gap is not None and b"\t" not in page.data[slice(*gap)] for gap in gaps)
    return len(ends) == 1 and plain and any(gap is not None and gap[1] - gap[0] > 1 for gap in gaps)
