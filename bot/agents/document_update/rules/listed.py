"""Add a new name to the lists that contain all its siblings, if they show its form and place."""

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
"""Siblings that must be listed, and must show the form."""
_GroupKey = Callable[[ExportedName], object]
_GROUP_KEYS: tuple[_GroupKey, ...] = (
    lambda export: "",
    lambda export: export.what,
    lambda export: export.path,
    lambda export: (export.path, export.what),
    lambda export: export.symbol.bases if export.symbol is not None and export.symbol.bases else export.name,
)
"""What the siblings in a list may have in common, besides the module or class that exports them."""


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Add the entry, together with other new names that belong at the same place."""
    for listing in listings(page):
        missing = _missing_names(context, page, listing)
        if not any(export.name == fact.new for export in missing):
            continue
        template_of = {
            kind: _entry_template(kind, context, page, listing) for kind in {export.what for export in missing}
        }
        templates = {export.name: template_of[export.what] for export in missing if template_of[export.what]}
        for at, names in insert_positions(
            [e.name for e in listing], list(templates), list(context.exports_after)
        ).items():
            if names[0] == fact.new:
                listed = ", ".join(f"`{name}`" for name in names)
                reason = f"{listed} {'is' if len(names) == 1 else 'are'} new, and this list has all their siblings."
                entries = [fill_template(templates[name], name) for name in names]
                start, text = insertion(page, listing, at, entries)
                yield Proposal(start, start, text, _CONFIDENCE, reason)


def _missing_names(context: FactContext, page: Page, listing: Listing) -> Sequence[ExportedName]:
    """Return the new names whose siblings are all in the list, and that the page does not mention yet."""
    names = {entry.name for entry in listing}
    if len(names) < _MIN_SIBLINGS or not names <= context.exports.keys() or page.is_historical(*listing[0].span):
        return ()
    groups = [(key, _complete_groups(key, context.exports.values(), names)) for key in _GROUP_KEYS]
    complete = [export for export in context.new_siblings if any(key(export) in group for key, group in groups)]
    return [export for export in complete if not page.refers_to(export.name)]


def _complete_groups(
    group_key: _GroupKey, exports: Iterable[ExportedName], names: Collection[str]
) -> frozenset[object]:
    """Return the group keys of which the list has all siblings, and at least `_MIN_SIBLINGS`."""
    listed, others = Counter[object](), set()
    for export in exports:
        if export.name in names:
            listed[group_key(export)] += 1
        else:
            others.add(group_key(export))
    return frozenset(common for common, count in listed.items() if count >= _MIN_SIBLINGS and common not in others)


def _entry_template(kind: str, context: FactContext, page: Page, listing: Listing) -> str:
    """Return the template that the entries of a kind share; empty if there is none."""
    own = [entry for entry in listing if context.exports[entry.name].what == kind]
    return common_template(page, own) if len(own) >= _MIN_SIBLINGS and not _is_linked(page, listing) else ""


def _is_linked(page: Page, listing: Listing) -> bool:
    """Return whether the entries are links; the target of a new one may not exist."""
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
            "an alphabetical list with all siblings, and one without",
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
