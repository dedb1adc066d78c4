"""What is new gets its entry in the lists that hold all of its siblings, where these show its form and its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.listing import (
    Listing,
    common_template,
    fill_template,
    insert_positions,
    insertion,
    listings,
)
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.languages.namespaces import ExportedName

_CONFIDENCE = 0.85
_MIN_SIBLINGS = 3
"""Siblings that have to be listed, and that have to show the form."""
_GroupKey = Callable[[ExportedName], object]
_GROUP_KEYS: tuple[_GroupKey, ...] = (
    lambda offer: "",
    lambda offer: offer.what,
    lambda offer: offer.path,
    lambda offer: (offer.path, offer.what),
    lambda offer: offer.symbol.bases if offer.symbol is not None and offer.symbol.bases else offer.name,
)
"""What the siblings that a list holds may have in common, beside that one module or class offers them."""


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Adds the entry, together with those of other new names that belong to the same place."""
    for listing in listings(page):
        missing = _missing_names(context, page, listing)
        if not any(offer.name == fact.new for offer in missing):
            continue
        form_of = {kind: _entry_template(kind, context, page, listing) for kind in {offer.what for offer in missing}}
        forms = {offer.name: form_of[offer.what] for offer in missing if form_of[offer.what]}
        for at, names in insert_positions([e.name for e in listing], list(forms), list(context.exports_after)).items():
            if names[0] == fact.new:
                said = ", ".join(f"`{name}`" for name in names)
                reason = f"{said} {'is' if len(names) == 1 else 'are'} new, and this list holds all of the siblings."
                entries = [fill_template(forms[name], name) for name in names]
                start, text = insertion(page, listing, at, entries)
                yield Proposal(start, start, text, _CONFIDENCE, reason)


def _missing_names(context: FactContext, page: Page, listing: Listing) -> Sequence[ExportedName]:
    """The new names whose siblings are all in the list, and of which the page does not speak yet."""
    names = {entry.name for entry in listing}
    if len(names) < _MIN_SIBLINGS or not names <= context.exports.keys() or page.is_historical(*listing[0].span):
        return ()
    groups = [(alike, _complete_groups(alike, context.exports.values(), names)) for alike in _GROUP_KEYS]
    whole = [offer for offer in context.new_siblings if any(alike(offer) in group for alike, group in groups)]
    return [offer for offer in whole if not page.refers_to(offer.name)]


def _complete_groups(
    group_key: _GroupKey, exports: Iterable[ExportedName], names: Collection[str]
) -> frozenset[object]:
    """What siblings have in common of which the list holds all, and enough."""
    listed, others = Counter[object](), set()
    for offer in exports:
        if offer.name in names:
            listed[group_key(offer)] += 1
        else:
            others.add(group_key(offer))
    return frozenset(common for common, count in listed.items() if count >= _MIN_SIBLINGS and common not in others)


def _entry_template(kind: str, context: FactContext, page: Page, listing: Listing) -> str:
    """The form of the entries of a kind; empty where they have none in common."""
    own = [entry for entry in listing if context.exports[entry.name].what == kind]
    return common_template(page, own) if len(own) >= _MIN_SIBLINGS and not _is_linked(page, listing) else ""


def _is_linked(page: Page, listing: Listing) -> bool:
    """Whether the entries lead somewhere: for a new one that place would have to be made first."""
    start, end = listing[0].span[0], listing[-1].span[1]
    return any(start <= link.destination[0] < end for link in page.layout.links)


_BASE = {"pkg/__init__.py": "def aa(): ...\ndef cc(): ...\ndef bb(): ...\n"}
_HEAD = {"pkg/__init__.py": "def aa(): ...\ndef cc(): ...\ndef bb(): ...\ndef bc(): ...\ndef bd(): ...\n"}

LISTED = Rule(
    name="listed",
    fact_kinds=frozenset({FactKind.ADDED}),
    apply=apply,
    examples=(
        RuleExample(
            "a list by letters that holds all siblings, and one that does not",
            base=_BASE,
            head=_HEAD,
            doc="- `pkg.aa`\n- `pkg.bb`\n- `pkg.cc`\n\nOften:\n\n- `pkg.aa`\n- `pkg.cc`\n",
            becomes="- `pkg.aa`\n- `pkg.bb`\n- `pkg.bc`\n- `pkg.bd`\n- `pkg.cc`\n\nOften:\n\n- `pkg.aa`\n- `pkg.cc`\n",
        ),
        RuleExample(
            "stubs in the order of the source",
            base=_BASE,
            head=_HEAD,
            doc="::: pkg.aa\n\n::: pkg.cc\n\n::: pkg.bb\n",
            becomes="::: pkg.aa\n\n::: pkg.cc\n\n::: pkg.bb\n\n::: pkg.bc\n\n::: pkg.bd\n",
        ),
        RuleExample(
            "a section for each module",
            base={f"pkg/{name}.py": "A = 1\n" for name in ("__init__", "aa", "bb", "dd")},
            head={f"pkg/{name}.py": "A = 1\n" for name in ("__init__", "aa", "bb", "cc", "dd")},
            doc="".join(f"## pkg.{name}\n\n::: pkg.{name}\n\n" for name in ("aa", "bb", "dd")),
            becomes="".join(f"## pkg.{name}\n\n::: pkg.{name}\n\n" for name in ("aa", "bb", "cc", "dd")),
        ),
    ),
)
