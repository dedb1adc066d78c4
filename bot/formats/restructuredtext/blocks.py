"""Line-based parser for reStructuredText blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.formats.format import CodeBlock, Link, Row, Span
from bot.formats.restructuredtext.inlines import RstInlineParser
from bot.formats.toctree import toctree

_RULE = re.compile(rb"([!-/:-@\[-`{-~])\1{2,}[ \t\r]*$")
_BLANK = re.compile(rb"[ \t\r]*$")
_INDENT = re.compile(rb"[ \t]*")
_DIRECTIVE = re.compile(rb"[ \t]*\.\. +(?:\|[^|]+\| +)?([\w.+:-]*[\w.+-]) ?::(?:[ \t]+|\r?$)")
_TARGET = re.compile(rb"[ \t]*(?:\.\. +_(?:`[^`]*`|(?:\\.|[^:\\])+): *|\.\. +__: *|__ +)")
_COMMENT = re.compile(rb"[ \t]*\.\.(?:[ \t]+|\r?$)(?!\[)")
_OPTION = re.compile(rb"[ \t]+:[\w-]+:")
_DOCTEST = re.compile(rb"[ \t]*>>>( |\r?$)")
_TABLE = re.compile(rb"[ \t]*(\+[-=+]{2,}|=+(?:[ \t]+=+)+)[ \t\r]*$")
_ITEM = re.compile(rb"[ \t]*(?:[-*+\xe2]|\(?(?:\d+|#|[a-zA-Z])[.)])[ \t]+(?=\S)")
_FIELD = re.compile(rb"[ \t]*:(?P<name>(?:\\.|[^:\\`\n])+):(?=[ \t\r]|$)")
_CODE = frozenset(
    b"code code-block sourcecode highlight parsed-literal prompt ipython doctest testcode testsetup testcleanup "
    b"testoutput literalinclude".split()
)
_FILES = frozenset(b"image figure include literalinclude".split())
_SIGNATURE = re.compile(rb"(?:\w+:)?(auto\w+|function|class|method|attribute|module|data|exception|option|envvar)$")
_NAME = re.compile(rb"[\w.$-]*\w")
_LISTED = re.compile(rb"[ \t]*~?(?P<name>[\w.]*\w)[ \t\r]*$")


class RstBlockParser:
    """Block parser that fills `headings`, `inlines`, `blocks` and `rows`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
        ends = [*(start - 1 for start in self.starts[1:]), len(data)]
        self.lines = [data[a:b] for a, b in zip(self.starts, ends, strict=True)]
        self.inlines = RstInlineParser(data)
        self.headings: list[tuple[int, int, Span]] = []
        self.styles: list[tuple[bytes, bool]] = []
        self.blocks: list[CodeBlock] = []
        self.rows: list[Row] = []

    def walk(self, at: int, end: int) -> None:
        """Parse the lines `at:end`, block by block."""
        while at < end:
            at = self._block(at, end)

    def _block(self, at: int, end: int) -> int:
        line = self.lines[at]
        if _BLANK.match(line):
            return at + 1
        if heading := self._heading(at, end):
            return heading
        if directive := _DIRECTIVE.match(line):
            return self._directive(at, directive)
        if target := _TARGET.match(line):
            return self._target(at, target)
        if _COMMENT.match(line):
            return self._body(at)
        if _TABLE.match(line):
            return self._until_blank(at, end)
        if _DOCTEST.match(line):
            stop = self._until_blank(at, end)
            self.blocks.append(CodeBlock("pycon", tuple(self._spans(at, stop))))
            return stop
        if field := _FIELD.match(line):
            return self._field(at, field)
        if item := _ITEM.match(line):
            return self._item(at, item)
        return self._paragraph(at, end)

    def _heading(self, at: int, end: int) -> int:
        """Parse a heading; return the number of the next line, or 0 if no heading starts here."""
        over = bool(_RULE.match(self.lines[at])) and at + 2 < end
        title, under = (at + 1, at + 2) if over else (at, at + 1)
        if under >= end or not (rule := _RULE.match(self.lines[under])) or _RULE.match(self.lines[title]):
            return 0
        text = self.lines[title].strip()
        if not text or (over and self.lines[at][:1] != rule[1]) or (not over and self.lines[title][:1] in b" \t"):
            return 0
        if len(self.lines[under].strip()) + 1 < len(text.decode(errors="replace")) or self.lines[title][:3] == b".. ":
            return 0
        style = (rule[1], over)
        if style not in self.styles:
            self.styles.append(style)
        start = self.starts[title] + self.lines[title].index(text)
        self.headings.append((self.styles.index(style) + 1, at + 1, (start, start + len(text))))
        self.inlines.parse(start, start + len(text))
        return under + 1

    def _body(self, at: int) -> int:
        """Return the number of the line after the block indented below a line, trailing blank lines excluded."""
        indent, last = _width(self.lines[at]), at
        for number in range(at + 1, len(self.lines)):
            if not _BLANK.match(self.lines[number]):
                if _width(self.lines[number]) <= indent:
                    break
                last = number
        return last + 1

    def _until_blank(self, at: int, end: int) -> int:
        return next((n for n in range(at, end) if _BLANK.match(self.lines[n])), end)

    def _spans(self, at: int, end: int) -> Iterator[Span]:
        """Yield the lines `at:end` without their common indentation, line ends included."""
        wide = [_width(self.lines[n]) for n in range(at, end) if not _BLANK.match(self.lines[n])]
        for number in range(at, end):
            start = min(self.starts[number] + min(wide), self.starts[number] + len(self.lines[number]))
            yield start, min(self.starts[number] + len(self.lines[number]) + 1, len(self.data))

    def _directive(self, at: int, match: re.Match[bytes]) -> int:
        name, stop = match[1].lower(), self._body(at)
        start = self.starts[at] + match.end()
        argument = self.lines[at][match.end() :].strip()
        content = at + 1
        while content < stop and _OPTION.match(self.lines[content]):
            content += 1
        if name == b"autosummary":
            return self._autosummary(content, stop)
        if name in _FILES and argument:
            self.inlines.links.append(Link((start, start + len(argument)), name in (b"image", b"figure")))
        if name == b"toctree":
            self.inlines.entries += toctree(self.data, list(self._whole_lines(content, stop)))
        if name in _CODE or name in (b"raw", b"math", b"toctree"):
            if name in _CODE and content < stop:
                while content < stop and _BLANK.match(self.lines[content]):
                    content += 1
                fence = b"pycon" if name == b"doctest" else argument.lower()
                self.blocks.append(CodeBlock(fence.decode(errors="replace"), tuple(self._spans(content, stop))))
            return stop
        if _SIGNATURE.match(name) and argument:
            self.inlines.codes.append((start, start + len(argument)))
            subject = _NAME.match(argument)
            end = start + subject.end() if subject else start
            self.rows.append(Row("item", self._whole(at, stop), (start, end)))
        elif argument:
            self.inlines.parse(start, start + len(argument))
        return content

    def _autosummary(self, at: int, stop: int) -> int:
        """Parse the lines of an `autosummary`, each the name of a documented object."""
        for number in range(at, stop):
            if found := _LISTED.match(self.lines[number]):
                start, end = (self.starts[number] + at for at in found.span("name"))
                self.inlines.codes.append((start, end))
                self.rows.append(Row("item", self._whole(number, number + 1), (start, end)))
        return stop

    def _whole_lines(self, at: int, stop: int) -> Iterator[Span]:
        return (self._whole(number, number + 1) for number in range(at, stop))

    def _whole(self, at: int, stop: int) -> Span:
        return self.starts[at], self.starts[stop] if stop < len(self.starts) else len(self.data)

    def _target(self, at: int, match: re.Match[bytes]) -> int:
        destination = self.lines[at][match.end() :].strip()
        start = self.starts[at] + match.end()
        if destination and not destination.endswith(b"_"):
            self.inlines.links.append(Link((start, start + len(destination))))
        return self._body(at)

    def _field(self, at: int, match: re.Match[bytes]) -> int:
        subject = (match["name"].split() or [b""])[-1]
        end = self.starts[at] + match.end("name")
        self.rows.append(Row("item", self._whole(at, self._body(at)), (end - len(subject), end)))
        return self._rest_of_line(at, match.end())

    def _item(self, at: int, match: re.Match[bytes]) -> int:
        before, stop = len(self.inlines.codes), self._body(at)
        after = self._rest_of_line(at, match.end())
        self.walk(after, stop)
        self.rows.append(Row("item", self._whole(at, stop), min(self.inlines.codes[before:], default=None)))
        return max(after, stop)

    def _rest_of_line(self, at: int, column: int) -> int:
        """Parse the paragraph that starts at a column of a line; return the number of the next line."""
        indent, after = _width(self.lines[at]), range(at + 1, len(self.lines))
        ends = (n for n in after if _BLANK.match(self.lines[n]) or _width(self.lines[n]) <= indent)
        stop = next(ends, len(self.lines))
        return self._text(at, self.starts[at] + column, stop)

    def _paragraph(self, at: int, end: int) -> int:
        indent = _width(self.lines[at])
        stop = at + 1
        while stop < end and not _BLANK.match(self.lines[stop]) and _width(self.lines[stop]) == indent:
            stop += 1
        return self._text(at, self.starts[at], stop)

    def _text(self, at: int, start: int, stop: int) -> int:
        """Parse a paragraph and the literal block after a trailing `::`; return the number of the next line."""
        end = self.starts[stop - 1] + len(self.lines[stop - 1])
        self.inlines.parse(start, end)
        if not self.data[start:end].rstrip().endswith(b"::"):
            return stop
        indent = _width(self.lines[at])
        first = next((n for n in range(stop, len(self.lines)) if not _BLANK.match(self.lines[n])), stop)
        if first == stop or first >= len(self.lines) or _width(self.lines[first]) <= indent:
            return stop
        last = self._body(stop - 1 if _width(self.lines[stop - 1]) <= indent else at)
        self.blocks.append(CodeBlock("", tuple(self._spans(first, max(last, first + 1)))))
        return max(last, first + 1)


def _width(line: bytes) -> int:
    found = _INDENT.match(line)
    return found.end() if found else 0
