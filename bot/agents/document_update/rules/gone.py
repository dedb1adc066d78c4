"""Delete the rows about a name that was removed without a successor, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.removed import is_removable, lead_text, whole_lines
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.agents.document_update.rules.successors import likely_successor, removal_reason
from bot.domain import Fact, FactKind
from bot.formats.format import Row
from bot.languages.program import looks_like_identifier
from bot.languages.tokens import STANDARD_MODULES

_CONFIDENCE = 0.85
_ROW_NAME = re.compile(r"[`*.~!@:\"'\s]*(?P<path>[\w$-]+(?:(?:\.|::|#)[\w$-]+)*)[\"']?\s*(?P<rest>.*)", re.S)
_NO_CODE = re.compile(r":(?:ref|doc|term|pep|rfc|issue|pr|numref):")
_MARKUP = re.compile(r"\.\. [\w:.+-]+::|:\w+:|[\s`*+|0-9.)\[:~!>\"'-]")
_REMOVAL_NOTE = re.compile(r"(?<!be )\b(?:removed|renamed|replaced)\b|\b(?:formerly|no longer|used to be)\b", re.I)
_HISTORY = re.compile(r"change ?log|release|histor|migrat|upgrad|what'?s new|removed", re.I)
_ENTRY = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+\[`?(?P<path>[\w$.-]+)`?\]\(#[^)]*\)\s*")


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Delete the list items, table rows, API directives and contents entries about the name."""
    old = fact.old or ""
    with_successor = _context_with_successor(old, context)
    for row in page.layout.rows:
        if _is_about(page, row, old) and is_removable(page, row) and not _is_historical(page, row):
            if with_successor is not None:
                yield Hint(row.span[0], _CONFIDENCE, removal_reason(with_successor))
            else:
                yield Proposal(*whole_lines(page, row), "", _CONFIDENCE, f"`{old}` was removed from the code.")


def _context_with_successor(old: str, context: FactContext) -> FactContext | None:
    """Return the context of a removed symbol of that name that may have a successor."""
    removed = (f for f in context.siblings if f.kind is FactKind.REMOVED and f.symbol.rpartition(".")[2] == old)
    return next((s for f in removed if likely_successor(s := replace(context, fact=f)) is not None), None)


def _is_historical(page: Page, row: Row) -> bool:
    """Return whether the row itself or its section is about the past."""
    titles = page.part(row.span[0]).titles
    return _REMOVAL_NOTE.search(page.text(row.span)) is not None or any(_HISTORY.search(title) for title in titles)


def _is_about(page: Page, row: Row, old: str) -> bool:
    """Return whether the row starts with the name, alone, called or qualified."""
    entry = _ENTRY.fullmatch(page.text(row.span))
    if entry is not None:
        return entry["path"] == old and looks_like_identifier(old)
    if row.subject is None:
        return False
    if old.startswith("-"):
        return _is_option(page.text((row.span[0], row.subject[1])), old)
    named = _ROW_NAME.fullmatch(page.text(row.subject))
    if named is None:
        return False
    last = re.split(r"\.|::|#", named["path"])[-1]
    if named["path"] != old and (last != old or "-" in old):  # a dash makes it a file's suffix, not a member
        return False
    if re.split(r"\.|::", named["path"])[0] in STANDARD_MODULES:
        return False
    if not re.match(r"[(<\[=,:{/]|$", named["rest"]) or not (
        looks_like_identifier(old) or named["rest"][:1] in ("", "(")
    ):
        return False
    lead = lead_text(page, row, row.subject[0])
    return not _NO_CODE.search(lead) and not _MARKUP.sub("", lead)


def _is_option(lead: str, old: str) -> bool:
    """Return whether a row starts with an option, optionally after its short form and before its value."""
    return re.fullmatch(rf"[\s`*+|-]*(?:-\w`?(?:,|\s|/|\|)+`?)?{re.escape(old)}(?:[ =]\S+)?", lead) is not None


_FLAGS = 'package a\n\nfunc f() {{\n\t{}\n\tc.Flags().Int("depth", 1, "How deep")\n}}\n'

GONE = Rule(
    name="gone",
    fact_kinds=frozenset({FactKind.NAME_GONE, FactKind.INTERFACE_REMOVED}),
    apply=apply,
    examples=(
        RuleExample(
            "the row of a removed option, in any language",
            base={"src/args.rs": 'fn flags() { flag("noIgnore"); flag("onlyMatching"); }\n'},
            head={"src/args.rs": 'fn flags() { flag("onlyMatching"); }\n'},
            doc="- `noIgnore`: all files\n- `onlyMatching`: only these\n\nSee `noIgnore`.\n",
            becomes="- `onlyMatching`: only these\n\nSee `noIgnore`.\n",
        ),
        RuleExample(
            "the row of an option, with its short form and its value",
            base={"a.go": _FLAGS.format('c.Flags().Int("max-size", 1, "Size")')},
            head={"a.go": _FLAGS.format("")},
            doc="- `-m, --max-size <n>`: size\n- `--depth`: how deep\n- `--min-size`: size\n",
            becomes="- `--depth`: how deep\n- `--min-size`: size\n",
        ),
    ),
)
