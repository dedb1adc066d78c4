"""Parser for doc comments in source code: inline code, code blocks, prose and lists of parameters.

Authors use the markup of their language, of another language, or none. This parser covers the common subset. Anything
that it does not recognize as code is prose, where only unambiguous identifiers count as names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.formats.fields import CommentLine, parse_fields
from bot.formats.format import CodeBlock, DocSection, Field, Layout, Span
from bot.languages.language import DocComment

# Every repetition is bounded, so that unmatched delimiters do not make matching quadratic.
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
"""Directives about past versions. Their content is skipped, because it must keep old names."""
_LEAD = re.compile(rb"[ \t]*(?:\*|//[/!]?|#)?[ \t]*\r?\n?")


def mask(data: bytes, comments: Sequence[DocComment]) -> bytes:
    """Return the file with everything outside the comments replaced by spaces; line ends are kept."""
    out, at = bytearray(), 0
    for start, end in (line for comment in comments for line in comment.lines):
        out += _blank_out(data[at:start]) + data[start:end]
        at = end
    return bytes(out) + _blank_out(data[at:])


def _blank_out(code: bytes) -> bytes:
    return re.sub(rb"[^\r\n]", b" ", code)


def layout(data: bytes, comments: Sequence[DocComment], styles: Sequence[str]) -> Layout:
    """Parse the doc comments of a file. Every returned span lies within a comment."""
    starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
    parser = _CommentParser(data, styles)
    sections: list[DocSection] = []
    last = max(1, data.count(b"\n") + (not data.endswith(b"\n")))
    at = line = 0
    for comment in comments:
        first = line + data.count(b"\n", starts[line], comment.span[0])
        end = first + data.count(b"\n", *comment.span)
        if first < at:
            continue
        sections += [DocSection((), at + 1, first)] * (at < first)
        sections.append(DocSection((comment.symbol,), first + 1, end + 1, comment.symbol))
        parser.parse(comment)
        at, line = end + 1, end
    sections += [DocSection((), at + 1, last)] * (at < last)
    return parser.layout(tuple(sections))


class _CommentParser:
    def __init__(self, data: bytes, styles: Sequence[str]) -> None:
        self.data, self.styles = data, styles
        self.codes: list[Span] = []
        self.blocks: list[CodeBlock] = []
        self.prose: list[Span] = []
        self.fields: list[Field] = []

    def layout(self, sections: tuple[DocSection, ...]) -> Layout:
        codes, blocks, prose = tuple(self.codes), tuple(self.blocks), tuple(self.prose)
        return Layout((), sections, codes, blocks, (), (), (), prose, fields=tuple(self.fields))

    def parse(self, comment: DocComment) -> None:
        """Parse one comment."""
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
        markers = data[first:start] + data[end:after]
        column = len(data[first:begin].expandtabs())
        return CommentLine(begin, stop, column, (first, after) if _LEAD.fullmatch(markers) else None)

    def _block(self, lines: Sequence[CommentLine], at: int) -> int:
        """Parse the block that starts on a line; return the index of the next line."""
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
        filled = [line for line in lines if not line.is_blank]
        column = min((line.column for line in filled), default=0)
        spans = tuple((line.start - line.column + column, self._line_end(line)) for line in filled)
        if spans and not any(
            b"\t" in self.data[start : line.start] for (start, _), line in zip(spans, filled, strict=True)
        ):
            self.blocks.append(CodeBlock(language.decode().lower(), spans))

    def _line_end(self, line: CommentLine) -> int:
        return line.full_span[1] if line.full_span is not None else line.end

    def _text(self, line: CommentLine) -> None:
        """Parse a line of prose and its inline code."""
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
    """Return the index of the line after the block that is indented below a line."""
    end = at + 1
    for number in range(at + 1, len(lines)):
        if not lines[number].is_blank:
            if lines[number].column <= lines[at].column:
                break
            end = number + 1
    return end
