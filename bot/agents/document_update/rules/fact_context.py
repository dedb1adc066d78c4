"""What a fact speaks of: its names at both commits, and how sure a mention on a page means it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from bot.agents.document_update.rules.page import Mention, Page, looks_like_code
from bot.agents.document_update.rules.surroundings import Surroundings
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
"""A proposal below this, the fact's confidence counted in, becomes a notice."""

NameStatus = Literal["gone", "deprecated", "alive"]
"""Whether a name still stands in the program at head."""

_OLD_NAME_REMOVED = frozenset({FactKind.RENAMED, FactKind.REMOVED})


@dataclass
class FactContext:
    """The symbol, module or file of a fact, looked up in both trees.

    `moves` are all the files that the change moved, old path → new path; `siblings` all its facts. Of a name known by
    its spelling alone, `replacement` says what became of it, `status` whether it is left in the program at head, and
    `standing` in which lines; `programs` are the program at base, and all code at head.
    `around` are the namespaces of both trees, `upcoming_version` is the version that head is on the way to.
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
        """The last part of the name at head; empty where the symbol is gone."""
        return (self.fact.symbol_after or "").rpartition(".")[2]

    @cached_property
    def spellings(self) -> frozenset[str]:
        """The bare names under which docs may speak of it: of a name that goes, only that one."""
        return frozenset({self.bare} if self.fact.kind in _OLD_NAME_REMOVED else {self.bare, self.bare_after})

    @cached_property
    def owner(self) -> str:
        """The bare name of the class that holds a member; empty for anything else."""
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
        """The symbol at head; None where it is gone."""
        place = self.fact.after
        return self.head.definition_at(place.path, place.line, self.bare_after) if place and self._is_symbol else None

    @property
    def _is_symbol(self) -> bool:
        return self.fact.what not in ("module", "file")

    @cached_property
    def own_roots(self) -> frozenset[str]:
        """The first parts of the names of the project's own modules, at both commits."""
        return self.base.roots | self.head.roots

    @cached_property
    def own_parts(self) -> frozenset[str]:
        """All parts of the names of the project's own modules, at both commits."""
        return frozenset(p for module in (*self.base.modules, *self.head.modules) for p in module.split("."))

    @cached_property
    def exports(self) -> Mapping[str, ExportedName]:
        """What stood beside the symbol at base, by bare name: all that its module, class or package offered."""
        return self._exports_of(0)

    @cached_property
    def exports_after(self) -> Mapping[str, ExportedName]:
        """What stands beside it at head."""
        return self._exports_of(1)

    def _exports_of(self, side: int) -> Mapping[str, ExportedName]:
        if self.namespaces is None:
            return {}
        container = self.fact.symbol.rpartition(".")[0]
        is_module = self.fact.what == "module"
        return self.namespaces[side].submodules(container) if is_module else self.namespaces[side].exports(container)

    @cached_property
    def new_siblings(self) -> Sequence[ExportedName]:
        """What is new beside it and is of its kind, itself among them."""
        container, after = self.fact.symbol.rpartition(".")[0], self.exports_after
        added = {f.new for f in self.siblings if f.kind is FactKind.ADDED and f.symbol.rpartition(".")[0] == container}
        return [offer for name, offer in after.items() if name in added]

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
        """Whether the bare name stands nowhere in the code at head, comments and docstrings aside."""
        return not self.head.is_used_in_code(self.bare)

    @cached_property
    def _is_unambiguous(self) -> bool:
        """Whether the bare name alone can only mean this."""
        return self.is_unique and (self.is_gone or self.fact.kind not in _OLD_NAME_REMOVED)

    @cached_property
    def _is_common_word(self) -> bool:
        """A plain word, which alone says little."""
        return re.fullmatch(r"[a-z]+|[A-Z]?[a-z]{1,3}", self.bare) is not None

    @cached_property
    def is_renamed_everywhere(self) -> bool:
        """Whether a parameter's old name is gone from the code, and all that had it agree on the new one."""
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
        """Of a name known by its spelling alone, what the code that changed tells of it."""
        spots = self.replacement.contexts if self.replacement is not None else ()
        is_deprecated = self.status == "deprecated"
        return Surroundings(self.fact.old or "", spots, self.remaining_uses, is_deprecated=is_deprecated)

    # -------------------------------------------------------------- mentions

    def appears_on(self, page: Page) -> bool:
        """Whether a page holds a bare name of it; any other page can neither mention it nor have a section about it."""
        return any(page.holds(name) for name in self.spellings)

    def certainty(self, mention: Mention, page: Page) -> float:
        """How sure it is that a mention of the bare name means this, from 0 (another thing) to 1."""
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
        """How sure it is that a keyword's call is a call of this."""
        usage = mention.usage
        if usage.role != "keyword" or usage.local:
            return 0.0
        called = replace(usage, name=usage.owner.rpartition(".")[2], meaning=usage.owner, role="call")
        sure = self.certainty(replace(mention, usage=called), page)
        foreign = usage.known and usage.owner.partition(".")[0] not in self.base.roots
        return max(sure, SECTION) if self.is_renamed_everywhere and not foreign else sure

    def _reaches(self, meaning: str) -> bool:
        """Whether a full name comes to this symbol, perhaps through a class that inherits it."""
        if self.definition is None or not self.is_member:
            return False
        holder = self.base.resolve(meaning.rpartition(".")[0])
        return holder is not None and self.base.find_inherited(holder, self.bare) == self.definition

    def _by_suffix(self, meaning: str, mention: Mention, page: Page) -> float:
        """`Class.method` and `module.function`; for a member also `something.method`."""
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
            return 0.0  # a bare name in an example is no member of anything
        in_section = self.in_section(page, usage.start)
        if self._is_common_word and not (in_section or (usage.is_call and not self.is_member)):
            return 0.0
        if self._is_unambiguous:
            return SECTION if self.is_member else UNIQUE
        return AMBIGUOUS if in_section or not self._is_common_word else 0.0

    def in_section(self, page: Page, offset: int) -> bool:
        """Whether the section's titles name the symbol, or for a member its class."""
        part = page.part(offset)
        if part.symbol is not None:
            holder = self.owner_class if self.is_member else self.successor
            return _is_doc_comment_of(holder, page, part.symbol) or _is_doc_comment_of(
                holder, page, part.symbol.rpartition(".")[0]
            )
        wanted = self.owner or self.bare
        return any(title_mentions(title, wanted) for title in part.titles)

    def owns_section(self, page: Page, offset: int) -> bool:
        """Whether the section is about the symbol itself: its own title names it, or it is its doc comment."""
        part = page.part(offset)
        if part.symbol is not None:
            return _is_doc_comment_of(self.successor, page, part.symbol)
        return bool(part.titles) and any(title_mentions(part.titles[-1], name) for name in self.spellings if name)

    def in_owner_section(self, page: Page, offset: int) -> bool:
        """Whether it is the doc comment of the class that the symbol is a member of."""
        symbol = page.part(offset).symbol
        return symbol is not None and _is_doc_comment_of(self.owner_class, page, symbol)

    def has_parameter(self, parameter: str) -> bool:
        """Whether the symbol at head has a parameter of that name, perhaps marked as one that it does not use."""
        taken = self.successor.symbol.parameters if self.successor is not None else None
        return any(p.name.lstrip("_") == parameter for p in taken or ())

    @cached_property
    def owner_class(self) -> Definition | None:
        """The class at head of which the symbol is or was a member."""
        if not self.is_member:
            return None
        found = self.head.resolve(self.fact.symbol.rpartition(".")[0])
        return found if found is not None and found.symbol.what == "class" else None


def _is_doc_comment_of(definition: Definition | None, page: Page, symbol: str) -> bool:
    """Whether a page is the file of a definition, and a name there is its own."""
    return definition is not None and definition.path == page.path and definition.symbol.name == symbol


def title_mentions(title: str, name: str) -> bool:
    """Whether a title speaks of a name; a plain word must be nearly all of it."""
    if looks_like_code(name) or name[:1].isupper():
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title) is not None
    around = r"(?:the |an? |class |function |method |def )*"
    return (
        re.fullmatch(rf"{around}(?:[\w.]+\.)?{re.escape(name)}(?:\(.*)?(?: function| method| class)?", title)
        is not None
    )


def _name_parts(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
