"""A small flowchart as boxes and arrows, where no script may draw it.

Of Mermaid it knows what says "this leads to that": https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import html
import re

_NODE = re.compile(r'(\w+)\["([^"]*)"\]')
_ARROW = re.compile(r"(\w+) --> (\w+)")
_NUMBERED = re.compile(r"#(\d{1,7});")


def drawn(source: str) -> str:
    """The chart as HTML, a line for each arrow; nothing when there is more in it than named boxes and plain arrows."""
    first, *rest = [line.strip() for line in source.strip().splitlines()] or [""]
    if first != "flowchart LR":
        return ""
    names: dict[str, str] = {}
    arrows: list[tuple[str, str]] = []
    for line in rest:
        if found := _NODE.fullmatch(line):
            names[found[1]] = _NUMBERED.sub(_character, found[2])
        elif found := _ARROW.fullmatch(line):
            arrows.append((found[1], found[2]))
        else:
            return ""
    if not arrows or any(name not in names for arrow in arrows for name in arrow):
        return ""
    return "".join(
        f'<pre class="flow">{_box(names[a])}<span class="arrow"> → </span>{_box(names[b])}</pre>' for a, b in arrows
    )


def _box(label: str) -> str:
    return f'<span class="node">{html.escape(label)}</span>'


def _character(found: re.Match[str]) -> str:
    number = int(found[1])
    return chr(number) if 32 <= number < 0xD800 else ""
