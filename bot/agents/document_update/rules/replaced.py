"""Update the mentions of a name that another one replaced in the code, in any language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.occurrences import Occurrence, OccurrenceFinder
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.qualified_names import is_removed
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.agents.document_update.rules.surroundings import ASSIGNMENT_SIGNS
from bot.agents.document_update.rules.titles import title_mentions
from bot.domain import Fact, FactKind
from bot.languages.program import is_negation, looks_like_identifier
from bot.languages.tokens import STANDARD_MODULES, Replacement

SURE, LIKELY, FAIR = 0.86, 0.82, 0.78
_NEGATION = {"True": "False", "False": "True", "true": "false", "false": "true"}
_SYMBOL_KINDS = frozenset([FactKind.RENAMED, FactKind.PARAMETER_RENAMED])
_MEMBERS = ("method", "attribute")
_COLUMN_GAP = re.compile(rb"`*( {2,})(?=\S)")


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the name where the code leaves no doubt: it is gone, or used like the code that changed."""
    replacement = context.replacement
    around = context.surroundings
    if replacement is None or around.is_local or (context.status == "alive" and not around.may_show(page)):
        return
    finder = OccurrenceFinder(page)
    decided = [
        (occurrence, certainty)
        for occurrence in finder.find(replacement.old)
        if not needs_no_edit(page, occurrence, replacement.new)
        and not _is_foreign(finder, occurrence, context)
        and (certainty := _certainty(finder, occurrence, replacement.old, context))
        and not _is_other_symbol(finder, occurrence, context)
    ]
    if not decided:
        return
    foreign = {
        page.line_number(s.start)
        for s in finder.find(replacement.old)
        if s.example and _is_other_symbol(finder, s, context)
    }
    decided = [(s, certainty) for s, certainty in decided if page.line_number(s.start) not in foreign]
    decided += _example_variables(finder, decided, context)
    if context.status == "alive":
        decided = _complete_lines(finder, decided, replacement)
    for occurrence, certainty in decided:
        if is_removed(occurrence, replacement.old, replacement.new, context):
            yield Hint(occurrence.start, certainty, f"`{replacement.old}` is now `{replacement.new}`.")
            continue
        yield from _rename(page, finder, occurrence, replacement, certainty)


def needs_no_edit(page: Page, occurrence: Occurrence, new: str) -> bool:
    """Return whether the text is about the past or has the new name already; an ordinary word must be code."""
    sign = rb"\s*=" if occurrence.example is not None else rb""
    known = re.compile(rb"(?<![\w-])%b(?![\w-])%b" % (re.escape(new.encode()), sign))
    found = list(known.finditer(page.data, *page.line_span(occurrence.start)))
    if occurrence.example is None and re.fullmatch(r"[a-z]+", new):
        found = [m for m in found if _is_code(page, m)]
    if found and (occurrence.example is None or occurrence.right == "="):
        return True
    if occurrence.example is not None:
        return page.is_historical_example(occurrence.example)
    return page.is_historical(occurrence.start, occurrence.end)


def _is_code(page: Page, found: re.Match[bytes]) -> bool:
    """Return whether a match is in inline code, or beside a backtick or `=` that the parser does not see as code."""
    start, end = found.span()
    beside = page.data[max(0, start - 1) : start] + page.data[end : end + 1]
    return b"`" in beside or b"=" in beside or any(a <= start < b for a, b in page.layout.codes)


def _rename(
    page: Page, finder: OccurrenceFinder, occurrence: Occurrence, replacement: Replacement, certainty: float
) -> Iterator[Proposal]:
    """Replace the name, a boolean that it negated, and the gap to the next column of a hand-drawn table."""
    old, new = replacement.old, replacement.new
    reason = f"`{old}` is now `{new}`."
    if is_negation(old, new):
        flag = finder.boolean_value(occurrence)
        if flag is None:
            return
        yield Proposal(*flag, _NEGATION[page.text(flag)], certainty, reason)
    gap = _COLUMN_GAP.match(page.data, occurrence.end) if occurrence.raw else None
    longer = len(new) - len(old)
    if gap is not None and len(gap[1]) - longer > 1:
        yield Proposal(*gap.span(1), " " * (len(gap[1]) - longer), certainty, reason)
    target = finder.link_target(occurrence, old)
    if target is not None:
        yield Proposal(*target, new, certainty, reason)
    yield Proposal(occurrence.start, occurrence.end, new, certainty, reason)


# ------------------------------------------------------------------ certainty


def _certainty(finder: OccurrenceFinder, occurrence: Occurrence, old: str, context: FactContext) -> float:
    """Return the certainty from the code alone, without the mention that the change's language reads there."""
    if occurrence.where == "link" or (occurrence.where == "other" and not finder.is_text(occurrence)):
        return 0.0
    if finder.defines(occurrence, old):
        return 0.0
    own = finder.assigns(occurrence, old) and occurrence.right != "="
    if context.status != "alive" and (looks_like_identifier(old) or old[:1].isupper()):
        if finder.is_output(occurrence) and occurrence.right not in ("=", "("):
            return 0.0
        return SURE if not own or context.surroundings.matches_changed_code(occurrence) else 0.0
    if not occurrence.in_code or finder.is_comment(occurrence):
        return 0.0
    return _ambiguous_certainty(finder, occurrence, old, context, own=own)


