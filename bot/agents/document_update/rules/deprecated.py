"""Point out where the docs still recommend what is now deprecated."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Yield one hint per section that surely mentions the symbol; a person has to write the text."""
    flagged_sections: set[int] = set()
    for mention in page.mentions_of(context.bare):
        certainty = context.certainty(mention, page)
        section = page.part(mention.usage.start).start_line
        if certainty > AMBIGUOUS and section not in flagged_sections and not page.is_historical_mention(mention):
            flagged_sections.add(section)
            yield Hint(mention.usage.start, certainty, f"`{fact.symbol}` is now deprecated.")


_FETCH = "def fetch_all(url):\n    return [url]\n"
_WARNING = "    warnings.warn('use fetch', DeprecationWarning)\n"

DEPRECATED = Rule(
    name="deprecated",
    fact_kinds=frozenset({FactKind.DEPRECATED}),
    apply=apply,
    examples=(
        RuleExample(
            "a function that now warns",
            base={"pkg/__init__.py": "import warnings\n\n\n" + _FETCH},
            head={"pkg/__init__.py": "import warnings\n\n\n" + _FETCH.replace("    ", _WARNING + "    ", 1)},
            doc="# Use\n\nCall `fetch_all(1)`, then `fetch_all(2)`.\n\n# Old\n\n`fetch_all` is deprecated.\n",
            becomes="# Use\n\nCall `fetch_all(1)`, then `fetch_all(2)`.\n\n# Old\n\n`fetch_all` is deprecated.\n",
            notices=(3,),
        ),
    ),
)
