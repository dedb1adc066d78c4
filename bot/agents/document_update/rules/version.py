"""Update the minimum supported version where the docs state it as a lower bound."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind

_NAMES = {
    "Python": r"(?:C?Python)",
    "Node.js": r"(?:Node(?:\.?js)?)",
    "Go": r"(?:Go|golang)",
    "Rust": r"(?:Rust|rustc|MSRV)",
}
_BEFORE = r"(?:\s+version)?s?\s*[`*(]*\s*(?:is\s+|:\s*)?"
_OR_MORE = r"(?:\+|\s*[`*]*\s+(?:and|or)\s+(?:newer|later|above|higher|up|greater|more recent))"
_AS_OF = re.compile(rb"\bas\s+of\b", re.I)
_CONFIDENCE = 0.9


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the version in "Python 3.8+", "Python 3.8 or newer", "requires Python 3.8", "Python >= 3.8"."""
    del context
    name, old = _NAMES[fact.symbol], re.escape(fact.old or "")
    after = rf"(?![\w.]*\d){_OR_MORE}"
    patterns = (
        rf"\b{name}{_BEFORE}v?(?P<v>{old}){after}",
        rf"\b{name}{_BEFORE}>=\s*v?(?P<v>{old})(?!\.?\d)",
        rf"(?:requires?|needs|minimum(?:\s+supported)?|at\s+least)(?:\s+version)?(?:\s+of)?\s+{name}\s+(?:version\s+)?(?:is\s+)?"
        rf"v?(?P<v>{old})(?!\d|\.\d|\s*(?:-|–|(?:to|through)\s+v?\d))",
        rf"(?:MSRV|minimum\s+supported\s+{name}\s+version)[^.\n\d]{{0,40}}(?P<v>{old})(?![\d]|\.\d)",
    )
    reason = f"The minimum supported version of {fact.symbol} is now {fact.new}."
    seen: set[int] = set()
    for pattern in patterns:
        for match in re.finditer(pattern.encode(), page.data, re.I):
            start, end = match.span("v")
            if (
                start not in seen
                and not page.is_historical(start, end)
                and not _AS_OF.search(page.sentence(start, end))
            ):
                seen.add(start)
                yield Proposal(start, end, fact.new or "", _CONFIDENCE, reason)


VERSION = Rule(
    name="version",
    fact_kinds=frozenset({FactKind.VERSION_CHANGED}),
    apply=apply,
    examples=(
        RuleExample(
            "a lower bound in its usual forms, but not a bare version",
            base={"pyproject.toml": '[project]\nrequires-python = ">=3.8"\n'},
            head={"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'},
            doc="Python 3.8+. Python 3.8 and newer.\nIt needs Python 3.8 to\nrun; see PEP 3.8, on Python 3.8.\n",
            becomes="Python 3.9+. Python 3.9 and newer.\nIt needs Python 3.9 to\nrun; see PEP 3.8, on Python 3.8.\n",
        ),
    ),
)
