"""MDX: https://mdxjs.com/docs/what-is-mdx/

Markdown in which tags, modules and expressions are code, and indented lines are text.
"""

from __future__ import annotations

import re

from bot.formats.format import Format, FormatExample, Layout
from bot.formats.markdown import slug
from bot.formats.markdown.blocks import Dialect, MarkdownBlockParser

_BRACES = rb"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,500}\}){0,500}\}){0,500}\}"
_PROGRAM = re.compile(
    rb"(?<!`)(`{1,20})(?!`).{1,500}?(?<!`)\1(?!`)"
    rb"|(?P<hidden>%b|</?[A-Za-z][\w.:-]*(?:[^<>{}]|%b){0,500}>|</?>)" % (_BRACES, _BRACES),
    re.S,
)


def parse(data: bytes) -> Layout:
    """Parse a document. Front matter, modules, tags and expressions are skipped."""
    return MarkdownBlockParser(data, Dialect(_PROGRAM, is_mdx=True)).layout(slug)


MDX = Format(
    name="MDX",
    suffixes=(".mdx",),
    parse=parse,
    slug=slug,
    examples=(
        FormatExample(
            "import {Tab} from './tab'\n\n# The `get` call {#call}\n\n<Tab label={`no`}>\n\n    Use `get`, {`no`}.\n\n"
            "</Tab>\n",
            slugs=("call",),
            codes=("get", "get"),
        ),
    ),
)
