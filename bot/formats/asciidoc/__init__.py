"""AsciiDoc: https://docs.asciidoctor.org/asciidoc/latest/

A reader of lines, since no parser of the language gives bytes. Nothing is included, and no attribute is resolved.
"""

from __future__ import annotations

from bot.formats.asciidoc.blocks import AsciiDocBlockParser
from bot.formats.asciidoc.outline import anchor, headings
from bot.formats.format import Format, FormatExample, Layout
from bot.formats.outline import sections


def slug(title: str) -> str:
    """The anchor that Asciidoctor gives a heading."""
    return anchor(title, "_", "_")


def parse(data: bytes) -> Layout:
    """Takes a document apart; comments, passthroughs and conditions are left alone."""
    reader = AsciiDocBlockParser(data)
    reader.walk(0, len(reader.lines))
    found = headings(reader.titles, data, reader.attributes)
    return Layout(
        headings=found,
        sections=sections(found, data),
        codes=tuple(sorted(reader.inlines.codes)),
        blocks=tuple(reader.blocks),
        links=tuple(sorted(reader.inlines.links, key=lambda link: link.destination)),
        rows=tuple(sorted(reader.rows, key=lambda row: row.span)),
        tables=tuple(reader.tables),
        prose=tuple(sorted(reader.inlines.prose)),
    )


ASCIIDOC = Format(
    name="AsciiDoc",
    suffixes=(".adoc", ".asciidoc", ".asc"),
    parse=parse,
    slug=slug,
    examples=(
        FormatExample(
            "= The `get` call\n:toc:\n\nUse `get(url)`, `+put+` or +x+, see xref:more.adoc#_a[more], <<_the_call>>.\n\n"
            "* `item`\n\n|===\n|`cell` |b\n|c |image:i.png[]\n|===\n\n// `no`\n== The call\n",
            slugs=("_the_get_call", "_the_call"),
            codes=("get", "get(url)", "put", "x", "item", "cell"),
            links=("more.adoc#_a", "_the_call", "i.png"),
        ),
        FormatExample(
            "[source,python]\n----\nget(url) # <1>\n----\n<1> With `url`.\n\n[#there]\nA title\n-------\n\n"
            "include::a.py[]\n",
            slugs=("there",),
            codes=("url",),
            links=("a.py",),
        ),
    ),
)
