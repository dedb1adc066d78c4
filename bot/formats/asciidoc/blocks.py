"""Line-based parser for AsciiDoc blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.formats.asciidoc.inlines import AsciiDocInlineParser
from bot.formats.asciidoc.items import ITEM, Item, ItemStack
from bot.formats.asciidoc.outline import Title
from bot.formats.asciidoc.table import parse_table
from bot.formats.format import CodeBlock, Link, Row, Span, Table

_TITLE = re.compile(rb"(={1,6}|#{1,6})[ \t]+(?P<text>\S.*?)(?:[ \t]+\1)?$")
_UNDERLINES = b"=-~^+"
_DELIMITER = re.compile(rb"(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|[|,:!]={3,}|```[^`\s]*)$")
_ATTRIBUTES = re.compile(rb"\[(?P<list>(?:[\w.#%\"',*{].*)?)\]$|\[\[(?P<anchor>[^\[\],]+).*\]\]$")
_ANCHOR = re.compile(rb"#([\w:-][\w:.-]*)|\bid=[\"']?([\w:.-]+)")
_EXAMPLE = re.compile(rb"(?:source|listing|literal)\b|[%\w.#-]*,|%")
_LANGUAGE = re.compile(rb"(?:source|listing)?(?:[%.#][\w-]+)*,\s*(?:language=)?[\"']?([\w+#-]*)(?![\w+#=-])")
_SILENT = re.compile(rb"(?:stem|pass|comment|latexmath|asciimath)\b")
_ENTRY = re.compile(rb":(!?[\w-]+!?):(?:[ \t]+(.*))?$")
_MACRO = re.compile(rb"(?P<name>\w+)::(?P<target>[^\s\[]*)\[.*\]$")
_FILES = frozenset([b"image", b"include", b"video", b"audio"])
_BREAK = re.compile(rb"(?:'{3,}|<{3,}|-{3}|\*{3}|- - -|\* \* \*)$")
_CALLOUT = re.compile(rb"[ \t]*(?://|#|--|;;)?[ \t]*(?:<!--\d+-->|<[\d.]+>)(?:[ \t]*<[\d.]+>){0,20}[ \t\r]*$")
_WORD = re.compile(rb"[ \t]*([\w.]+)[ \t]*")
_MAX_DEPTH = 40


class AsciiDocBlockParser:
    """Block parser that fills `titles`, `inlines`, `blocks`, `rows` and `tables`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
        self.lines = [line.rstrip(b" \t\r") for line in data.split(b"\n")]
        self.inlines = AsciiDocInlineParser(data)
        self.titles: list[Title] = []
        self.blocks: list[CodeBlock] = []
        self.rows: list[Row] = []
        self.tables: list[Table] = []
        self.attributes: dict[bytes, bytes] = {}
        self._items = ItemStack()
        self._style = b""
        self._anchor = ""
        self._depth = 0

    def walk(self, at: int, end: int) -> None:
        """Parse the lines `at:end`. Lists opened in this range are closed at its end."""
        outer, self._items = self._items, ItemStack()
        attached = True
        while at < end:
            line = self.lines[at]
            if not line or line == b"+":
                attached = bool(line)
                at += 1
                continue
            if not attached and line[:1] not in b" \t" and not ITEM.match(line):
                self._add_rows(self._items.close())
            at, attached = self._block(at, end), True
            self._items.extend_to(at)
        self._add_rows(self._items.close())
        self._items = outer

    def _block(self, at: int, end: int) -> int:
        """Parse the block that starts on a line; return the number of the next line."""
        line = self.lines[at]
        if delimiter := _DELIMITER.match(line):
            return self._delimiter_block(at, end, delimiter[1])
        if line.startswith(b"//") or _BREAK.match(line):
            return at + 1
        if entry := _ENTRY.match(line):
            return self._entry(at, end, entry)
        if attributes := _ATTRIBUTES.match(line):
            return self._attributes(at, attributes)
        if macro := _MACRO.match(line):
            return self._macro(at, macro)
        if stop := self._heading(at, end) or self._item(at, end):
            return stop
        if line[:1] == b"." and line[1:2] not in b". ":
            self.inlines.parse(self.starts[at] + 1, self._end(at + 1))
            return at + 1
        return self._paragraph(at, end)

    def _end(self, stop: int) -> int:
        """Return the offset after the text of line `stop - 1`, trailing white space excluded."""
        return self.starts[stop - 1] + len(self.lines[stop - 1])

    def _entry(self, at: int, end: int, match: re.Match[bytes]) -> int:
        """Store a document attribute; return the number of the line after its possibly continued value."""
        self.attributes[match[1]] = match[2] or b""
        while at + 1 < end and self.lines[at].endswith((b" \\", b" +")):
            at += 1
        return at + 1

    def _attributes(self, at: int, match: re.Match[bytes]) -> int:
        if match["anchor"]:
            self._anchor = match["anchor"].decode(errors="replace")
        else:
            self._style = match["list"].lower()
            if named := _ANCHOR.search(match["list"]):
                self._anchor = (named[1] or named[2]).decode(errors="replace")
        return at + 1

    def _macro(self, at: int, match: re.Match[bytes]) -> int:
        if match["name"] in _FILES and match["target"]:
            span = (self.starts[at] + match.start("target"), self.starts[at] + match.end("target"))
            self.inlines.links.append(Link(span, image=match["name"] == b"image"))
        return at + 1

    def _heading(self, at: int, end: int) -> int:
        """Parse a heading; return the number of the next line, or 0 if no heading starts here."""
        line, stop, start = self.lines[at], at + 1, self.starts[at]
        if match := _TITLE.match(line):
            level, span = len(match[1]), (start + match.start("text"), start + match.end("text"))
        elif at + 1 < end and _is_underlined(line, self.lines[at + 1]):
            level, span = _UNDERLINES.index(self.lines[at + 1][:1]) + 1, (start, start + len(line))
            stop += 1
        else:
            return 0
        self._add_rows(self._items.close())
        self.titles.append(Title(level, at + 1, span, self._anchor))
        self._anchor, self._style = "", b""
        self.inlines.parse(*span)
        return stop

    def _paragraph(self, at: int, end: int) -> int:
        style, self._style = self._style, b""
        stop = self._until_break(at, end)
        if self.lines[at][:1] in b" \t" or _EXAMPLE.match(style):
            self._example(at, stop, style)
        elif not _SILENT.match(style):
            self.inlines.parse(self.starts[at], self._end(stop))
        return stop

    def _until_break(self, at: int, end: int) -> int:
        """Return the number of the line after a paragraph."""
        for number in range(at + 1, end):
            line = self.lines[number]
            if not line or line == b"+" or line.startswith(b"//") or _DELIMITER.match(line) or _ATTRIBUTES.match(line):
                return number
            if self._items and ITEM.match(line):
                return number
        return end

    # -------------------------------------------------------------- delimited blocks

    def _delimiter_block(self, at: int, end: int, delimiter: bytes) -> int:
        closing = b"```" if delimiter.startswith(b"```") else delimiter
        stop = next((n for n in range(at + 1, end) if self.lines[n] == closing), end)
        style, self._style = self._style, b""
        if delimiter.startswith(b"```"):
            self._example(at + 1, stop, b"," + delimiter[3:].lower())
        elif delimiter[:1] in b"-." and (delimiter != b"--" or _EXAMPLE.match(style)):
            self._example(at + 1, stop, style)
        elif delimiter[:1] in b"|!":
            self._table(at + 1, stop, style)
        elif delimiter[:1] not in b"+/,:" and self._depth < _MAX_DEPTH:
            self._depth += 1
            self.walk(at + 1, stop)
            self._depth -= 1
        return min(stop + 1, end)

    def _example(self, at: int, stop: int, style: bytes) -> None:
        match = _LANGUAGE.match(style)
        language = match[1] if match else b""
        if not language and style.startswith(b"source"):
            language = self.attributes.get(b"source-language", b"").lower()
        self.blocks.append(CodeBlock(language.decode(errors="replace"), tuple(self._code(at, stop))))

    def _code(self, at: int, stop: int) -> Iterator[Span]:
        """Yield the lines of a code block without common indentation, callouts and include directives."""
        indent = min((len(x) - len(x.lstrip(b" \t")) for x in self.lines[at:stop] if x), default=0)
        for number in range(at, stop):
            line, start = self.lines[number], self.starts[number]
            if include := _MACRO.match(line):
                self._macro(number, include)
                continue
            end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.data)
            start += min(indent, len(line))
            callout = _CALLOUT.search(line) if line.endswith(b">") else None
            if callout and callout.start() > indent:
                yield start, self.starts[number] + callout.start()
                start = self._end(number + 1)
            if start < end:
                yield start, end

    def _table(self, at: int, stop: int, style: bytes) -> None:
        rows, cells = parse_table(self.data, self._end(at), self._end(stop), style)
        first: dict[Span, Span | None] = {}
        for cell in cells:
            first_code = len(self.inlines.codes)
            self.inlines.parse(*cell)
            first[cell] = next(iter(self.inlines.codes[first_code:]), None)
        for span, own in rows:
            subject = next((code for cell in own if (code := first[cell])), self._only_word(*own[0]))
            self.rows.append(Row("row", span, subject))
        if rows:
            self.tables.append(Table(tuple(own for _, own in rows), -1))

    # -------------------------------------------------------------- lists

    def _item(self, at: int, end: int) -> int:
        """Parse the text of a list item; return the number of the next line, or 0 if no item starts here."""
        match = ITEM.match(self.lines[at])
        if match is None:
            return 0
        item, ended = self._items.add(match, at)
        self._add_rows(ended)
        self._style = b""
        known, start = len(self.inlines.codes), self.starts[at]
        text = start + match.end()
        if match["term"] is not None:
            term = (start + match.start("term"), start + match.end("term"))
            item.subject = self._only_word(*term)
            self.inlines.parse(*term)
            at, text = self._definition(at, end) if match.end() == len(self.lines[at]) else (at, text)
        stop = at + 1
        if text < self._end(stop):
            stop = self._until_break(at, end)
            if match["term"] is None:
                item.subject = self._only_word(text, self._end(stop))
            self.inlines.parse(text, self._end(stop))
        item.subject = min(self.inlines.codes[known:], default=item.subject)
        return stop

    def _definition(self, at: int, end: int) -> tuple[int, int]:
        """Return the line and offset of the description of a term that has a line of its own."""
        first = next((n for n in range(at + 1, end) if self.lines[n]), at)
        line = self.lines[first]
        others = (ITEM, _DELIMITER, _ATTRIBUTES, _TITLE, _MACRO)
        if first == at or line == b"+" or line.startswith(b"//") or any(other.match(line) for other in others):
            return at, self._end(at + 1)
        return first, self.starts[first] + len(line) - len(line.lstrip(b" \t"))

    def _only_word(self, start: int, end: int) -> Span | None:
        """Return the span of the word if the text is a single word."""
        word = _WORD.fullmatch(self.data, start, end)
        return word.span(1) if word else None

    def _add_rows(self, items: Iterable[Item]) -> None:
        """Add completed items as rows. Callout explanations are left out: they belong to their code block."""
        for item in items:
            if item.mark.startswith(b"<"):
                continue
            stop = self.starts[item.end] if item.end < len(self.starts) else len(self.data)
            self.rows.append(Row("item", (self.starts[item.start], stop), item.subject))


def _is_underlined(line: bytes, under: bytes) -> bool:
    if len(under) < 2 or under[:1] not in _UNDERLINES or under.strip(under[:1]) or not re.search(rb"\w", line):
        return False
    return line[:1] not in b" \t." and abs(len(line.decode(errors="replace")) - len(under)) < 2