def _ambiguous_certainty(
    finder: OccurrenceFinder, occurrence: Occurrence, old: str, context: FactContext, *, own: bool
) -> float:
    """Return the certainty of an ordinary word, or of a name that still exists elsewhere, in code."""
    around = context.surroundings
    is_passed = occurrence.right in ASSIGNMENT_SIGNS and occurrence.callee in around.callees
    if is_passed or _is_member(finder, occurrence, around.owners):
        return FAIR
    if context.status == "gone" or not finder.is_output(occurrence):
        beside = around.matches_changed_code(occurrence) and (not own or not occurrence.left)
        if beside and (context.status == "gone" or not around.matches_remaining_code(occurrence)):
            return FAIR
    if context.status == "alive" or own or _is_defined_here(finder, occurrence):
        return 0.0
    if context.status == "deprecated" and finder.is_output(occurrence):
        return 0.0
    return 0.0 if finder.is_in_prose(old) or (occurrence.alone and around.is_parameter) else LIKELY


def _is_other_symbol(finder: OccurrenceFinder, occurrence: Occurrence, context: FactContext) -> bool:
    """Return whether the language of the change sees another symbol there, or text that its own rule leaves alone."""
    certain = [f for f in context.siblings if f.old == context.fact.old and f.kind in _SYMBOL_KINDS]
    qualified = occurrence.example is not None and occurrence.qualifier.endswith((".", "::"))
    if (
        qualified
        and occurrence.qualifier.rstrip(".:") not in context.own_parts
        and any(f.what not in _MEMBERS for f in certain)
    ):
        return True
    mention = finder.mention(occurrence)
    if mention is None:
        is_shown = finder.is_comment(occurrence) or (finder.is_output(occurrence) and occurrence.right in ("=", "("))
        return bool(certain) and finder.is_parsed(occurrence) and not is_shown
    usage = mention.usage
    meaning = usage.owner if usage.role == "keyword" else usage.meaning
    return usage.local or (usage.known and meaning.partition(".")[0] not in context.own_roots)


def _is_member(finder: OccurrenceFinder, occurrence: Occurrence, owners: Collection[str]) -> bool:
    """Return whether it is in the section of the class or function that lost the name, alone or after a dot."""
    alone = occurrence.right in ("`", "(") and occurrence.left in ("`", ".", "def")
    if occurrence.where != "inline" or not (alone or occurrence.in_member_list):
        return False
    titles = finder.page.part(occurrence.start).titles
    return any(title_mentions(title, owner) for owner in owners for title in titles)


def _example_variables(
    finder: OccurrenceFinder, decided: Sequence[tuple[Occurrence, float]], context: FactContext
) -> Iterator[tuple[Occurrence, float]]:
    """Yield an example's own variable, if it is passed as the renamed keyword and the code changed alike."""
    old = context.fact.old or ""
    if not context.surroundings.is_assigned:
        return
    sure = {s.example: c for s, c in decided if s.example is not None and s.right == "="}
    done = {s.start for s, _ in decided}
    for occurrence in finder.find(old):
        if occurrence.example not in sure or occurrence.start in done or occurrence.qualifier:
            continue
        if occurrence.left == "=" or finder.assigns(occurrence, old):
            yield occurrence, sure[occurrence.example]


def _complete_lines(
    finder: OccurrenceFinder, decided: Sequence[tuple[Occurrence, float]], replacement: Replacement
) -> list[tuple[Occurrence, float]]:
    """Drop those whose line of code contains the name in another, undecided place."""
    done = {s.start for s, _ in decided}
    left = {s.within for s in finder.find(replacement.old) if s.example is not None and s.start not in done}
    return [(s, certainty) for s, certainty in decided if s.within not in left]


def _is_defined_here(finder: OccurrenceFinder, occurrence: Occurrence) -> bool:
    """Return whether it is a parameter of a function that the text itself defines."""
    before = finder.page.data[occurrence.within[0] : occurrence.start]
    return re.search(rb"\b(?:def|func|function|fn)\s[^)]*$", before) is not None


def _is_foreign(finder: OccurrenceFinder, occurrence: Occurrence, context: FactContext) -> bool:
    """Return whether its qualifier is another project's module."""
    head = finder.page.data[max(0, occurrence.start - 80) : occurrence.start]
    path = re.search(rb"([\w$]+)(?:(?:\.|::)[\w$]+)*(?:\.|::)$", head)
    if path is None:
        return False
    root = path[1].decode()
    if root in context.own_roots:
        return False
    return root in STANDARD_MODULES or root in finder.imports


REPLACED = Rule(
    name="replaced",
    fact_kinds=frozenset({FactKind.NAME_REPLACED}),
    apply=apply,
    examples=(
        RuleExample(
            "a method in another language, gone from the program",
            base={"lib/reply.ts": "export class Reply {\n  sendFile(path) { return this.raw(path) }\n}\n"},
            head={"lib/reply.ts": "export class Reply {\n  sendPath(path) { return this.raw(path) }\n}\n"},
            doc="Call sendFile, `reply.sendFile(p)`; `other::sendFiles` stays.\n",
            becomes="Call sendPath, `reply.sendPath(p)`; `other::sendFiles` stays.\n",
        ),
    ),
)
