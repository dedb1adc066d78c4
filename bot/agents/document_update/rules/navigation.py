"""Update the navigation entries of a moved page, and delete those of a deleted one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.agents.document_update.rules.fact_context import QUALIFIED, FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.removed import is_removable, whole_lines
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.formats.format import Link, NavEntry, Row
from bot.languages.symbol_table import SymbolTable

_SUFFIXES = (".md", ".mdx", ".rst", ".ipynb", ".markdown", ".txt", ".adoc")
_NUMBERED = re.compile(r"(?:^|/)\d+\s*[-_.]")
"""A numbered folder or file; a generator may drop the number from the page's name."""
_ID = re.compile(rb"\A---\r?\n(?:[^\n]*\n){0,50}?id:[ \t]*([\"']?)([\w.-]+)\1[ \t]*\r?\n")
"""A page's own ID in its front matter."""


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Fix the entries that the change breaks, unless the page's new name is uncertain."""
    path_at_base = {after: before for before, after in context.moves.items()}.get(page.path, page.path)
    for entry in page.layout.entries if _may_have_entries(page) else ():
        written = page.text(entry.target)
        for root in entry.roots if fact.symbol_after == page.path or _may_match(written, fact.symbol) else ():
            before = _EntryResolver(path_at_base, root, entry.suffix_is_optional, context.base)
            after = _EntryResolver(page.path, root, entry.suffix_is_optional, context.head)
            old = before.resolve(written, fact.symbol)
            if old is None or (fact.symbol != old and fact.symbol_after != page.path):
                continue
            if after.resolve(written, context.moves.get(old, "")) is None:
                yield from _fix_entry(old, entry, after, context, page)
    if fact.kind is FactKind.PAGE_REMOVED and posixpath.basename(fact.symbol).encode() in page.data:
        yield from _remove_links(fact, page)


def _may_have_entries(page: Page) -> bool:
    """Return quickly whether a page may have entries; most have none."""
    return page.format.is_navigation or b"toctree" in page.data or b":doc:" in page.data


def _may_match(written: str, path: str) -> bool:
    """Return quickly whether an entry may mean a file: its name, or its folder, is the same."""
    folder, name = posixpath.split(path)
    return posixpath.splitext(name)[0] in written or folder.endswith(posixpath.dirname(written))


def _fix_entry(
    old: str, entry: NavEntry, resolver: _EntryResolver, context: FactContext, page: Page
) -> Iterator[Proposal | Hint]:
    new = context.moves.get(old, old if context.head.has_file(old) else "")
    new_text = resolver.format_path(new, page.text(entry.target)) if new else ""
    listed = new_text in (page.text(other.target) for other in page.layout.entries if other.removable is not None)
    reason = f"`{old}` is now `{new}`." if new else f"`{old}` was deleted."
    if new_text and not (listed and entry.removable is not None):
        yield Proposal(*entry.target, new_text, QUALIFIED, reason)
    elif (new_text or not new) and entry.removable is not None:
        yield Proposal(*entry.removable, "", QUALIFIED, reason)
    elif not new:
        yield Hint(entry.target[0], QUALIFIED, reason)


@dataclass(frozen=True, slots=True)
class _EntryResolver:
    """Resolves the entries of a page in one tree: relative to which folder, and whether without suffixes."""

    page: str
    root: str
    bare: bool
    tree: SymbolTable

    def resolve(self, written: str, candidate: str = "") -> str | None:
        """Return the file that an entry points to, by its path, or the candidate if its own ID matches."""
        path = posixpath.normpath(posixpath.join(self._folder(written), written.lstrip("/")))
        suffixes = ("", *_SUFFIXES) if self.bare else ("",)
        found = next((path + suffix for suffix in suffixes if self.tree.has_file(path + suffix)), None)
        if (
            found is None
            and candidate
            and self.tree.has_file(candidate)
            and self.format_path(candidate, written) == written
        ):
            return candidate
        return found

    def format_path(self, path: str, like: str) -> str:
        """Return a file's path in the form of an entry; empty if the form is unknown."""
        shown = posixpath.relpath(path, self._folder(like) or ".")
        if shown.startswith("../") and (self._is_site or like.startswith("/")):
            return ""
        if self.bare and not like.endswith(_SUFFIXES):
            stem, suffix = posixpath.splitext(shown)
            if suffix not in _SUFFIXES or (_NUMBERED.search(stem) and not _NUMBERED.search(like)):
                return ""
            own = _ID.match(self.tree.content(path)) if self._is_site else None
            shown = posixpath.join(posixpath.dirname(stem), own[2].decode()) if own else stem
        if like.startswith("/"):
            return "/" + shown
        return "./" + shown if like.startswith("./") and not shown.startswith(".") else shown

    @property
    def _is_site(self) -> bool:
        """Whether paths are relative to a folder of pages, rather than to the page with the entry."""
        return self.root != "."

    def _folder(self, written: str) -> str:
        folder = posixpath.dirname(self.page)
        if not written.startswith("/"):
            return posixpath.normpath(posixpath.join(folder, self.root))
        while folder and not self.tree.has_file(f"{folder}/conf.py"):  # relative to Sphinx's configuration
            folder = posixpath.dirname(folder)
        return folder


def _remove_links(fact: Fact, page: Page) -> Iterator[Proposal]:
    """Delete the list items that contain only a link to the page."""
    for link in page.layout.links:
        target = posixpath.join(posixpath.dirname(page.path), page.text(link.destination).partition("#")[0])
        if posixpath.normpath(target) == fact.symbol and not link.anchor:
            rows = (r for r in page.layout.rows if r.kind == "item" and r.span[0] < link.destination[0] < r.span[1])
            row = max(rows, key=lambda r: r.span[0], default=None)
            if row is not None and _is_only_link(page, row, link) and is_removable(page, row):
                yield Proposal(*whole_lines(page, row), "", QUALIFIED, f"`{fact.symbol}` was deleted.")


def _is_only_link(page: Page, row: Row, link: Link) -> bool:
    ahead, rest = page.text((row.span[0], link.destination[0])), page.text((link.destination[1], row.span[1]))
    return re.fullmatch(r"\s*[-*+]\s+\[[^\]\n]*\]\(", ahead) is not None and rest.strip() == ")"


NAVIGATION = Rule(
    name="navigation",
    fact_kinds=frozenset({FactKind.FILE_MOVED, FactKind.PAGE_REMOVED}),
    apply=apply,
    examples=(
        RuleExample(
            "the entries of moved pages, and of a deleted one",
            base={"docs/a.rst": "A\n", "docs/b.rst": "B of this\n", "docs/c.rst": "C of that\n"},
            head={"docs/a.rst": "A\n", "docs/deep/d.rst": "B of this\n"},
            doc="- [A](a.rst)\n- [C](c.rst)\n- [C](c.rst), see there\n\n```{toctree}\nOf b <b>\nc\na\n```\n",
            becomes="- [A](a.rst)\n- [C](c.rst), see there\n\n```{toctree}\nOf b <deep/d>\na\n```\n",
        ),
    ),
)
