"""Markdown: https://github.github.com/gfm/, with the extensions of MkDocs, MyST, Docusaurus and Jekyll.

Directives, admonitions and content tabs contain text or code, depending on their names. Template expressions are not
text.
"""

from __future__ import annotations

import re

from bot.formats.format import Format, FormatExample, Layout
from bot.formats.markdown.blocks import Dialect, MarkdownBlockParser

# A code span comes first, so that its content is not taken for a template.
_TEMPLATE = re.compile(
    rb"(?<!`)(`{1,20})(?!`).{1,500}?(?<!`)\1(?!`)|(?P<hidden>\{\{.{0,500}?\}\}|\{%.{0,500}?%\})", re.S
)


def slug(title: str) -> str:
    """Return the anchor that GitHub generates for a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def parse(data: bytes) -> Layout:
    """Parse a document. Front matter, templates and HTML are skipped."""
    return MarkdownBlockParser(data, Dialect(_TEMPLATE)).layout(slug)


MARKDOWN = Format(
    name="Markdown",
    suffixes=(".md", ".markdown"),
    parse=parse,
    slug=slug,
    examples=(
        FormatExample(
            "---\ntitle: `no`\n---\n\n# The `get` call\n\nUse `get(url)`, see [more](more.md#the-call).\n\n"
            "- `item`\n\n| `cell` | b |\n|---|---|\n| c | ![i](i.png) |\n\n## The call\n",
            slugs=("the-get-call", "the-call"),
            codes=("get", "get(url)", "item", "cell"),
            links=("more.md#the-call", "i.png"),
        ),
        FormatExample("> A `quoted\n> span`\n\n[r]: ./there.md\n", links=("./there.md",), codes=("quoted\n> span",)),
        FormatExample('!!! note "A `title`"\n\n    The `body`.\n', codes=("title", "body")),
        FormatExample("~~~{note} A `title`\nThe {func}`body`.\n~~~\n", codes=("title", "body")),
    ),
)
