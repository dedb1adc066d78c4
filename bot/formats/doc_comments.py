"""What stands in the doc comments of source code: names in code, examples, running text, lists of parameters.

People write them in the markup of their language, or of another one, or in none: what is read here is what all of them
share. Whatever is not known as code or as an example counts as running text, in which only names that can be nothing
else are names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.formats.fields import CommentLine, parse_fields
from bot.formats.format import CodeBlock, DocSection, Field, Layout, Span
from bot.languages.language import DocComment

# What a mark encloses is bounded, so that a file full of lone marks is read as fast as any other.
_CODE = re.compile(
    rb"(?<!`)(?P<ticks>`{1,2})(?!`)[~!.]*(?P<ticked>[^`\n]{1,300}?)(?P=ticks)(?!`)"
    rb"|\{@(?:link|linkplain|code|value|see)[ \t]+(?P<tagged>[^{}\s]{1,300})"
    rb"|<(?:see|seealso|paramref|typeparamref)[ \t]+(?:cref|name)=\"(?P<referred>[^\"\n]{1,300})\""
    rb"|<(?P<element>c|code|tt)>(?P<marked>[^<>\n]{1,300})</(?P=element)>"
)
_LABELLED = re.compile(rb".*<[~!.]*(?P<target>[^<>]+)>\Z")
_FENCE = re.compile(rb"(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+#-]*)")
_DIRECTIVE = re.compile(rb"\.\. (?:code|code-block|sourcecode)::[ \t]*(?P<language>[\w+#-]*)")
_VERSION = re.compile(rb"\.\. (?:version(?:added|changed|removed)|deprecated|deprecated-removed)::")
"""What follows tells of the past, and is none of ours."""
_LEAD = re.compile(rb"[ \t]*(?:\*|//[/!]?|#)?[ \t]*\r?\n?")


def mask(data: bytes, comments: Sequence[DocComment]) -> bytes:
    """The text of the comments in its places, between blanks; line ends stay."""
    out, at = bytearray(), 0
    for start, end in (line for comment in comments for line in comment.lines):
        out += _blank_out(data[at:start]) + data[start:end]
        at = end
    return bytes(out) + _blank_out(data[at:])


def _blank_out(code: bytes) -> bytes:
    return re.sub(rb"[^\r\n]", b" ", code)


def layout(data: bytes, comments: Sequence[DocComment], styles: Sequence[str]) -> Layout:
    """Takes the doc comments of a file apart; all that is found lies within one of them."""
    starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
    reader = _CommentParser(data, styles)
    parts: list[DocSection] = []
    last = max(1, data.count(b"\n") + (not data.endswith(b"\n")))
    at = line = 0
    for comment in comments:
        first = line + data.count(b"\n", starts[line], comment.span[0])
        end = first + data.count(b"\n", *comment.span)
        if first < at:
            continue
        parts += [DocSection((), at + 1, first)] * (at < first)
        parts.append(DocSection((comment.symbol,), first + 1, end + 1, comment.symbol))
        reader.parse(comment)
        at, line = end + 1, end
    parts += [DocSection((), at + 1, last)] * (at < last)
    return reader.layout(tuple(parts))


class _CommentParser:
    def __init__(self, data: bytes, styles: Sequence[str]) -> None:
        self.data, self.styles = data, styles
        self.codes: list[Span] = []
        self.blocks: list[CodeBlock] = []
        self.prose: list[Span] = []
        self.fields: list[Field] = []

    def layout(self, parts: tuple[DocSection, ...]) -> Layout:
        codes, blocks, prose = tuple(self.codes), tuple(self.blocks), tuple(self.prose)
        return Layout((), parts, codes, blocks, (), (), (), prose, fields=tuple(self.fields))

    def parse(self, comment: DocComment) -> None:
        """Takes one comment apart."""
        lines = [self._line(*span) for span in comment.lines]
        self.fields += sorted(parse_fields(self.data, lines, self.styles), key=lambda f: f.names)
        at = 0
        while at < len(lines):
            at = self._block(lines, at)

    def _line(self, start: int, end: int) -> CommentLine:
        data = self.data
        first = data.rfind(b"\n", 0, start) + 1
        found = data.find(b"\n", end)
        after = len(data) if found < 0 else found + 1
        text = data[start:end]
        begin = start + len(text) - len(text.lstrip())
        stop = max(begin, start + len(text.rstrip()))
        signs = data[first:start] + data[end:after]
        column = len(data[first:begin].expandtabs())
        return CommentLine(begin, stop, column, (first, after) if _LEAD.fullmatch(signs) else None)

    def _block(self, lines: Sequence[CommentLine], at: int) -> int:
        """Reads what begins on a line; returns the line after it."""
        line = lines[at]
        text = self.data[line.start : line.end]
        fence = _FENCE.match(text)
        if fence is not None:
            end = next((n for n in range(at + 1, len(lines)) if self._closes(lines[n], fence["fence"])), len(lines))
            self._example(lines[at + 1 : end], fence["language"])
            return end + 1
        if text.startswith(b">>>"):
            end = next((n for n in range(at, len(lines)) if lines[n].is_blank), len(lines))
            self._example(lines[at:end], b"pycon")
            return end
        if _VERSION.match(text):
            return _body_end(lines, at)
        directive = _DIRECTIVE.match(text)
        if directive is None:
            self._text(line)
        if directive is None and not text.endswith(b"::"):
            return at + 1
        end = _body_end(lines, at)
        self._example(lines[at + 1 : end], directive["language"] if directive else b"")
        return end

    def _closes(self, line: CommentLine, fence: bytes) -> bool:
        return self.data[line.start : line.end].startswith(fence)

    def _example(self, lines: Sequence[CommentLine], language: bytes) -> None:
        shown = [line for line in lines if not line.is_blank]
        column = min((line.column for line in shown), default=0)
        spans = tuple((line.start - line.column + column, self._line_end(line)) for line in shown)
        if spans and not any(
            b"\t" in self.data[start : line.start] for (start, _), line in zip(spans, shown, strict=True)
        ):
            self.blocks.append(CodeBlock(language.decode().lower(), spans))

    def _line_end(self, line: CommentLine) -> int:
        return line.full_span[1] if line.full_span is not None else line.end

    def _text(self, line: CommentLine) -> None:
        """Running text and the code in it."""
        at = line.start
        for match in _CODE.finditer(self.data, line.start, line.end):
            group = next(g for g in ("ticked", "tagged", "referred", "marked") if match[g] is not None)
            start, end = match.span(group)
            labelled = _LABELLED.match(self.data, start, end) if group == "ticked" else None
            self.codes.append(labelled.span("target") if labelled else (start, end))
            self.prose += [(at, match.start())] * (at < match.start())
            at = match.end()
        self.prose += [(at, line.end)] * (at < line.end)


def _body_end(lines: Sequence[CommentLine], at: int) -> int:
    """The line after what is indented below a line."""
    end = at + 1
    for number in range(at + 1, len(lines)):
        if not lines[number].is_blank:
            if lines[number].column <= lines[at].column:
                break
            end = number + 1
    return end
