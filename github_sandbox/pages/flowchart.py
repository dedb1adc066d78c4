"""Small Mermaid flowcharts as HTML boxes and arrows, drawn without scripts.

Supports named nodes and plain arrows only: https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import html
import re

_NODE = re.compile(r'(\w+)\["([^"]*)"\]')
_ARROW = re.compile(r"(\w+) --> (\w+)")
_CHARACTER_CODE = re.compile(r"#(\d{1,7});")


def render_flowchart(source: str) -> str:
    """Return a chart as HTML, one line per arrow, or an empty string if it has anything but named nodes and arrows."""
    first, *rest = [line.strip() for line in source.strip().splitlines()] or [""]
    if first != "flowchart LR":
        return ""
    names: dict[str, str] = {}
    arrows: list[tuple[str, str]] = []
    for line in rest:
        if match := _NODE.fullmatch(line):
            names[match[1]] = _CHARACTER_CODE.sub(_character, match[2])
        elif match := _ARROW.fullmatch(line):
            arrows.append((match[1], match[2]))
        else:
            return ""
    if not arrows or any(name not in names for arrow in arrows for name in arrow):
        return ""
    return "".join(
        f'<pre class="flow">{_box(names[a])}<span class="arrow"> → </span>{_box(names[b])}</pre>' for a, b in arrows
    )


def _box(label: str) -> str:
    return f'<span class="node">{html.escape(label)}</span>'


def _character(match: re.Match[str]) -> str:
    number = int(match[1])
    return chr(number) if 32 <= number < 0xD800 else ""
