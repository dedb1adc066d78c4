"""Update the mentions of a renamed option or environment variable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.occurrences import Occurrence, OccurrenceFinder
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.replaced import needs_no_edit
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind

_CONFIDENCE = 0.9
_KINDS = frozenset(["option", "environment variable"])
_OTHER_PROGRAMS = re.compile(
    rb"(?:^|[\s`|&;(])(?:git|docker|podman|kubectl|helm|pip3?|uv|uvx|poetry|conda|npm|npx|yarn|pnpm|node|deno|bun|cargo"
    rb"|rustup|rustc|go|make|cmake|gcc|clang|curl|wget|apt(?:-get)?|brew|ssh|rsync|tar|grep|find|sed|ls|pytest|python3?)\s"
)


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the name in code and text, but not on the command line of another program."""
    del context
    if fact.what not in _KINDS or not fact.old or not fact.new:
        return
    finder = OccurrenceFinder(page)
    for occurrence in finder.find(fact.old):
        if occurrence.where == "link" or (occurrence.where == "other" and not finder.is_text(occurrence)):
            continue
        if not needs_no_edit(page, occurrence, fact.new) and not _is_other_program(page, occurrence):
            yield Proposal(
                occurrence.start, occurrence.end, fact.new, _CONFIDENCE, f"`{fact.old}` is now `{fact.new}`."
            )


def _is_other_program(page: Page, occurrence: Occurrence) -> bool:
    """Return whether its line of code runs another well-known program before it."""
    if not occurrence.in_code:
        return False
    start = max(occurrence.within[0], page.line_span(occurrence.start)[0])
    return _OTHER_PROGRAMS.search(page.data[start : occurrence.start]) is not None


OPTION = Rule(
    name="option",
    fact_kinds=frozenset({FactKind.INTERFACE_RENAMED}),
    apply=apply,
    examples=(
        RuleExample(
            "an option that the code spells without its dashes",
            base={"cmd/root.go": 'package cmd\n\nfunc init() {\n\tc.Flags().Int("max-size", 10, "Largest size")\n}\n'},
            head={"cmd/root.go": 'package cmd\n\nfunc init() {\n\tc.Flags().Int("limit", 10, "Largest size")\n}\n'},
            doc="Give `--max-size 5`, as in `app --max-size=5`; `git log --max-size` is another.\n",
            becomes="Give `--limit 5`, as in `app --limit=5`; `git log --max-size` is another.\n",
        ),
    ),
)
