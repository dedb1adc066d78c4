"""Jupyter notebooks: https://nbformat.readthedocs.io/en/latest/format_description.html

The cells form one Markdown document with fenced code. Outputs and raw cells are skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from bot.formats.embedded import EmbeddedText, build_embedded_text
from bot.formats.format import Format, FormatExample, Layout, Span
from bot.formats.markdown import MARKDOWN

_Piece = tuple[bytes, Span | None]

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.S)
_CHARACTERS = re.compile(rb"[^\\]+|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u\w{4}|\\.")
_MAGIC = re.compile(rb"%%(bash|sh|html|javascript|js|latex|perl|ruby|sql|svg)\b")


def extract(data: bytes) -> EmbeddedText:
    """Extract a notebook as a Markdown document; empty if the file is not a notebook of format version 4."""
    return build_embedded_text(_Notebook(data).pieces(), data, lambda new: json.dumps(new, ensure_ascii=False)[1:-1])


def parse(data: bytes) -> Layout:
    """Parse the text of a notebook."""
    layout = MARKDOWN.parse(data)
    return replace(layout, headings=tuple(replace(h, slug=slug(h.title)) for h in layout.headings))


def slug(title: str) -> str:
    """Return the anchor that Jupyter generates for a heading."""
    return title.replace(" ", "-")


class _Notebook:
    """A notebook whose strings are represented by their spans in the file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            json.loads(data.decode())
            # JSON parsers do not report offsets, so each string is replaced by its own span before parsing.
            self.content = self._fields(json.loads(_STRING.sub(lambda m: b'"%d:%d"' % m.span(), data)))
        except (ValueError, RecursionError):
            self.content = {}

    def pieces(self) -> Iterator[_Piece]:
        """Yield the text of the cells, each followed by a blank line: pieces of the file and synthetic text."""
        cells = self.content.get("cells") if self.content.get("nbformat") == 4 else None
        for cell in cells if isinstance(cells, list) else []:
            fields = self._fields(cell)
            kind = self._string(fields.get("cell_type"))
            own = list(self._source(fields.get("source")))
            text = b"".join(piece for piece, _ in own)
            newline: _Piece = (b"" if text.endswith(b"\n") else b"\n", None)
            if not text:
                continue
            if kind == "markdown":
                yield from [*own, newline, (b"\n", None)]
            elif kind == "code":
                fence = b"`" * max(3, 1 + max(map(len, re.findall(rb"`+", text)), default=0))
                magic = _MAGIC.match(text)
                language = magic[1] if magic else self._language.encode()
                yield from [(fence + language + b"\n", None), *own, newline, (fence + b"\n\n", None)]

    @property
    def _language(self) -> str:
        """The language of the code cells, in lower case."""
        metadata = self._fields(self.content.get("metadata"))
        kernel, language = self._fields(metadata.get("kernelspec")), self._fields(metadata.get("language_info"))
        name = self._string(language.get("name")) or self._string(kernel.get("language"))
        return name.lower() if re.fullmatch(r"[\w+#-]+", name) else "python"

    def _source(self, value: object) -> Iterator[_Piece]:
        """Decode a string or a list of strings; yield each piece of text with its span."""
        for string in value if isinstance(value, list) else [value]:
            start, end = self._string_span(string)
            for match in _CHARACTERS.finditer(self.data, start, end):
                piece = match[0] if match[0][:1] != b"\\" else json.loads(b'"%b"' % match[0]).encode(errors="replace")
                yield piece, match.span()

    def _fields(self, value: object) -> dict[str, object]:
        return {self._string(key): field for key, field in value.items()} if isinstance(value, dict) else {}

    def _string(self, value: object) -> str:
        start, end = self._string_span(value)
        text: str = json.loads(b'"%b"' % self.data[start:end])
        return text

    def _string_span(self, value: object) -> Span:
        """Return the span of a string between its quotation marks; an empty span for any other value."""
        start, _, end = value.partition(":") if isinstance(value, str) else ("-1", "", "1")
        return int(start) + 1, int(end) - 1


NOTEBOOK = Format(
    name="Jupyter notebook",
    suffixes=(".ipynb",),
    parse=parse,
    slug=slug,
    examples=(
        FormatExample(
            '{"cells": [\n {"cell_type": "markdown", "metadata": {}, "source": [\n  "# The `get` call\\n",\n'
            '  "Use `say(\\"hi\\")`, see [more](more.ipynb#The-call)."]},\n'
            ' {"cell_type": "code", "metadata": {}, "outputs": [{"text": ["`no`"]}], "source": "get(1)"}],\n'
            ' "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
            slugs=("The-get-call",),
            codes=("get", 'say("hi")'),
            links=("more.ipynb#The-call",),
        ),
        FormatExample('{"nbformat": 3, "worksheets": ["`no`"]}'),
    ),
    extract=extract,
)
