"""AsciiDoc: https://docs.asciidoctor.org/asciidoc/latest/

Parses line by line, because no AsciiDoc parser reports byte offsets. Includes are not followed and attributes are not
resolved.
"""

from __future__ import annotations

from bot.formats.asciidoc.blocks import AsciiDocBlockParser
from bot.formats.asciidoc.outline import anchor, headings
from bot.formats.format import Format, FormatExample, Layout
from bot.formats.outline import sections


def slug(title: str) -> str:
    """Return the anchor that Asciidoctor generates for a heading."""
    return anchor(title, "_", "_")


def parse(data: bytes) -> Layout:
    """Parse a document. Comments, passthroughs and conditional directives are skipped."""
    parser = AsciiDocBlockParser(data)
    parser.walk(0, len(parser.lines))
    found = headings(parser.titles, data, parser.attributes)
    return Layout(
        headings=found,
        sections=sections(found, data),
        codes=tuple(sorted(parser.inlines.codes)),
        blocks=tuple(parser.blocks),
        links=tuple(sorted(parser.inlines.links, key=lambda link: link.destination)),
        rows=tuple(sorted(parser.rows, key=lambda row: row.span)),
        tables=tuple(parser.tables),
        prose=tuple(sorted(parser.inlines.prose)),
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
