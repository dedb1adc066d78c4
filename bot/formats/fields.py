"""Parser for parameter lists in doc comments, by documentation style.

Google: https://google.github.io/styleguide/pyguide.html#383-functions-and-methods
NumPy: https://numpydoc.readthedocs.io/en/latest/format.html#parameters
Sphinx: https://www.sphinx-doc.org/en/master/usage/domains/python.html#info-field-lists
Javadoc, JSDoc, PHPDoc, YARD, Doxygen: tags, `@param`
C#: https://learn.microsoft.com/dotnet/csharp/language-reference/xmldoc/recommended-tags
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.formats.format import Field, Span

Kind = Literal["parameter", "attribute", "type"]

_NAMES = rb"(?P<names>\*{0,2}\w+(?:,[ \t]*\*{0,2}\w+)*)"
_NAME = re.compile(rb"\w+")


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A line of a doc comment: the span of its stripped text, and the column where that text starts.

    `full_span` is the line of the file with its line end; None if the line contains anything besides the comment.
    """

    start: int
    end: int
    column: int
    full_span: Span | None

    @property
    def is_blank(self) -> bool:
        return self.start == self.end


def parse_fields(data: bytes, lines: Sequence[CommentLine], styles: Sequence[str]) -> Iterator[Field]:
    """Yield the fields of one doc comment, style by style."""
    for style in styles:
        yield from _STYLES[style](data, lines)


def _field(lines: Sequence[CommentLine], match: re.Match[bytes], kind: Kind, *, loose: bool = False) -> Field:
    """Return the field that starts with a match. If `loose`, its end is uncertain and it has no full lines."""
    names = tuple(m.span() for m in _NAME.finditer(match.string, *match.span("names")))
    type_span = match.span("type") if "type" in match.re.groupindex and match["type"] else None
    text = (match.end(), max(lines[-1].end, match.end()))
    if kind == "type":
        type_span, text = text, (text[1], text[1])
    full_span = None if loose else _full_span(lines)
    return Field(kind, names, type_span, text, full_span, full_span)


def _full_span(lines: Sequence[CommentLine]) -> Span | None:
    """Return the span of the full lines of the file; None if a line contains anything else."""
    if any(line.full_span is None for line in lines):
        return None
    first, last = lines[0].full_span, lines[-1].full_span
    return (first[0], last[1]) if first and last else None


# ------------------------------------------------------------------ tags


@dataclass(frozen=True, slots=True)
class _TagStyle:
    """A style in which each field starts with a tag.

    Args:
        begins: matches the start of a field. Groups: `names`, and optionally `type`, `attribute` and `typing`.
        tag: matches any tag, including those that are not fields.
        has_hanging_indent: whether continuation lines are indented.
    """

    begins: re.Pattern[bytes]
    tag: re.Pattern[bytes]
    has_hanging_indent: bool = False

    def __call__(self, data: bytes, lines: Sequence[CommentLine]) -> Iterator[Field]:
        for number, line in enumerate(lines):
            match = self.begins.match(data, line.start, line.end)
            if match is not None:
                end, loose = self._end(data, lines, number)
                yield _field(lines[number:end], match, _kind(match), loose=loose)

    def _end(self, data: bytes, lines: Sequence[CommentLine], number: int) -> tuple[int, bool]:
        """Return the index of the line after a field, and whether that line may still belong to the field."""
        column, end = lines[number].column, number + 1
        for at in range(number + 1, len(lines)):
            line = lines[at]
            if line.is_blank:
                continue
            if self.tag.match(data, line.start, line.end):
                return end, False
            if line.column <= column and (at > end or self.has_hanging_indent):
                return end, at == end or not self.has_hanging_indent
            end = at + 1
        return end, False


def _kind(match: re.Match[bytes]) -> Kind:
    found = match.groupdict()
    return "type" if found.get("typing") else "attribute" if found.get("attribute") else "parameter"


_TAG = re.compile(rb"[@\\][a-zA-Z]")
_BRACES = rb"\{(?P<type>(?:[^{}]|\{[^{}]*\}){0,300})\}"

