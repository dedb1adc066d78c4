"""Parser for inline AsciiDoc: literals, links, macros and the prose between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.formats.format import Link, Span

# Every repetition is bounded, so that unmatched delimiters do not make matching quadratic.
_INLINE = re.compile(
    rb"""(?xs)
    (?P<raw>\+\+\+.{0,500}?\+\+\+ | \$\$.{0,500}?\$\$ | (?:pass|stem|latexmath|asciimath):[\w,]*\[[^\]]{0,500}\])
  | (?P<anchor>\[\[[^\[\]\n]{1,200}\]\] | \{[\w:-]{1,100}\})
  | <<(?P<reference>[^<>,\n]{1,300})(?:,(?P<label>[^<>]{0,300}))?>>
  | (?<![\w\\])(?P<macro>[a-z]\w{0,30}):(?P<target>[^\s:\[\]][^\s\[\]]{0,500})?\[(?P<text>(?:\\.|[^\]\\]){0,500})\]
  | (?<![\w\\])(?:https?|ftp|irc|mailto):[^\s<>\[\]"`|]{1,500}(?<![.,;:!?)])
  | (?<!\\)(?P<quote>"`(?=\S).{0,300}?`" | '`(?=\S).{0,300}?`')
  | (?<!\\)``(?P<anywhere>\S(?:.{0,300}?\S)??)``
  | (?<![\w\\`;:}])`(?P<code>[^\s`](?:.{0,300}?\S)??)`(?![\w`"'])
  | (?<![\w\\+])\+(?P<literal>[^\s+](?:.{0,300}?[^\s+])??)\+(?![\w+])
    """
)
_SCHEMES = frozenset([b"http", b"https", b"ftp", b"irc", b"mailto"])
_SILENT = frozenset([b"image", b"icon", b"anchor", b"kbd", b"btn", b"indexterm"])
_OWN_PAGE = re.compile(rb"[^#]+(?<!\.adoc)(?<!\.asciidoc)")
_WRAPPED = re.compile(rb"\+(?=.*\S)(.+)\+", re.S)


class AsciiDocInlineParser:
    """Inline parser that fills `codes`, `links` and `prose`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.codes: list[Span] = []
        self.links: list[Link] = []
        self.prose: list[Span] = []

    def parse(self, start: int, end: int) -> None:
        """Parse the bytes `start:end` of one paragraph, title or cell."""
        at = start
        for match in _INLINE.finditer(self.data, start, end):
            for span in self._collect(match):
                if at < span[0]:
                    self.prose.append((at, span[0]))
                at = span[1]
        if at < end:
            self.prose.append((at, end))

    def _collect(self, match: re.Match[bytes]) -> Iterator[Span]:
        """Store the code and links of a match; yield the spans that are not prose."""
        for kind in ("code", "anywhere", "literal"):
            if match[kind] is not None:
                wrapped = _WRAPPED.fullmatch(match[kind]) if kind != "literal" else None
                start = match.start(kind)
                self.codes.append((start + 1, start + wrapped.end(1)) if wrapped else match.span(kind))
                yield match.span()
                return
        if match["reference"] is not None:
            self.links.append(_reference(match, "reference"))
            yield from self._label_surroundings(match, "label")
        elif match["macro"] is not None:
            if match["target"]:
                self._macro(match)
            yield from self._label_surroundings(match, "text" if match["macro"] not in _SILENT else "")
        elif match["quote"] is None:
            if not match["raw"] and not match["anchor"]:
                self.links.append(Link(match.span()))
            yield match.span()

    def _macro(self, match: re.Match[bytes]) -> None:
        name = match["macro"]
        if name == b"xref":
            self.links.append(_reference(match, "target"))
        elif name in (b"link", b"image"):
            self.links.append(Link(match.span("target"), image=name == b"image"))
        elif name in _SCHEMES:
            self.links.append(Link((match.start("macro"), match.end("target"))))

    def _label_surroundings(self, match: re.Match[bytes], label: str) -> Iterator[Span]:
        """Parse a label as inline text; yield the spans of the match that are not prose."""
        if not label or not match[label]:
            yield match.span()
            return
        yield match.start(), match.start(label)
        inner = AsciiDocInlineParser(self.data)
        inner.parse(*match.span(label))
        self.codes += inner.codes
        self.links += inner.links
        at = match.start(label)
        for start, end in inner.prose:
            if at < start:
                yield at, start
            at = end
        yield at, match.end()


def _reference(match: re.Match[bytes], kind: str) -> Link:
    return Link(match.span(kind), anchor=_OWN_PAGE.fullmatch(match[kind]) is not None)
