"""The symbol, module or file that a fact is about: its names, and how certainly a mention on a page means it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from bot.agents.document_update.rules.page import Mention, Page, looks_like_code
from bot.agents.document_update.rules.surroundings import Surroundings
from bot.agents.document_update.rules.titles import title_mentions
from bot.domain import Fact, FactKind
from bot.languages.namespaces import ExportedName, Namespaces
from bot.languages.program import Program
from bot.languages.symbol_table import Definition, SymbolTable
from bot.languages.tokens import RemainingUse, Replacement

QUALIFIED = 0.97
SUFFIX = 0.93
UNIQUE = 0.9
SECTION = 0.85
AMBIGUOUS = 0.4
EDIT_THRESHOLD = 0.7
"""Minimum confidence of an edit, the fact's included; a proposal below it becomes a notice."""

NameStatus = Literal["gone", "deprecated", "alive"]
"""Whether the program at head still has a name."""

_OLD_NAME_REMOVED = frozenset({FactKind.RENAMED, FactKind.REMOVED})


@dataclass
class FactContext:
    """The symbol, module or file of a fact, looked up in both trees.

    `moves` maps the old path of each moved file to its new one; `siblings` are all facts of the change. For a name
    known only by its spelling, `replacement` says what replaced it, `status` whether the program at head still has it,
    and `remaining_uses` in which lines; `programs` are the program at base and all code at head. `namespaces` are those
    of base and head; `upcoming_version` is the next version of head.
    """

    fact: Fact
    base: SymbolTable
    head: SymbolTable
    moves: Mapping[str, str] = field(default_factory=dict)
    siblings: Sequence[Fact] = ()
    replacement: Replacement | None = None
    status: NameStatus = "gone"
    remaining_uses: Sequence[RemainingUse] = ()
    programs: tuple[Program, Program] | None = None
    namespaces: tuple[Namespaces, Namespaces] | None = None
    upcoming_version: str = ""

    @cached_property
    def bare(self) -> str:
        """The last part of the name at base."""
        return self.fact.symbol.rpartition(".")[2]

    @cached_property
    def bare_after(self) -> str:
        """The last part of the name at head; empty if the symbol is gone."""
        return (self.fact.symbol_after or "").rpartition(".")[2]

    @cached_property
    def spellings(self) -> frozenset[str]:
        """The bare names that docs may use for it; only the old one if that name was removed."""
        return frozenset({self.bare} if self.fact.kind in _OLD_NAME_REMOVED else {self.bare, self.bare_after})

    @cached_property
    def owner(self) -> str:
        """The bare name of a member's class; empty for anything else."""
        return self.fact.symbol.split(".")[-2] if self.is_member else ""

    @property
    def is_member(self) -> bool:
        return self.fact.what in ("method", "attribute")

    @cached_property
    def definition(self) -> Definition | None:
        """The symbol at base; None for a module or a file."""
        place = self.fact.before
        return self.base.definition_at(place.path, place.line, self.bare) if place and self._is_symbol else None

    @cached_property
    def successor(self) -> Definition | None:
        """The symbol at head; None if it is gone."""
        place = self.fact.after
        return self.head.definition_at(place.path, place.line, self.bare_after) if place and self._is_symbol else None

    @property
    def _is_symbol(self) -> bool:
        return self.fact.what not in ("module", "file")

    @cached_property
    def own_roots(self) -> frozenset[str]:
        """The top-level modules of the project, at both commits."""
        return self.base.roots | self.head.roots

    @cached_property
    def own_parts(self) -> frozenset[str]:
        """All parts of the project's module names, at both commits."""
        return frozenset(p for module in (*self.base.modules, *self.head.modules) for p in module.split("."))

    @cached_property
    def exports(self) -> Mapping[str, ExportedName]:
        """All exports of the symbol's module, class or package at base, by bare name."""
        return self._exports_of(0)

    @cached_property
    def exports_after(self) -> Mapping[str, ExportedName]:
        """All exports of the symbol's module, class or package at head, by bare name."""
        return self._exports_of(1)

    def _exports_of(self, side: int) -> Mapping[str, ExportedName]:
        if self.namespaces is None:
            return {}
        container = self.fact.symbol.rpartition(".")[0]
        is_module = self.fact.what == "module"
        return self.namespaces[side].submodules(container) if is_module else self.namespaces[side].exports(container)

    @cached_property
    def new_siblings(self) -> Sequence[ExportedName]:
        """The exports that were added beside the symbol, itself included."""
        container = self.fact.symbol.rpartition(".")[0]
        added = {f.new for f in self.siblings if f.kind is FactKind.ADDED and f.symbol.rpartition(".")[0] == container}
        return [export for name, export in self.exports_after.items() if name in added]

    @cached_property
    def names(self) -> frozenset[str]:
        """The dotted names at base."""
        return self.base.full_names(self.definition) if self.definition is not None else frozenset({self.fact.symbol})

    @cached_property
    def names_after(self) -> frozenset[str]:
        """The dotted names at head."""
        if self.successor is not None:
            return self.head.full_names(self.successor)
        return frozenset({self.fact.symbol_after} if self.fact.symbol_after else ())

    @cached_property
    def _all_names(self) -> frozenset[str]:
        return self.names if self.fact.kind in _OLD_NAME_REMOVED else self.names | self.names_after

    @cached_property
    def is_unique(self) -> bool:
        """Whether the bare name had one definition in the source at base."""
        return len(self.base.find_definitions(self.bare)) == 1

    @cached_property
    def is_gone(self) -> bool:
        """Whether the code at head no longer has the bare name, except in comments and docstrings."""
        return not self.head.is_used_in_code(self.bare)

    @cached_property
    def _is_unambiguous(self) -> bool:
        """Whether the bare name alone can only mean this symbol."""
        return self.is_unique and (self.is_gone or self.fact.kind not in _OLD_NAME_REMOVED)

    @cached_property
    def _is_common_word(self) -> bool:
        """Whether the bare name is an ordinary word, which alone proves little."""
        return re.fullmatch(r"[a-z]+|[A-Z]?[a-z]{1,3}", self.bare) is not None

    @cached_property
    def is_renamed_everywhere(self) -> bool:
        """Whether all functions with this parameter renamed it alike, and no code has the old name."""
        old = self.fact.old or ""
        renames = [f for f in self.siblings if f.kind is FactKind.PARAMETER_RENAMED and f.old == old]
        new_names = {f.new if f.confidence >= EDIT_THRESHOLD else None for f in renames}
        lost = any(f.kind is FactKind.PARAMETER_REMOVED and f.old == old for f in self.siblings)
        return (
            len(new_names) == 1
            and None not in new_names
            and not lost
            and looks_like_code(old)
            and not self.head.is_used_in_code(old)
        )

    @cached_property
    def surroundings(self) -> Surroundings:
        """The changed code around a name that is known only by its spelling."""
        contexts = self.replacement.contexts if self.replacement is not None else ()
        is_deprecated = self.status == "deprecated"
        return Surroundings(self.fact.old or "", contexts, self.remaining_uses, is_deprecated=is_deprecated)

    # -------------------------------------------------------------- mentions

    def appears_on(self, page: Page) -> bool:
        """Return whether a page contains a bare name of the symbol; other pages cannot mention it."""
        return any(page.holds(name) for name in self.spellings)

    def certainty(self, mention: Mention, page: Page) -> float:
        """Return the certainty that a mention of the bare name means this symbol, from 0 to 1."""
        usage = mention.usage
        if usage.name not in self.spellings or usage.local or usage.role == "keyword":
            return 0.0
        if usage.meaning in self._all_names and ("." in usage.meaning or usage.known):
            return QUALIFIED
        if not self._is_symbol:
            return 0.0
        if usage.known or ("." in usage.meaning and usage.meaning.partition(".")[0] in self.base.roots):
            return QUALIFIED if self._reaches(usage.meaning) else 0.0
        if "." in usage.meaning:
            return self._by_suffix(usage.meaning, mention, page)
        return self._by_name(mention, page)

    def call_certainty(self, mention: Mention, page: Page) -> float:
        """Return the certainty that a keyword belongs to a call of this symbol, from 0 to 1."""
        usage = mention.usage
        if usage.role != "keyword" or usage.local:
            return 0.0
        called = replace(usage, name=usage.owner.rpartition(".")[2], meaning=usage.owner, role="call")
        certainty = self.certainty(replace(mention, usage=called), page)
        foreign = usage.known and usage.owner.partition(".")[0] not in self.base.roots
        return max(certainty, SECTION) if self.is_renamed_everywhere and not foreign else certainty

    def _reaches(self, meaning: str) -> bool:
        """Return whether a full name resolves to this symbol, perhaps through a subclass."""
        if self.definition is None or not self.is_member:
            return False
        holder = self.base.resolve(meaning.rpartition(".")[0])
        return holder is not None and self.base.find_inherited(holder, self.bare) == self.definition

    def _by_suffix(self, meaning: str, mention: Mention, page: Page) -> float:
        """Return the certainty for `Class.method` and `module.function`; for a member, also `something.method`."""
        if any(name.endswith("." + meaning) for name in self._all_names):
            rivals = (d for d in self.base.find_definitions(self.bare) if d != self.definition)
            return (
                AMBIGUOUS if any(n.endswith("." + meaning) for d in rivals for n in self.base.full_names(d)) else SUFFIX
            )
        head = meaning.partition(".")[0]
        if not self.is_member or meaning.count(".") > 1 or head[:1].isupper():
            return 0.0
        named = bool(_name_parts(head) & _name_parts(self.owner)) or self.in_section(page, mention.usage.start)
        if self._is_unambiguous and (named or (head != "?" and not self._is_common_word)):
            return SECTION if named else 0.8
        return AMBIGUOUS if named else 0.0

    def _by_name(self, mention: Mention, page: Page) -> float:
        usage = mention.usage
        if not mention.is_parsed and not looks_like_code(self.bare):
            return 0.0
        if self.is_member and mention.where == "block":
            return 0.0  # in an example, a bare name is not a member
        in_section = self.in_section(page, usage.start)
        if self._is_common_word and not (in_section or (usage.is_call and not self.is_member)):
            return 0.0
        if self._is_unambiguous:
            return SECTION if self.is_member else UNIQUE
        return AMBIGUOUS if in_section or not self._is_common_word else 0.0

    def in_section(self, page: Page, offset: int) -> bool:
        """Return whether the section's titles contain the symbol, or the class of a member."""
        part = page.part(offset)
        if part.symbol is not None:
            holder = self.owner_class if self.is_member else self.successor
            return _is_doc_comment_of(holder, page, part.symbol) or _is_doc_comment_of(
                holder, page, part.symbol.rpartition(".")[0]
            )
        wanted = self.owner or self.bare
        return any(title_mentions(title, wanted) for title in part.titles)

    def owns_section(self, page: Page, offset: int) -> bool:
        """Return whether the section is about the symbol itself: by its own title, or as its doc comment."""
        part = page.part(offset)
        if part.symbol is not None:
            return _is_doc_comment_of(self.successor, page, part.symbol)
        return bool(part.titles) and any(title_mentions(part.titles[-1], name) for name in self.spellings if name)

    def in_owner_section(self, page: Page, offset: int) -> bool:
        """Return whether the section is the doc comment of the symbol's class."""
        symbol = page.part(offset).symbol
        return symbol is not None and _is_doc_comment_of(self.owner_class, page, symbol)

    def has_parameter(self, parameter: str) -> bool:
        """Return whether the symbol at head has this parameter, perhaps marked as unused by underscores."""
        parameters = self.successor.symbol.parameters if self.successor is not None else None
        return any(p.name.lstrip("_") == parameter for p in parameters or ())

    @cached_property
    def owner_class(self) -> Definition | None:
        """The class at head that has or had the symbol as a member."""
        if not self.is_member:
            return None
        found = self.head.resolve(self.fact.symbol.rpartition(".")[0])
        return found if found is not None and found.symbol.what == "class" else None


def _is_doc_comment_of(definition: Definition | None, page: Page, symbol: str) -> bool:
    """Return whether a doc comment in a page's file belongs to a definition."""
    return definition is not None and definition.path == page.path and definition.symbol.name == symbol


def _name_parts(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
