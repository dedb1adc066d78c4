"""Block extensions of MkDocs and MyST, recognized by their first line."""

from __future__ import annotations

import re

CONTAINER = re.compile(
    rb"[ \t]*(?P<mark>!!!|\?\?\?\+?|===[!+]?(?=[ \t]+[\"'])|\[\^[^\]\n]+\]:)[ \t]*(?P<title>[^\r\n]*)"
)
"""The first line of an admonition, a content tab or a footnote; the content is indented by four spaces."""
DIRECTIVE = re.compile(rb"[ \t]*\{(?P<name>[\w:.-]+)\}[ \t]*(?P<argument>[^\r\n]*)")
"""The text after the fence of a MyST directive."""
OPTION = re.compile(rb"[ \t]*:[\w-]+:")
CLOSING = re.compile(rb"\n[ \t]*(?::{3,}|/{3,}|</[\w.]*>|\{%-?[ \t]*end\w+[ \t]*-?%\})[ \t\r]*\Z")
"""The last line of a container, which the parser assigns to the list item before it."""
INDENT = 4
STUB = re.compile(rb"[ \t]*:::[ \t]+(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)+)[ \t\r]*(?:\n|\Z)")
"""A placeholder that mkdocstrings and mkautodoc replace with API docs. The dot sets it apart from a container."""

TEXT = frozenset(
    b"note warning tip important attention caution danger error hint seealso admonition todo versionadded "
    b"versionchanged versionremoved deprecated dropdown card tab-item tab-set grid grid-item grid-item-card margin "
    b"sidebar topic epigraph pull-quote container details exercise solution glossary figure only rubric".split()
)
"""Directives that contain text."""
CODE = frozenset(b"code code-block code-cell sourcecode highlight prompt testcode doctest ipython".split())
"""Directives that contain code in the language of their argument."""
SILENT = frozenset(b"math raw toctree mermaid graphviz csv-table list-table table bibliography contents".split())
FILES = frozenset(b"include literalinclude image figure download".split())
"""Directives whose argument is a file path."""
SIGNATURE = re.compile(rb"(?:\w+:)?(auto\w+|function|class|method|attribute|module|data|exception|option|envvar)")
"""Directives whose argument is the described object."""
