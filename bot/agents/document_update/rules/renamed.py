"""Update the mentions of a renamed function, class, method, constant or module."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, FactContext
from bot.agents.document_update.rules.page import Mention, Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the name where it means the symbol; yield a hint where that is uncertain."""
    old, new = context.bare, context.bare_after
    if context.head.exists(fact.symbol):
        yield from _alias_hint(fact, context, page)
        return
    for mention in page.mentions_of(old):
        certainty = context.certainty(mention, page)
        if not certainty:
            continue
        if page.is_historical_mention(mention) or _mentions_successor(page, mention, old, new):
            continue
        if certainty <= AMBIGUOUS:
            if old != new:
                yield Hint(
                    mention.usage.start, certainty, f"This could refer to `{fact.symbol}`, which is now `{new}`."
                )
            continue
        yield from _rename_mention(fact, context, page, mention, certainty)


def _alias_hint(fact: Fact, context: FactContext, page: Page) -> Iterator[Hint]:
    """Yield one hint per page: the old name still works, so the docs are not wrong."""
    sure = [m for m in page.mentions_of(context.bare) if context.certainty(m, page)]
    if sure and not any(page.mentions_of(context.bare_after)):
        reason = f"`{fact.symbol}` is now `{context.bare_after}`; the old name still works."
        yield Hint(sure[0].usage.start, AMBIGUOUS, reason)


def _rename_mention(
    fact: Fact, context: FactContext, page: Page, mention: Mention, certainty: float
) -> Iterator[Proposal | Hint]:
    usage = mention.usage
    new = (fact.symbol_after or "").rpartition(".")[2]
    reason = f"`{fact.old}` is now `{new}`." if fact.old != new else f"`{fact.symbol}` is now `{fact.symbol_after}`."
    parent = usage.meaning.rpartition(".")[0]
    stays = f"{parent}.{new}" if parent else new
    if not parent or usage.meaning not in context.names or stays in context.names_after or usage.role == "override":
        if usage.name != new:
            yield Proposal(usage.start, usage.end, new, certainty, reason)
        return
    target = _nearest(usage.meaning, context.names_after)
    if usage.role == "import" and usage.module is not None:
        if usage.alone:
            yield Proposal(*usage.module, target.rpartition(".")[0], certainty, reason)
            if usage.name != new:
                yield Proposal(usage.start, usage.end, new, certainty, reason)
        else:
            yield Hint(usage.start, certainty, reason)
    elif page.text((usage.begin, usage.end)) == usage.meaning:
        yield Proposal(usage.begin, usage.end, target, certainty, reason)
    elif usage.name != new:
        yield Proposal(usage.start, usage.end, new, certainty, reason)


def _nearest(old: str, names: frozenset[str]) -> str:
    """Return the name most like the old one: with most leading parts in common, then of similar length."""
    parts = old.split(".")

    def distance(name: str) -> tuple[int, int, str]:
        other = name.split(".")
        shared = next((i for i, (a, b) in enumerate(zip(parts, other, strict=False)) if a != b), len(other))
        return (-shared, abs(len(other) - len(parts)), name)

    public = [n for n in names if not any(p.startswith("_") for p in n.split("."))]
    return min(public or names, key=distance)


def _mentions_successor(page: Page, mention: Mention, old: str, new: str) -> bool:
    """Return whether the line or the example already contains the new name."""
    usage = mention.usage
    if old == new:
        return False
    if mention.where == "block":
        return any(m.within == mention.within for m in page.mentions_of(new))
    start, end = page.line_span(usage.start)
    return any(start <= m.usage.start < end for m in page.mentions_of(new))


RENAMED = Rule(
    name="renamed",
    fact_kinds=frozenset({FactKind.RENAMED}),
    apply=apply,
    targets=("documents", "doc comments"),
    examples=(
        RuleExample(
            "a renamed function, in inline code, an example and its heading",
            base={"pkg/__init__.py": "def fetch_all(url):\n    return [url]\n"},
            head={"pkg/__init__.py": "def fetch_many(url):\n    return [url]\n"},
            doc="# fetch_all\n\nCall `fetch_all(url)`, see [it](#fetch_all).\n\n"
            "```python\nimport pkg\npkg.fetch_all(1)\n```\n",
            becomes="# fetch_many\n\nCall `fetch_many(url)`, see [it](#fetch_many).\n\n"
            "```python\nimport pkg\npkg.fetch_many(1)\n```\n",
        ),
        RuleExample(
            "another library's function of the same name is kept",
            base={"pkg/__init__.py": "def fetch_all(url):\n    return [url]\n"},
            head={"pkg/__init__.py": "def fetch_many(url):\n    return [url]\n"},
            doc="```python\nfrom other import fetch_all\nfetch_all(1)\n```\n",
            becomes="```python\nfrom other import fetch_all\nfetch_all(1)\n```\n",
        ),
    ),
)
