"""Update a renamed parameter in calls and in its function's section; point out a removed one."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, SECTION, FactContext
from bot.agents.document_update.rules.page import Page, looks_like_code
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind


def rename_parameter(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the keyword in calls of the function, and the parameter in the function's section."""
    if not context.appears_on(page) and not context.is_renamed_everywhere:
        return
    reason = f"The parameter `{fact.old}` of `{context.bare_after}` was renamed to `{fact.new}`."
    for mention in page.mentions_of(fact.old or ""):
        certainty = context.call_certainty(mention, page)
        usage = mention.usage
        if certainty and not page.is_historical_mention(mention):
            if certainty > AMBIGUOUS:
                yield Proposal(usage.start, usage.end, fact.new or "", certainty, reason)
            else:
                yield Hint(usage.start, certainty, reason)
    rows = {row.subject for row in page.layout.rows}
    for span in page.layout.codes:
        if page.text(span) != fact.old or _names_new_parameter(fact, page, span) or page.is_historical(*span):
            continue
        if context.is_renamed_everywhere:
            yield Proposal(*span, fact.new or "", SECTION, reason)
        elif context.owns_section(page, span[0]):
            if span in rows or looks_like_code(fact.old):
                yield Proposal(*span, fact.new or "", SECTION, reason)
            else:
                yield Hint(span[0], AMBIGUOUS, reason)


def _names_new_parameter(fact: Fact, page: Page, span: tuple[int, int]) -> bool:
    """Return whether the line already contains the new parameter."""
    line = page.line_span(span[0])
    return any(line[0] <= start < line[1] and page.text((start, end)) == fact.new for start, end in page.layout.codes)


def flag_removed_parameter(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Yield hints where the docs still mention a removed parameter."""
    if not context.appears_on(page):
        return
    reason = f"`{context.bare_after}` no longer takes `{fact.old}`."
    for mention in page.mentions_of(fact.old or ""):
        certainty = context.call_certainty(mention, page)
        if certainty > AMBIGUOUS and not page.is_historical_mention(mention):
            yield Hint(mention.usage.start, certainty, reason)
    for span in page.layout.codes:
        if (
            page.text(span) == fact.old
            and context.owns_section(page, span[0])
            and not _is_historical(fact, context, page, span)
        ):
            yield Hint(span[0], SECTION, reason)


def _is_historical(fact: Fact, context: FactContext, page: Page, span: tuple[int, int]) -> bool:
    """Return whether a doc comment is about the past there, or the parameter still exists, marked as unused."""
    if page.part(span[0]).symbol is None:
        return False
    return page.is_historical(*span) or context.has_parameter(fact.old or "")


_BEFORE = {"pkg/__init__.py": "def fetch_all(url, timeout=5):\n    return [url, timeout]\n"}
_AFTER = {"pkg/__init__.py": "def fetch_all(url, time_limit=5):\n    return [url, time_limit]\n"}

PARAMETER_RENAMED = Rule(
    name="parameter-renamed",
    fact_kinds=frozenset({FactKind.PARAMETER_RENAMED}),
    apply=rename_parameter,
    targets=("documents", "doc comments"),
    examples=(
        RuleExample(
            "a keyword in calls and in the function's table, but not in another library's call",
            base=_BEFORE,
            head=_AFTER,
            doc="## `fetch_all`\n\n| name      |   |\n|-----------|---|\n| `timeout` | s |\n\n"
            "```python\nimport pkg, other\npkg.fetch_all(1, timeout=2)\nother.get(1, timeout=2)\n```\n",
            becomes="## `fetch_all`\n\n| name         |   |\n|--------------|---|\n| `time_limit` | s |\n\n"
            "```python\nimport pkg, other\npkg.fetch_all(1, time_limit=2)\nother.get(1, timeout=2)\n```\n",
        ),
    ),
)

PARAMETER_REMOVED = Rule(
    name="parameter-removed",
    fact_kinds=frozenset({FactKind.PARAMETER_REMOVED}),
    apply=flag_removed_parameter,
    targets=("documents", "doc comments"),
    examples=(
        RuleExample(
            "a call that still passes it gets a notice",
            base=_BEFORE,
            head={"pkg/__init__.py": "def fetch_all(url):\n    return [url]\n"},
            doc="# Use\n\nCall `fetch_all(1, timeout=2)`.\n",
            becomes="# Use\n\nCall `fetch_all(1, timeout=2)`.\n",
            notices=(3,),
        ),
    ),
)
