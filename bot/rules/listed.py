"""What is new gets its entry in the lists that hold all of its siblings, where these show its form and its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from bot.domain import Fact, FactKind
from bot.languages.namespaces import Offer
from bot.rules.listing import Listing, common_form, filled, inserted, listings, placed
from bot.rules.page import Page
from bot.rules.rule import Proposal, Remark, Rule, RuleExample
from bot.rules.subject import Subject

_SURE = 0.85
_FEWEST = 3
"""Siblings that have to be listed, and that have to show the form."""
_ALIKE: tuple[Callable[[Offer], object], ...] = (
    lambda offer: "",
    lambda offer: offer.what,
    lambda offer: offer.path,
    lambda offer: (offer.path, offer.what),
    lambda offer: offer.symbol.bases if offer.symbol is not None and offer.symbol.bases else offer.name,
)
"""What the siblings that a list holds may have in common, beside that one module or class offers them."""


def apply(fact: Fact, subject: Subject, page: Page) -> Iterator[Proposal | Remark]:
    """Adds the entry, together with those of other new names that belong to the same place."""
    for listing in listings(page):
        missing = _missing(subject, page, listing)
        forms = {offer.name: form for offer in missing if (form := _form(offer, subject, page, listing))}
        for at, names in placed([e.name for e in listing], list(forms), list(subject.offered_after)).items():
            if names[0] == fact.new:
                said = ", ".join(f"`{name}`" for name in names)
                reason = f"{said} {'is' if len(names) == 1 else 'are'} new, and this list holds all of the siblings."
                entries = [filled(forms[name], name) for name in names]
                start, text = inserted(page, listing, at, entries)
                yield Proposal(start, start, text, _SURE, reason)


def _missing(subject: Subject, page: Page, listing: Listing) -> Iterator[Offer]:
    """The new names whose siblings are all in the list, and of which the page does not speak yet."""
    names = {entry.name for entry in listing}
    if len(names) >= _FEWEST and names <= subject.offered.keys() and not page.is_history(*listing[0].span):
        for offer in subject.fresh:
            if _is_whole(offer, subject.offered.values(), names) and not page.speaks_of(offer.name):
                yield offer


def _is_whole(fresh: Offer, offered: Collection[Offer], names: Collection[str]) -> bool:
    """Whether the list holds all those, and enough, that have something in common with the new one."""
    groups = ([o.name for o in offered if alike(o) == alike(fresh)] for alike in _ALIKE)
    return any(len(group) >= _FEWEST and all(name in names for name in group) for group in groups)


def _form(fresh: Offer, subject: Subject, page: Page, listing: Listing) -> str:
    """The form of the entries of its kind; empty where they have none in common."""
    own = [entry for entry in listing if subject.offered[entry.name].what == fresh.what]
    return common_form(page, own) if len(own) >= _FEWEST and not _is_linked(page, listing) else ""


def _is_linked(page: Page, listing: Listing) -> bool:
    """Whether the entries lead somewhere: for a new one that place would have to be made first."""
    start, end = listing[0].span[0], listing[-1].span[1]
    return any(start <= link.destination[0] < end for link in page.layout.links)


_BASE = {"pkg/__init__.py": "def aa(): ...\ndef cc(): ...\ndef bb(): ...\n"}
_HEAD = {"pkg/__init__.py": "def aa(): ...\ndef cc(): ...\ndef bb(): ...\ndef bc(): ...\ndef bd(): ...\n"}

LISTED = Rule(
    name="listed",
    serves=frozenset({FactKind.ADDED}),
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
