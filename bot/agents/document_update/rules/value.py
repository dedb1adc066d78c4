"""Update the default of a parameter, or the value of a constant, where the docs state it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, SECTION, FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.formats.format import Span

_DEFAULT = re.compile(r"default", re.I)


def update_default(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the old default in the parameter's row or sentence, in the function's section."""
    if fact.old is None or fact.new is None or fact.parameter is None or not context.appears_on(page):
        return
    reason = f"The default of `{fact.parameter}` in `{context.bare_after}` is now `{fact.new}`."
    for span in page.layout.codes:
        if not context.owns_section(page, span[0]):
            continue
        if page.text(span) == fact.parameter:
            yield from _replace_statement(fact, page, span, reason, needs_default=True)
        elif _is_assignment(page.text(span), fact.parameter, fact.old) and _DEFAULT.search(
            _surrounding_text(page, span)
        ):
            yield Proposal(span[1] - len(fact.old.encode()), span[1], fact.new, SECTION, reason)


def update_value(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the old value in `NAME = value`, or in the row about the name."""
    if fact.old is None or fact.new is None:
        return
    reason = f"`{context.bare_after}` is now `{fact.new}`."
    for mention in page.mentions_of(context.bare_after):
        if mention.where != "inline" or page.is_historical_mention(mention):
            continue
        certainty = context.certainty(mention, page)
        text = page.text((mention.usage.start, mention.within[1]))
        if _is_assignment(text, context.bare_after, fact.old) and context.is_unique:
            start = mention.within[1] - len(fact.old.encode())
            yield Proposal(start, mention.within[1], fact.new, certainty or SECTION, reason)
        elif certainty > AMBIGUOUS and mention.usage.end == mention.within[1]:
            yield from _replace_statement(fact, page, mention.within, reason, needs_default=False)


def _replace_statement(
    fact: Fact, page: Page, subject: Span, reason: str, *, needs_default: bool
) -> Iterator[Proposal | Hint]:
    """Replace the old value if it occurs once in the row or line of the name; else yield a hint."""
    row = next((r for r in page.layout.rows if r.subject == subject), None)
    start, end = row.span if row is not None else page.line_span(subject[0])
    says_default = _DEFAULT.search(_surrounding_text(page, subject)) or _has_default_column(page, subject)
    places = [s for s in page.layout.codes if start <= s[0] < end and s != subject and _same(page.text(s), fact.old)]
    if len(places) == 1 and (says_default or not needs_default) and (row is not None or says_default):
        yield Proposal(*places[0], fact.new or "", SECTION, reason)
    elif places:
        yield Hint(places[0][0], AMBIGUOUS, reason)


def _has_default_column(page: Page, span: Span) -> bool:
    for table in page.layout.tables:
        if table.rows and any(a <= span[0] < b for row in table.rows for a, b in row):
            return any(_DEFAULT.search(page.text(cell)) for cell in table.rows[0])
    return False


def _surrounding_text(page: Page, span: Span) -> str:
    """Return the list item or line that contains a span."""
    row = next((r for r in page.layout.rows if r.kind == "item" and r.span[0] <= span[0] < r.span[1]), None)
    return page.text(row.span if row is not None else page.line_span(span[0]))


def _is_assignment(text: str, name: str, old: str) -> bool:
    return re.fullmatch(rf"{re.escape(name)}(?:\s*:[^=]+)?\s*=\s*{re.escape(old)}", text) is not None


def _same(shown: str, old: str | None) -> bool:
    return old is not None and shown.replace('"', "'") == old.replace('"', "'")


DEFAULT_CHANGED = Rule(
    name="default",
    fact_kinds=frozenset({FactKind.DEFAULT_CHANGED}),
    apply=update_default,
    examples=(
        RuleExample(
            "the default in the parameter's row",
            base={"pkg/__init__.py": "def fetch_all(url, timeout=5):\n    return [url]\n"},
            head={"pkg/__init__.py": "def fetch_all(url, timeout=30):\n    return [url]\n"},
            doc="## fetch_all\n\n- `timeout`: seconds, by default `5`\n\nCall `fetch_all(1, timeout=5)`.\n",
            becomes="## fetch_all\n\n- `timeout`: seconds, by default `30`\n\nCall `fetch_all(1, timeout=5)`.\n",
        ),
    ),
)

VALUE_CHANGED = Rule(
    name="value",
    fact_kinds=frozenset({FactKind.VALUE_CHANGED}),
    apply=update_value,
    examples=(
        RuleExample(
            "the value of a constant",
            base={"pkg/__init__.py": "MAX_TRIES = 3\n"},
            head={"pkg/__init__.py": "MAX_TRIES = 5\n"},
            doc="The limit is `MAX_TRIES = 3`.\n\n| name | value |\n|---|---|\n| `MAX_TRIES` | `3` |\n",
            becomes="The limit is `MAX_TRIES = 5`.\n\n| name | value |\n|---|---|\n| `MAX_TRIES` | `5` |\n",
        ),
    ),
)
