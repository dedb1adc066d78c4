"""Parser for Sphinx `toctree`: https://www.sphinx-doc.org/en/master/usage/restructuredtext/directives.html#directive-toctree"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.formats.format import NavEntry, Span

_ENTRY = re.compile(
    rb"[ \t]*+(?:[^<>\n]*[^<>\s][ \t]+<(?P<titled>[^<>\s:*?\[]+)>|(?P<plain>[^<>\s:*?\[]+))[ \t]*\r?\n?\Z"
)
_OPTION = re.compile(rb"[ \t]*:[\w-]+:|[ \t]*---")


def toctree(data: bytes, lines: Sequence[Span]) -> Iterator[NavEntry]:
    """Yield the documents listed in a toctree; URLs and glob patterns are skipped."""
    entry_lines = [span for span in lines if data[slice(*span)].strip() and not _OPTION.match(data[slice(*span)])]
    for start, end in entry_lines:
        found = _ENTRY.match(data[start:end])
        if found:
            a, b = found.span("titled" if found["titled"] else "plain")
            yield NavEntry(
                (start + a, start + b),
                (_begin(data, start), end) if len(entry_lines) > 1 else None,
                suffix_is_optional=True,
            )


def _begin(data: bytes, offset: int) -> int:
    return data.rfind(b"\n", 0, offset) + 1
