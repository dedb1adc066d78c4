"""Update the links to and in a moved file, and its path in code."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from bot.agents.document_update.rules.fact_context import QUALIFIED, UNIQUE, FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.formats.format import Span

_EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\?|$", re.I)


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Rewrite relative links that the move breaks, and the path in inline code, text and examples."""
    old, new = fact.symbol, fact.symbol_after or ""
    reason = f"`{old}` is now `{new}`."
    name = posixpath.basename(old)
    if new == page.path or name.encode() in page.data or quote(name).encode() in page.data:
        path_at_base = {after: before for before, after in context.moves.items()}.get(page.path, page.path)
        for link in page.layout.links:
            if not link.anchor and not _EXTERNAL.match(page.text(link.destination)):
                yield from _update_link(fact, context, page, link.destination, path_at_base, reason)
    if "/" in old and old.encode() in page.data and not context.head.has_file(old):
        path = re.compile(rb"(?<![\w/-])(?:(?<!\w)(?:\.{1,2}/)+)?(%b)(?![\w/-]|\.\w)" % re.escape(old.encode()))
        lines = (line for block in page.layout.blocks for line in block.lines)
        for start, end in (*page.layout.codes, *page.layout.prose, *lines):
            for found in path.finditer(page.data, start, end):
                yield Proposal(found.start(1), found.end(1), new, UNIQUE, reason)


def _update_link(
    fact: Fact, context: FactContext, page: Page, span: Span, path_at_base: str, reason: str
) -> Iterator[Proposal]:
    written = page.text(span)
    bracketed = written.startswith("<")
    target, _mark, _fragment = written.strip("<>").partition("#")
    path = unquote(target)
    old = _resolve_link(path, path_at_base)
    if fact.symbol != old and fact.symbol_after != page.path:
        return
    new = context.moves.get(old, old)
    if _resolve_link(path, page.path) == new or not context.base.has_file(old) or not context.head.has_file(new):
        return
    if path.startswith("/"):
        new_target = "/" + new
    else:
        new_target = posixpath.relpath(new, posixpath.dirname(page.path) or ".")
        if path.startswith("./") and not new_target.startswith("."):
            new_target = "./" + new_target
    new_target = new_target if bracketed or path == target else quote(new_target)
    start = span[0] + bracketed
    yield Proposal(start, start + len(target.encode()), new_target, QUALIFIED, reason)
    yield from _update_label(page, span[0], old, new, reason)


def _update_label(page: Page, destination: int, old: str, new: str, reason: str) -> Iterator[Proposal]:
    """Update the label of a link if the label is the file's name, as text or as code."""
    old_name, new_name = posixpath.basename(old), posixpath.basename(new)
    label = re.compile(rb"\[(`?)(%b)\1\]\(\Z" % re.escape(old_name.encode()))
    found = label.search(page.data, max(0, destination - len(old_name.encode()) - 5), destination)
    if found and old_name != new_name:
        yield Proposal(*found.span(2), new_name, QUALIFIED, reason)


def _resolve_link(target: str, page: str) -> str:
    """Return the path in the repository that a link on a page points to."""
    if target.startswith("/"):
        return posixpath.normpath(target.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


MOVED = Rule(
    name="moved",
    fact_kinds=frozenset({FactKind.FILE_MOVED}),
    apply=apply,
    examples=(
        RuleExample(
            "a link and a path in code",
            base={"pkg/old.py": "X = 1\n", "docs/b.md": "b\n"},
            head={"pkg/new.py": "X = 1\n", "docs/b.md": "b\n"},
            doc="See [it](../pkg/old.py#L1), [b](b.md), `pkg/old.py`.\n",
            becomes="See [it](../pkg/new.py#L1), [b](b.md), `pkg/new.py`.\n",
        ),
        RuleExample(
            "a link whose label is the file's name",
            base={"pkg/old.py": "X = 1\n"},
            head={"pkg/new.py": "X = 1\n"},
            doc="See [old.py](../pkg/old.py), [`old.py`](../pkg/old.py), [the old.py](../pkg/old.py).\n",
            becomes="See [new.py](../pkg/new.py), [`new.py`](../pkg/new.py), [the old.py](../pkg/new.py).\n",
        ),
    ),
)
