"""The chunks of a source file: its functions and methods, the heads of its classes, and what stands between."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.agents.rag_management.chunk import Chunk, line_ranges, trim_blank_lines
from bot.domain.search import ContentKind
from bot.languages.language import DocComment, Language, Symbol

_DEFINITION = re.compile(
    r"(?:\b(?:def|class|function\*?|func|fn|fun|interface|struct|enum|trait|type|module|namespace|const|let|var|val|static)"
    r"\s+|^[ \t]*(?:export\s+)?(?=[A-Z_]{3,}\s*=))([A-Za-z_$][\w$]*)",
    re.M,
)
"""What is defined where no outline looks: in functions, in tests."""
_WORD = re.compile(r"[A-Za-z]{3}")
_MAX_NAMES = 60


@dataclass(frozen=True, slots=True)
class _LineOwner:
    """The symbol that lines belong to, and what it says of itself."""

    symbol: Symbol
    documentation: str


def chunk_source(language: Language, data: bytes, kind: ContentKind) -> Iterator[Chunk]:
    """The chunks of a source file, in order."""
    lines = data.decode(errors="replace").split("\n")
    starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
    found = language.outline(data, "", False).symbols
    comments = {comment.symbol: comment for comment in reversed(language.doc_comments(data))}
    owners = _line_owners(found, comments, starts, data, len(lines))
    constants = [(symbol.line, symbol.bare) for symbol in found if symbol.what in ("constant", "attribute")]
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or owners[at] is not owners[start]:
            yield from _chunks(lines, start, at, owners[start], constants, language, kind)
            start = at


def _line_owners(
    found: Sequence[Symbol], comments: dict[str, DocComment], starts: list[int], data: bytes, count: int
) -> list[_LineOwner | None]:
    """For each line the innermost function, method or class that it belongs to, its doc comment included."""
    owners: list[_LineOwner | None] = [None] * count
    held = (symbol for symbol in found if symbol.what in ("function", "class", "method") or symbol.parameters)
    for symbol in sorted(held, key=lambda s: (s.span[0], -s.span[1])):
        comment = comments.get(symbol.name)
        begin, end = symbol.span
        if comment is not None and comment.span[0] < begin:
            begin = comment.span[0]
        owner = _LineOwner(symbol, _comment_text(comment, data))
        first, last = bisect_right(starts, begin) - 1, bisect_right(starts, max(end - 1, begin)) - 1
        owners[first : last + 1] = [owner] * (last + 1 - first)
    return owners


def _comment_text(comment: DocComment | None, data: bytes) -> str:
    if comment is None:
        return ""
    return "\n".join(data[start:end].decode(errors="replace").strip() for start, end in comment.lines)


def _chunks(
    lines: list[str],
    start: int,
    end: int,
    owner: _LineOwner | None,
    constants: Sequence[tuple[int, str]],
    language: Language,
    kind: ContentKind,
) -> Iterator[Chunk]:
    """The chunks of lines that belong together."""
    start, end = trim_blank_lines(lines, start, end)
    if not _WORD.search("\n".join(lines[start:end])):
        return
    title, about = _title_and_about(owner, language)
    for number, (first, last) in enumerate(line_ranges(lines[start:end])):
        own = (start + first, start + last)
        text = "\n".join(lines[slice(*own)])
        held = [name for line, name in constants if own[0] < line <= own[1]]
        names = [owner.symbol.bare] * (owner is not None and number == 0) if owner is not None else []
        names += held + _DEFINITION.findall(text)
        if _WORD.search(text):
            unit = (start + 1, end) if owner is not None else (own[0] + 1, own[1])
            yield Chunk(kind, title, own[0] + 1, own[1], unit, text, about, _unique_names(names))


def _title_and_about(owner: _LineOwner | None, language: Language) -> tuple[tuple[str, ...], str]:
    """A symbol's name, and its signature with its documentation."""
    if owner is None:
        return (), ""
    symbol = owner.symbol
    signature = symbol.name + (language.signatures(symbol) or ("",))[-1]
    return (symbol.name,), "\n".join(filter(None, (signature, owner.documentation)))


def _unique_names(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:_MAX_NAMES]
