"""What MkDocs and MyST add to the blocks of Markdown, by their first lines."""

from __future__ import annotations

import re

CONTAINER = re.compile(
    rb"[ \t]*(?P<mark>!!!|\?\?\?\+?|===[!+]?(?=[ \t]+[\"'])|\[\^[^\]\n]+\]:)[ \t]*(?P<title>[^\r\n]*)"
)
"""The first line of an admonition, a content tab or a footnote; what it holds is indented by four."""
DIRECTIVE = re.compile(rb"[ \t]*\{(?P<name>[\w:.-]+)\}[ \t]*(?P<argument>[^\r\n]*)")
"""What stands after the fence of a MyST directive."""
OPTION = re.compile(rb"[ \t]*:[\w-]+:")
CLOSING = re.compile(rb"\n[ \t]*(?::{3,}|/{3,}|</[\w.]*>|\{%-?[ \t]*end\w+[ \t]*-?%\})[ \t\r]*\Z")
"""The last line of a container, which a list item before it seems to hold."""
INDENT = 4
STUB = re.compile(rb"[ \t]*:::[ \t]+(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)+)[ \t\r]*(?:\n|\Z)")
"""The line that mkdocstrings and mkautodoc put an object's documentation in place of; no container has such a name."""

TEXT = frozenset(
    b"note warning tip important attention caution danger error hint seealso admonition todo versionadded "
    b"versionchanged versionremoved deprecated dropdown card tab-item tab-set grid grid-item grid-item-card margin "
    b"sidebar topic epigraph pull-quote container details exercise solution glossary figure only rubric".split()
)
"""Directives that hold text."""
CODE = frozenset(b"code code-block code-cell sourcecode highlight prompt testcode doctest ipython".split())
"""Directives that hold code in the language of their argument."""
SILENT = frozenset(b"math raw toctree mermaid graphviz csv-table list-table table bibliography contents".split())
FILES = frozenset(b"include literalinclude image figure download".split())
"""Directives whose argument is a file."""
SIGNATURE = re.compile(rb"(?:\w+:)?(auto\w+|function|class|method|attribute|module|data|exception|option|envvar)")
"""Directives whose argument is what they describe."""
