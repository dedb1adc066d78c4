"""Markdown as GitHub shows it: its flavour rendered, then cut down to tags that do nothing.

https://github.github.com/gfm/
"""

from __future__ import annotations

import html
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.tasklists import tasklists_plugin

from github_sandbox.pages.flowchart import drawn

_CLASSES = {"span": {"added", "removed", "node", "arrow"}, "pre": {"flow"}}
_INPUT = {"type": "checkbox", "disabled": ""}


def rendered(text: str, base: str) -> str:
    """HTML that is safe to show as it is.

    Args:
        text: a stranger's Markdown.
        base: the path that relative links start from, with a slash at its end.
    """
    return nh3.clean(
        _MARKDOWN.render(text),
        tags=nh3.ALLOWED_TAGS | {"input"},
        attributes={**nh3.ALLOWED_ATTRIBUTES, "input": {"checked"}},
        set_tag_attribute_values={"input": _INPUT},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        attribute_filter=_from(base),
        link_rel="nofollow noopener noreferrer",
    )


def _from(base: str) -> Callable[[str, str, str], str | None]:
    def resolved(_tag: str, attribute: str, value: str) -> str | None:
        relative = attribute in ("href", "src") and not urlsplit(value).scheme and not value.startswith("#")
        return urljoin(base, value) if relative else value

    return resolved


def _coloured(content: str, language: str, _attributes: str) -> str:
    """The lines of a diff in their colours, a flowchart drawn; any other code as it is (an empty string says so)."""
    if language == "mermaid":
        return drawn(content)
    if language != "diff":
        return ""
    kinds = {"+": "added", "-": "removed"}
    return "".join(
        f'<span class="{kinds[line[0]]}">{html.escape(line)}</span>' if line[0] in kinds else html.escape(line)
        for line in content.splitlines(keepends=True)
    )


_MARKDOWN = MarkdownIt("gfm-like", {"highlight": _coloured}).use(tasklists_plugin)
