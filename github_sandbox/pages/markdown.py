"""GitHub Flavored Markdown, rendered and reduced to harmless tags.

https://github.github.com/gfm/
"""

from __future__ import annotations

import html
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.tasklists import tasklists_plugin

from github_sandbox.pages.flowchart import render_flowchart

_CLASSES = {"span": {"added", "removed", "node", "arrow"}, "pre": {"flow"}}
_INPUT = {"type": "checkbox", "disabled": ""}


def render_markdown(text: str, base: str) -> str:
    """Render Markdown as HTML that is safe to show.

    Args:
        text: untrusted Markdown.
        base: path that relative links start from, with a trailing slash.
    """
    return nh3.clean(
        _MARKDOWN.render(text),
        tags=nh3.ALLOWED_TAGS | {"input"},
        attributes={**nh3.ALLOWED_ATTRIBUTES, "input": {"checked"}},
        set_tag_attribute_values={"input": _INPUT},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        attribute_filter=_resolve_from(base),
        link_rel="nofollow noopener noreferrer",
    )


def _resolve_from(base: str) -> Callable[[str, str, str], str | None]:
    def resolve(_tag: str, attribute: str, value: str) -> str | None:
        relative = attribute in ("href", "src") and not urlsplit(value).scheme and not value.startswith("#")
        return urljoin(base, value) if relative else value

    return resolve


def _highlight(content: str, language: str, _attributes: str) -> str:
    """Highlight a diff or draw a flowchart. An empty string leaves other code unchanged."""
    if language == "mermaid":
        return render_flowchart(content)
    if language != "diff":
        return ""
    kinds = {"+": "added", "-": "removed"}
    return "".join(
        f'<span class="{kinds[line[0]]}">{html.escape(line)}</span>' if line[0] in kinds else html.escape(line)
        for line in content.splitlines(keepends=True)
    )


_MARKDOWN = MarkdownIt("gfm-like", {"highlight": _highlight}).use(tasklists_plugin)
