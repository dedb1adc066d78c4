"""A renamed function, class, method, constant or module takes its mentions along."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import AMBIGUOUS, Subject
from bot.agents.document_update.rules.page import Mention, Page
from bot.agents.document_update.rules.rule import Proposal, Remark, Rule, RuleExample
from bot.domain import Fact, FactKind


def apply(fact: Fact, subject: Subject, page: Page) -> Iterator[Proposal | Remark]:
    """Replaces the name where it means the symbol; points at it where that is not sure."""
    old, new = subject.bare, subject.bare_after
    if subject.head.exists(fact.symbol):
        yield from _aliased(fact, subject, page)
        return
    for mention in page.named(old):
        certainty = subject.certainty(mention, page)
        if not certainty:
            continue
        if page.tells_history(mention) or _knows(page, mention, old, new):
            continue
        if certainty <= AMBIGUOUS:
            if old != new:
                yield Remark(mention.usage.start, certainty, f"This may mean `{fact.symbol}`, which is now `{new}`.")
            continue
        yield from _replaced(fact, subject, page, mention, certainty)


def _aliased(fact: Fact, subject: Subject, page: Page) -> Iterator[Remark]:
    """The old name still works, so the docs are not wrong: one word a page is enough."""
    sure = [m for m in page.named(subject.bare) if subject.certainty(m, page)]
    if sure and not any(page.named(subject.bare_after)):
        reason = f"`{fact.symbol}` is now `{subject.bare_after}`; the old name still works."
        yield Remark(sure[0].usage.start, AMBIGUOUS, reason)


def _replaced(
    fact: Fact, subject: Subject, page: Page, mention: Mention, certainty: float
) -> Iterator[Proposal | Remark]:
    usage = mention.usage
    new = (fact.symbol_after or "").rpartition(".")[2]
    reason = f"`{fact.old}` is now `{new}`." if fact.old != new else f"`{fact.symbol}` is now `{fact.symbol_after}`."
    parent = usage.meaning.rpartition(".")[0]
    stays = f"{parent}.{new}" if parent else new
    if not parent or usage.meaning not in subject.names or stays in subject.names_after or usage.role == "override":
        if usage.name != new:
            yield Proposal(usage.start, usage.end, new, certainty, reason)
        return
    target = _nearest(usage.meaning, subject.names_after)
    if usage.role == "import" and usage.module is not None:
        if usage.alone:
            yield Proposal(*usage.module, target.rpartition(".")[0], certainty, reason)
            if usage.name != new:
                yield Proposal(usage.start, usage.end, new, certainty, reason)
        else:
            yield Remark(usage.start, certainty, reason)
    elif page.text((usage.begin, usage.end)) == usage.meaning:
        yield Proposal(usage.begin, usage.end, target, certainty, reason)
    elif usage.name != new:
        yield Proposal(usage.start, usage.end, new, certainty, reason)


def _nearest(old: str, names: frozenset[str]) -> str:
    """Of a symbol's names the one that looks most like the old one: most leading parts, then as many parts."""
    parts = old.split(".")

    def distance(name: str) -> tuple[int, int, str]:
        other = name.split(".")
        shared = next((i for i, (a, b) in enumerate(zip(parts, other, strict=False)) if a != b), len(other))
        return (-shared, abs(len(other) - len(parts)), name)

    public = [n for n in names if not any(p.startswith("_") for p in n.split("."))]
    return min(public or names, key=distance)


def _knows(page: Page, mention: Mention, old: str, new: str) -> bool:
    """Whether the sentence or the example names the successor already."""
    usage = mention.usage
    if old == new:
        return False
    if mention.where == "block":
        return any(m.within == mention.within for m in page.named(new))
    start, end = page.line_span(usage.start)
    return any(start <= m.usage.start < end for m in page.named(new))


RENAMED = Rule(
    name="renamed",
    serves=frozenset({FactKind.RENAMED}),
    apply=apply,
    reads=("documents", "doc comments"),
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
            "another library's function of that name stays",
            base={"pkg/__init__.py": "def fetch_all(url):\n    return [url]\n"},
            head={"pkg/__init__.py": "def fetch_many(url):\n    return [url]\n"},
            doc="```python\nfrom other import fetch_all\nfetch_all(1)\n```\n",
            becomes="```python\nfrom other import fetch_all\nfetch_all(1)\n```\n",
        ),
    ),
)
