"""An option or an environment variable under its new name takes its mentions along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import Subject
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.replaced import is_told
from bot.agents.document_update.rules.rule import Proposal, Remark, Rule, RuleExample
from bot.agents.document_update.rules.spelling import Spelled, Spelling
from bot.domain import Fact, FactKind

_SURE = 0.9
_WHATS = frozenset(["option", "environment variable"])
_OTHERS = re.compile(
    rb"(?:^|[\s`|&;(])(?:git|docker|podman|kubectl|helm|pip3?|uv|uvx|poetry|conda|npm|npx|yarn|pnpm|node|deno|bun|cargo"
    rb"|rustup|rustc|go|make|cmake|gcc|clang|curl|wget|apt(?:-get)?|brew|ssh|rsync|tar|grep|find|sed|ls|pytest|python3?)\s"
)


def apply(fact: Fact, subject: Subject, page: Page) -> Iterator[Proposal | Remark]:
    """Replaces the name in code and text, but not on the command line of another program."""
    del subject
    if fact.what not in _WHATS or not fact.old or not fact.new:
        return
    spelling = Spelling(page)
    for spelled in spelling.of(fact.old):
        if spelled.where == "link" or (spelled.where == "other" and not spelling.is_text(spelled)):
            continue
        if not is_told(page, spelled, fact.new) and not _is_anothers(page, spelled):
            yield Proposal(spelled.start, spelled.end, fact.new, _SURE, f"`{fact.old}` is now `{fact.new}`.")


def _is_anothers(page: Page, spelled: Spelled) -> bool:
    """Whether a well-known program of another name stands before it in its line of code."""
    if not spelled.in_code:
        return False
    start = max(spelled.within[0], page.line_span(spelled.start)[0])
    return _OTHERS.search(page.data[start : spelled.start]) is not None


OPTION = Rule(
    name="option",
    serves=frozenset({FactKind.INTERFACE_RENAMED}),
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
