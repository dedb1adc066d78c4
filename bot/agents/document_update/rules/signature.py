"""Update signatures that the docs show in full."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, FactContext
from bot.agents.document_update.rules.page import Mention, Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind

_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_ARROW = re.compile(r"\s*->\s*[\w.\[\], |]+")


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace a parameter list that equals the old one, in the style in which it is written."""
    if context.definition is None or context.successor is None:
        return
    language = context.base.sources[context.definition.path]
    styles = list(
        zip(
            language.signatures(context.definition.symbol),
            language.signatures(context.successor.symbol),
            strict=False,
        )
    )
    for name in context.spellings:
        for mention in page.mentions_of(name):
            shown = _parameter_list_span(page, mention) if mention.where == "inline" else None
            if shown is None or page.is_historical_mention(mention):
                continue
            new = next((after for before, after in styles if _normalize(before) == _normalize(page.text(shown))), None)
            certainty = context.certainty(mention, page) if new is not None else 0.0
            if new is None or certainty <= AMBIGUOUS or _normalize(new) == _normalize(page.text(shown)):
                continue
            if fact.kind is FactKind.PARAMETER_ADDED and not _is_signature(page, mention, shown):
                continue
            yield Proposal(*shown, new, certainty, f"The signature of `{context.bare_after}` is now `{new}`.")


def _parameter_list_span(page: Page, mention: Mention) -> tuple[int, int] | None:
    """Return the span of the parameter list after a name in inline code."""
    start, end = mention.usage.end, mention.within[1]
    text = page.text((start, end))
    if not text.startswith("(") or "\n" in text:
        return None
    depth = 0
    for at, letter in enumerate(text):
        depth += _BRACKETS.get(letter, 0)
        if depth == 0:
            arrow = _ARROW.match(text, at + 1)
            return start, start + len(text[: arrow.end() if arrow else at + 1].encode())
    return None


def _is_signature(page: Page, mention: Mention, span: tuple[int, int]) -> bool:
    """Return whether it declares the parameters, rather than a call whose arguments have the same names."""
    text = page.text(span)
    if text.startswith("()") or re.search(r"[=:*]", text):
        return not text.startswith("()")
    heading = any(h.span[0] <= mention.usage.start < h.span[1] for h in page.layout.headings)
    return heading or any(row.subject == mention.within for row in page.layout.rows)


def _normalize(signature: str) -> str:
    return re.sub(r"\s+", "", signature).replace('"', "'")


SIGNATURE = Rule(
    name="signature",
    fact_kinds=frozenset(
        {
            FactKind.PARAMETER_RENAMED,
            FactKind.PARAMETER_ADDED,
            FactKind.PARAMETER_REMOVED,
            FactKind.PARAMETERS_REORDERED,
            FactKind.DEFAULT_CHANGED,
            FactKind.TYPE_CHANGED,
        }
    ),
    apply=apply,
    examples=(
        RuleExample(
            "a full signature in a heading, with its new parameter",
            base={"pkg/__init__.py": "def fetch_all(url, timeout=5):\n    return [url]\n"},
            head={"pkg/__init__.py": "def fetch_all(url, timeout=5, *, retries: int = 3):\n    return [url]\n"},
            doc="## `fetch_all(url, timeout=5)`\n\nCall `fetch_all(url)` now.\n",
            becomes="## `fetch_all(url, timeout=5, *, retries=3)`\n\nCall `fetch_all(url)` now.\n",
        ),
        RuleExample(
            "a changed return type, where the docs show it",
            base={"pkg/__init__.py": "def fetch_all(url: str) -> str:\n    return url\n"},
            head={"pkg/__init__.py": "def fetch_all(url: str) -> bytes:\n    return url\n"},
            doc="## `fetch_all(url: str) -> str`\n\nCall `fetch_all(url)` now.\n",
            becomes="## `fetch_all(url: str) -> bytes`\n\nCall `fetch_all(url)` now.\n",
        ),
    ),
)
