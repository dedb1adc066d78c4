"""A renamed parameter takes along the keywords of calls, and its name in the section of its function."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, SECTION, Subject
from bot.agents.document_update.rules.page import Page, looks_like_code
from bot.agents.document_update.rules.rule import Proposal, Remark, Rule, RuleExample
from bot.domain import Fact, FactKind


def renamed(fact: Fact, subject: Subject, page: Page) -> Iterator[Proposal | Remark]:
    """Replaces the keyword where the call is one of the function's, and the parameter where its list stands."""
    if not subject.is_named(page) and not subject.is_renamed_everywhere:
        return
    reason = f"The parameter `{fact.old}` of `{subject.bare_after}` is now `{fact.new}`."
    for mention in page.named(fact.old or ""):
        certainty = subject.calls(mention, page)
        usage = mention.usage
        if certainty and not page.tells_history(mention):
            if certainty > AMBIGUOUS:
                yield Proposal(usage.start, usage.end, fact.new or "", certainty, reason)
            else:
                yield Remark(usage.start, certainty, reason)
    rows = {row.subject for row in page.layout.rows}
    for span in page.layout.codes:
        if page.text(span) != fact.old or _is_new(fact, page, span) or page.is_history(*span):
            continue
        if subject.is_renamed_everywhere:
            yield Proposal(*span, fact.new or "", SECTION, reason)
        elif subject.owns_section(page, span[0]):
            if span in rows or looks_like_code(fact.old):
                yield Proposal(*span, fact.new or "", SECTION, reason)
            else:
                yield Remark(span[0], AMBIGUOUS, reason)


def _is_new(fact: Fact, page: Page, span: tuple[int, int]) -> bool:
    """Whether the line names the new parameter already."""
    line = page.line_span(span[0])
    return any(line[0] <= start < line[1] and page.text((start, end)) == fact.new for start, end in page.layout.codes)


def listed(fact: Fact, subject: Subject, page: Page) -> Iterator[Proposal | Remark]:
    """Points at what the docs still say of a parameter that is gone."""
    if not subject.is_named(page):
        return
    reason = f"`{subject.bare_after}` no longer takes `{fact.old}`."
    for mention in page.named(fact.old or ""):
        certainty = subject.calls(mention, page)
        if certainty > AMBIGUOUS and not page.tells_history(mention):
            yield Remark(mention.usage.start, certainty, reason)
    for span in page.layout.codes:
        if (
            page.text(span) == fact.old
            and subject.owns_section(page, span[0])
            and not _is_told(fact, subject, page, span)
        ):
            yield Remark(span[0], SECTION, reason)


def _is_told(fact: Fact, subject: Subject, page: Page, span: tuple[int, int]) -> bool:
    """Whether the symbol's own doc comment tells of the past there, or the parameter is only marked as unused."""
    if page.part(span[0]).symbol is None:
        return False
    return page.is_history(*span) or subject.takes(fact.old or "")


_BEFORE = {"pkg/__init__.py": "def fetch_all(url, timeout=5):\n    return [url, timeout]\n"}
_AFTER = {"pkg/__init__.py": "def fetch_all(url, time_limit=5):\n    return [url, time_limit]\n"}

PARAMETER_RENAMED = Rule(
    name="parameter-renamed",
    serves=frozenset({FactKind.PARAMETER_RENAMED}),
    apply=renamed,
    reads=("documents", "doc comments"),
    examples=(
        RuleExample(
            "a keyword in calls and in the function's table, not in another library's call",
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
    serves=frozenset({FactKind.PARAMETER_REMOVED}),
    apply=listed,
    reads=("documents", "doc comments"),
    examples=(
        RuleExample(
            "a call that still passes it is pointed at",
            base=_BEFORE,
            head={"pkg/__init__.py": "def fetch_all(url):\n    return [url]\n"},
            doc="# Use\n\nCall `fetch_all(1, timeout=2)`.\n",
            becomes="# Use\n\nCall `fetch_all(1, timeout=2)`.\n",
            notices=(3,),
        ),
    ),
)