_SPHINX = _TagStyle(
    re.compile(
        rb"[:@](?:(?:param|parameter|arg|argument|key|keyword|kwarg|kwparam)(?:[ \t]+(?P<type>[^:\n]{0,200}?\S))??"
        rb"|(?P<attribute>ivar|cvar|var)|(?P<typing>type|vartype))[ \t]+" + _NAMES + rb"[ \t]*:(?=\s|\Z)[ \t]*"
    ),
    re.compile(rb":\w[^:\n]*:|@\w+"),
    has_hanging_indent=True,
)
_JAVADOC = _TagStyle(re.compile(rb"@(?:param|(?P<attribute>property))[ \t]+(?P<names>\w+)(?!\w)[ \t]*"), _TAG)
_DOXYGEN = _TagStyle(re.compile(rb"[@\\]param(?:\[[\w, ]{0,20}\])?[ \t]+" + _NAMES + rb"(?!\w)[ \t]*"), _TAG)
_JSDOC = _TagStyle(
    re.compile(
        rb"@(?:param|arg|argument|(?P<attribute>prop|property))[ \t]+(?:" + _BRACES + rb"[ \t]*)?\[?[ \t]*"
        rb"(?P<names>[\w$]+)"
    ),
    _TAG,
)
_PHPDOC = _TagStyle(
    re.compile(
        rb"@(?:param|(?P<attribute>property|property-read|property-write))[ \t]+(?:(?P<type>[^\s$]{1,200})[ \t]+)?"
        rb"&?(?:\.\.\.)?\$(?P<names>\w+)[ \t]*"
    ),
    _TAG,
)
_YARD = _TagStyle(
    re.compile(
        rb"@(?:param|option)[ \t]+(?:\[(?P<type>[^\]\n]{0,200})\][ \t]+)?(?P<names>\w+)(?!\w)"
        rb"(?:[ \t]+\[[^\]\n]{0,200}\])?[ \t]*"
    ),
    _TAG,
)


# ------------------------------------------------------------------ lists under a heading


@dataclass(frozen=True, slots=True)
class _ListStyle:
    """A style in which fields form a list under a heading.

    Args:
        heading: matches the line of the heading. The group `attribute` marks a list of attributes.
        item: matches the start of a field.
        is_underlined: whether the heading is underlined and the list is not indented.
        is_lazy: whether continuation lines may start in the column of the field.
    """

    heading: re.Pattern[bytes]
    item: re.Pattern[bytes]
    is_underlined: bool = False
    is_lazy: bool = False

    def __call__(self, data: bytes, lines: Sequence[CommentLine]) -> Iterator[Field]:
        for number, line in enumerate(lines):
            heading = self.heading.fullmatch(data, line.start, line.end)
            if heading is not None and (not self.is_underlined or _is_underlined(data, lines, number)):
                yield from self._fields(data, lines, number, "attribute" if heading["attribute"] else "parameter")

    def _fields(self, data: bytes, lines: Sequence[CommentLine], heading: int, kind: Kind) -> Iterator[Field]:
        first = heading + 1 + self.is_underlined
        column = next((line.column for line in lines[first:] if not line.is_blank), 0)
        end = next((n for n in range(first, len(lines)) if self._ends(data, lines, n, heading)), len(lines))
        matches = ((n, self.item.match(data, lines[n].start, lines[n].end)) for n in range(first, end))
        items = [(n, match) for n, match in matches if match is not None and lines[n].column == column]
        group = _full_span(lines[heading : _last(lines, end)])
        for (start, match), stop in zip(items, [*(n for n, _ in items), end][1:], strict=True):
            own = lines[start : _last(lines, stop)]
            loose = not self.is_lazy and any(not line.is_blank and line.column <= column for line in own[1:])
            yield replace(_field(own, match, kind, loose=loose), group=group)

    def _ends(self, data: bytes, lines: Sequence[CommentLine], number: int, heading: int) -> bool:
        """Return whether a line comes after the list."""
        line, column = lines[number], lines[heading].column
        if line.is_blank or line.column > column:
            return False
        is_item = self.item.match(data, line.start, line.end) is not None
        if self.is_underlined:
            return line.column < column or not is_item or _is_underlined(data, lines, number)
        is_separate = lines[number - 1].is_blank or number == heading + 1
        return not self.is_lazy or line.column < column or (is_separate and not is_item)


