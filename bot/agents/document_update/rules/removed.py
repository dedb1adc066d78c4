"""Delete the row about a removed symbol; point out its other mentions to a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, UNIQUE, FactContext
from bot.agents.document_update.rules.page import Mention, Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.agents.document_update.rules.successors import likely_successor, removal_reason
from bot.domain import Fact, FactKind
from bot.formats.format import Row, Span

_ANCHOR = re.compile(r'<a (?:id|name)="[^"\n]{0,200}">(?:</a>)?')


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Delete the list item or table row about the symbol; yield hints at its other mentions."""
    if not context.appears_on(page):
        return
    has_successor, reason = likely_successor(context) is not None, removal_reason(context)
    for mention in page.mentions_of(context.bare):
        certainty = context.certainty(mention, page)
        if certainty <= AMBIGUOUS or page.is_historical_mention(mention):
            continue
        row = _row_about(page, mention)
        is_over = certainty >= UNIQUE and context.is_gone and not has_successor
        if row is not None and is_over and is_removable(page, row):
            yield Proposal(*whole_lines(page, row), "", certainty, reason)
        else:
            yield Hint(mention.usage.start, certainty, reason)


def _row_about(page: Page, mention: Mention) -> Row | None:
    """Return the innermost row that starts with the symbol."""
    within = mention.within if mention.where == "inline" else (mention.usage.begin, mention.usage.end)
    if mention.where == "block" or mention.usage.begin != within[0]:
        return None
    rows = [r for r in page.layout.rows if r.subject == within]
    row = max(rows, key=lambda r: r.span[0], default=None)
    if row is None:
        return None
    lead = lead_text(page, row, within[0]).strip(" \t`*-+|0123456789.)[")
    rest = page.text((mention.usage.end, within[1]))
    return row if not lead and (not rest or rest.startswith("(")) else None


def lead_text(page: Page, row: Row, end: int) -> str:
    """Return the text of a row before its subject, without an HTML anchor."""
    return _ANCHOR.sub("", page.text((row.span[0], end)))


def is_removable(page: Page, row: Row) -> bool:
    """Return whether the row can go alone: it contains no other row, and is not the only one."""
    others = [other for other in page.layout.rows if other.kind == row.kind and other != row]
    inside = any(row.span[0] < other.span[0] < row.span[1] for other in others)
    return not inside and any(_are_adjacent(page, other, row) or _are_adjacent(page, row, other) for other in others)


def _are_adjacent(page: Page, one: Row, other: Row) -> bool:
    between = page.data[one.span[1] : other.span[0]]
    return one.span[1] <= other.span[0] and not between.strip()


def whole_lines(page: Page, row: Row) -> Span:
    """Return the row's lines, with the blank lines that would be left over."""
    follower = next((r for r in page.layout.rows if r.kind == row.kind and _are_adjacent(page, row, r)), None)
    if follower is not None:
        return row.span[0], follower.span[0]
    rest = page.data[row.span[1] :]
    blank = len(rest) - len(re.sub(rb"\A(?:[ \t]*\n)+", b"", rest))
    loose = re.search(rb"(?:\A|\n[ \t]*\n)\Z", page.data[max(0, row.span[0] - 80) : row.span[0]]) is not None
    return row.span[0], row.span[1] + (blank if loose else 0)


REMOVED = Rule(
    name="removed",
    fact_kinds=frozenset({FactKind.REMOVED}),
    apply=apply,
    examples=(
        RuleExample(
            "its row is deleted, another mention gets a notice",
            base={"pkg/__init__.py": "def fetch_all(url):\n    return [url]\n\n\ndef push_one(): ...\n"},
            head={"pkg/__init__.py": "def push_one(): ...\n"},
            doc="# API\n\n- `fetch_all(url)`: fetches\n- `push_one()`: pushes\n\n# Use\n\nCall `fetch_all(1)`.\n",
            becomes="# API\n\n- `push_one()`: pushes\n\n# Use\n\nCall `fetch_all(1)`.\n",
            notices=(8,),
        ),
    ),
)
