"""What is new gets its entry in the lists that hold all of its siblings, where these show its form and its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from bot.agents.document_update.rules.fact_context import Subject
from bot.agents.document_update.rules.listing import Listing, common_form, filled, inserted, listings, placed
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Proposal, Remark, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.languages.namespaces import Offer

_SURE = 0.85
_FEWEST = 3
"""Siblings that have to be listed, and that have to show the form."""
_Alike = Callable[[Offer], object]
_ALIKE: tuple[_Alike, ...] = (
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
        if not any(offer.name == fact.new for offer in missing):
            continue
        form_of = {kind: _form(kind, subject, page, listing) for kind in {offer.what for offer in missing}}
        forms = {offer.name: form_of[offer.what] for offer in missing if form_of[offer.what]}
        for at, names in placed([e.name for e in listing], list(forms), list(subject.offered_after)).items():
            if names[0] == fact.new:
                said = ", ".join(f"`{name}`" for name in names)
                reason = f"{said} {'is' if len(names) == 1 else 'are'} new, and this list holds all of the siblings."
                entries = [filled(forms[name], name) for name in names]
                start, text = inserted(page, listing, at, entries)
                yield Proposal(start, start, text, _SURE, reason)


def _missing(subject: Subject, page: Page, listing: Listing) -> Sequence[Offer]:
    """The new names whose siblings are all in the list, and of which the page does not speak yet."""
    names = {entry.name for entry in listing}
    if len(names) < _FEWEST or not names <= subject.offered.keys() or page.is_history(*listing[0].span):
        return ()
    groups = [(alike, _whole_groups(alike, subject.offered.values(), names)) for alike in _ALIKE]
    whole = [offer for offer in subject.fresh if any(alike(offer) in group for alike, group in groups)]
    return [offer for offer in whole if not page.speaks_of(offer.name)]


def _whole_groups(alike: _Alike, offered: Iterable[Offer], names: Collection[str]) -> frozenset[object]:
    """What siblings have in common of which the list holds all, and enough."""
    listed, others = Counter[object](), set()
    for offer in offered:
        if offer.name in names:
            listed[alike(offer)] += 1
        else:
            others.add(alike(offer))
    return frozenset(common for common, count in listed.items() if count >= _FEWEST and common not in others)


def _form(kind: str, subject: Subject, page: Page, listing: Listing) -> str:
    """The form of the entries of a kind; empty where they have none in common."""
    own = [entry for entry in listing if subject.offered[entry.name].what == kind]
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