def _last(lines: Sequence[CommentLine], end: int) -> int:
    """Return `end` without the blank lines before it."""
    while lines[end - 1].is_blank:
        end -= 1
    return end


def _is_underlined(data: bytes, lines: Sequence[CommentLine], number: int) -> bool:
    """Return whether the next line underlines this one."""
    under = lines[number + 1] if number + 1 < len(lines) else None
    return (
        under is not None
        and under.column == lines[number].column
        and re.fullmatch(rb"-{3,}|={3,}", data[under.start : under.end]) is not None
    )


_WORDS = rb"(?:(?:Keyword |Other )?(?:Arg(?:ument)?s|Param(?:eter)?s)|Kwargs|(?P<attribute>Attributes))"
_GOOGLE = _ListStyle(
    re.compile(_WORDS + rb"[ \t]*:"),
    re.compile(
        _NAMES + rb"[ \t]*(?:\((?P<type>[^()\n]{0,200}(?:\([^()\n]{0,200}\)[^()\n]{0,200}){0,3})\))?"
        rb"[ \t]*(?::|[ \t]-{1,2}|[ \t]\xe2\x80[\x93\x94])(?=\s|\Z)[ \t]*"
    ),
)
_NUMPY = _ListStyle(
    re.compile(_WORDS),
    re.compile(_NAMES + rb"(?:[ \t]*:(?:[ \t]+(?P<type>[^\n]*\S))?)?[ \t]*\Z"),
    is_underlined=True,
)
_LIST = _ListStyle(
    re.compile(rb"(?:#{1,6}[ \t]+|\*\*)?" + _WORDS + rb":?(?:\*\*)?:?"),
    re.compile(
        rb"[-*+][ \t]+(?P<mark>`{1,2}|\*\*|\*|)\*{0,2}(?P<names>\w+)(?P=mark)"
        rb"(?:(?<=[`*])(?=[\s:(-]|\Z)|(?=(?::|[ \t]-)[ \t]))[ \t]*"
    ),
    is_lazy=True,
)


# ------------------------------------------------------------------ elements

_OPENING = re.compile(rb"<param[ \t]+name=\"(?P<names>\w+)\"[ \t]*(?P<empty>/)?>")


def _parse_xml(data: bytes, lines: Sequence[CommentLine]) -> Iterator[Field]:
    for number, line in enumerate(lines):
        for match in _OPENING.finditer(data, line.start, line.end):
            end = number if match["empty"] else _closing(data, lines, number, match.end())
            own = lines[number : end + 1]
            is_alone = match.start() == line.start and data.endswith((b"</param>", b"/>"), line.start, own[-1].end)
            yield _field(
                own, match, "parameter", loose=not is_alone or data.count(b"<param", line.start, own[-1].end) > 1
            )


def _closing(data: bytes, lines: Sequence[CommentLine], number: int, at: int) -> int:
    """Return the index of the line with the end tag of the element that is open at an offset."""
    for later in range(number, len(lines)):
        if data.find(b"</param>", max(at, lines[later].start), lines[later].end) >= 0:
            return later
    return number


_STYLES: Mapping[str, Callable[[bytes, Sequence[CommentLine]], Iterator[Field]]] = {
    "sphinx": _SPHINX,
    "google": _GOOGLE,
    "numpy": _NUMPY,
    "list": _LIST,
    "javadoc": _JAVADOC,
    "jsdoc": _JSDOC,
    "phpdoc": _PHPDOC,
    "yard": _YARD,
    "doxygen": _DOXYGEN,
    "xml": _parse_xml,
}
