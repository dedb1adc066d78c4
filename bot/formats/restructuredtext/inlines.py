"""Parser for inline reStructuredText: literals, roles, links and the prose between them."""

from __future__ import annotations

import re

from bot.formats.format import Link, NavEntry, Span

# Every repetition is bounded, so that unmatched delimiters do not make matching quadratic.
_INLINE = re.compile(
    rb"(?<![\w`\\])(?:"
    rb"``(?P<literal>\S(?:.{0,500}?\S)??)``"
    rb"|(?P<before>:[\w.+:-]*[\w.+-]:)?`(?P<text>[^`\s](?:[^`]{0,500}?[^`\s\\])??)`(?P<after>:[\w.+:-]*[\w.+-]:|__?)?"
    rb"|\|[^|\s](?:[^|\n]{0,200}[^|\s])?\|_{0,2}"
    rb"|\[[#*\w-]+\]_"
    rb"|[A-Za-z0-9](?:[\w.+-]{0,200}[A-Za-z0-9])?__?"
    rb"|(?:https?|ftp|mailto):[^\s<>`]+"
    rb")(?![\w`])",
    re.S,
)
_NAMED = re.compile(rb"(?s)(?P<label>.*?)\s*<(?P<target>[^<>]+)>$")


class RstInlineParser:
    """Inline parser that fills `codes`, `links`, `prose` and `entries`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.codes: list[Span] = []
        self.links: list[Link] = []
        self.prose: list[Span] = []
        self.entries: list[NavEntry] = []

    def parse(self, start: int, end: int) -> None:
        """Parse the bytes `start:end` of one paragraph or title."""
        at = start
        for match in _INLINE.finditer(self.data, start, end):
            if match["literal"] is not None:
                self.codes.append(match.span("literal"))
            elif match["text"] is not None:
                self._role(match)
            elif not match[0].endswith((b"_", b"|")) and b":" not in match[0]:
                continue
            if at < match.start():
                self.prose.append((at, match.start()))
            at = match.end()
        if at < end:
            self.prose.append((at, end))

    def _role(self, match: re.Match[bytes]) -> None:
        """Parse text in single backquotes: a link, a role, or the default role, which projects use for code."""
        start = match.start("text")
        named = _NAMED.match(match["text"])
        span = (start + named.start("target"), start + named.end("target")) if named else match.span("text")
        if (match["after"] or b"").startswith(b"_"):
            if named and not match["text"].endswith(b"_>"):
                self.links.append(Link(span))
            return
        if named and named["label"]:
            self.prose.append((start, start + named.end("label")))
        if match["before"] == b":doc:":
            self.entries.append(NavEntry(span, suffix_is_optional=True))
            return
        lead = re.match(rb"[~!.]*", self.data[slice(*span)])
        self.codes.append((span[0] + (lead.end() if lead else 0), span[1]))
