"""A name that gave way to another in the code, in whatever language, takes its mentions along."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from bot.agents.document_update.rules.fact_context import Subject, names
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.qualified import is_lost
from bot.agents.document_update.rules.rule import Proposal, Remark, Rule, RuleExample
from bot.agents.document_update.rules.spelling import Spelled, Spelling
from bot.agents.document_update.rules.surroundings import ASSIGNED
from bot.domain import Fact, FactKind
from bot.languages.program import denies, identifier_like
from bot.languages.tokens import STANDARD, Replacement

SURE, LIKELY, FAIR = 0.86, 0.82, 0.78
_FLIPPED = {"True": "False", "False": "True", "true": "false", "false": "true"}
_CERTAIN = frozenset([FactKind.RENAMED, FactKind.PARAMETER_RENAMED])
_MEMBERS = ("method", "attribute")
_COLUMNS = re.compile(rb"`*( {2,})(?=\S)")


def apply(fact: Fact, subject: Subject, page: Page) -> Iterator[Proposal | Remark]:
    """Replaces the name where the code leaves no doubt: gone from the program, or in the place that changed."""
    replacement = subject.replacement
    around = subject.surroundings
    if replacement is None or around.is_local or (subject.survival == "alive" and not around.may_show(page)):
        return
    spelling = Spelling(page)
    decided = [
        (spelled, certainty)
        for spelled in spelling.of(replacement.old)
        if not is_told(page, spelled, replacement.new)
        and not _is_foreign(spelling, spelled, subject)
        and (certainty := _certainty(spelling, spelled, replacement.old, subject))
        and not _is_another(spelling, spelled, subject)
    ]
    if not decided:
        return
    foreign = {
        page.line(s.start) for s in spelling.of(replacement.old) if s.example and _is_another(spelling, s, subject)
    }
    decided = [(s, certainty) for s, certainty in decided if page.line(s.start) not in foreign]
    decided += _following(spelling, decided, subject)
    if subject.survival == "alive":
        decided = _whole(spelling, decided, replacement)
    for spelled, certainty in decided:
        if is_lost(spelled, replacement.old, replacement.new, subject):
            yield Remark(spelled.start, certainty, f"`{replacement.old}` is now `{replacement.new}`.")
            continue
        yield from _renamed(page, spelling, spelled, replacement, certainty)


def is_told(page: Page, spelled: Spelled, new: str) -> bool:
    """Whether the text tells of the past, or knows the new name already; a plain word is a name only in code."""
    sign = rb"\s*=" if spelled.example is not None else rb""
    known = re.compile(rb"(?<![\w-])%b(?![\w-])%b" % (re.escape(new.encode()), sign))
    found = list(known.finditer(page.data, *page.line_span(spelled.start)))
    if spelled.example is None and re.fullmatch(r"[a-z]+", new):
        found = [m for m in found if _is_code(page, m)]
    if found and (spelled.example is None or spelled.right == "="):
        return True
    if spelled.example is not None:
        return page.example_tells_history(spelled.example)
    return page.is_history(spelled.start, spelled.end)


def _is_code(page: Page, found: re.Match[bytes]) -> bool:
    """Whether a match stands in inline code, or between signs where the format's reader sees no code."""
    start, end = found.span()
    beside = page.data[max(0, start - 1) : start] + page.data[end : end + 1]
    return b"`" in beside or b"=" in beside or any(a <= start < b for a, b in page.layout.codes)


def _renamed(
    page: Page, spelling: Spelling, spelled: Spelled, replacement: Replacement, certainty: float
) -> Iterator[Proposal]:
    """The name itself; with it a flag that it denied, and the columns of a table that is drawn with spaces."""
    old, new = replacement.old, replacement.new
    reason = f"`{old}` is now `{new}`."
    if denies(old, new):
        flag = spelling.flag(spelled)
        if flag is None:
            return
        yield Proposal(*flag, _FLIPPED[page.text(flag)], certainty, reason)
    gap = _COLUMNS.match(page.data, spelled.end) if spelled.raw else None
    longer = len(new) - len(old)
    if gap is not None and len(gap[1]) - longer > 1:
        yield Proposal(*gap.span(1), " " * (len(gap[1]) - longer), certainty, reason)
    target = spelling.target(spelled, old)
    if target is not None:
        yield Proposal(*target, new, certainty, reason)
    yield Proposal(spelled.start, spelled.end, new, certainty, reason)


# ------------------------------------------------------------------ how sure


def _certainty(spelling: Spelling, spelled: Spelled, old: str, subject: Subject) -> float:
    """How sure the code is of a name as it stands there, whatever the language of the change reads in it."""
    if spelled.where == "link" or (spelled.where == "other" and not spelling.is_text(spelled)):
        return 0.0
    if spelling.defines(spelled, old):
        return 0.0
    own = spelling.assigns(spelled, old) and spelled.right != "="
    if subject.survival != "alive" and (identifier_like(old) or old[:1].isupper()):
        if spelling.is_output(spelled) and spelled.right not in ("=", "("):
            return 0.0
        return SURE if not own or subject.surroundings.were_beside(spelled) else 0.0
    if not spelled.in_code or spelling.is_comment(spelled):
        return 0.0
    return _of_plain(spelling, spelled, old, subject, own=own)


def _of_plain(spelling: Spelling, spelled: Spelled, old: str, subject: Subject, *, own: bool) -> float:
    """Of a word that means other things too, or of a name that lives on elsewhere, in code."""
    around = subject.surroundings
    is_passed = spelled.right in ASSIGNED and spelled.callee in around.takers
    if is_passed or _is_member(spelling, spelled, around.owners):
        return FAIR
    if subject.survival == "gone" or not spelling.is_output(spelled):
        beside = around.were_beside(spelled) and (not own or not spelled.left)
        if beside and (subject.survival == "gone" or not around.are_beside(spelled)):
            return FAIR
    if subject.survival == "alive" or own or _is_defined_here(spelling, spelled):
        return 0.0
    if subject.survival == "deprecated" and spelling.is_output(spelled):
        return 0.0
    return 0.0 if spelling.says(old) or (spelled.alone and around.is_parameter) else LIKELY


def _is_another(spelling: Spelling, spelled: Spelled, subject: Subject) -> bool:
    """Whether the language of the change reads another thing there, or only a text that its own rule leaves alone."""
    certain = [f for f in subject.siblings if f.old == subject.fact.old and f.kind in _CERTAIN]
    qualified = spelled.example is not None and spelled.before.endswith((".", "::"))
    if (
        qualified
        and spelled.before.rstrip(".:") not in subject.own_parts
        and any(f.what not in _MEMBERS for f in certain)
    ):
        return True
    mention = spelling.mention(spelled)
    if mention is None:
        is_shown = spelling.is_comment(spelled) or (spelling.is_output(spelled) and spelled.right in ("=", "("))
        return bool(certain) and spelling.is_read(spelled) and not is_shown
    usage = mention.usage
    meaning = usage.owner if usage.role == "keyword" else usage.meaning
    return usage.local or (usage.known and meaning.partition(".")[0] not in subject.own_roots)


def _is_member(spelling: Spelling, spelled: Spelled, owners: Collection[str]) -> bool:
    """Whether it stands in the section of the class (or function) that lost the name, alone or behind a dot."""
    alone = spelled.right in ("`", "(") and spelled.left in ("`", ".", "def")
    if spelled.where != "inline" or not (alone or spelled.listed):
        return False
    titles = spelling.page.part(spelled.start).titles
    return any(names(title, owner) for owner in owners for title in titles)


def _following(
    spelling: Spelling, decided: Sequence[tuple[Spelled, float]], subject: Subject
) -> Iterator[tuple[Spelled, float]]:
    """An example's own variable, where a keyword of its name follows and the code's own calls changed alike."""
    old = subject.fact.old or ""
    if not subject.surroundings.is_assigned:
        return
    sure = {s.example: c for s, c in decided if s.example is not None and s.right == "="}
    done = {s.start for s, _ in decided}
    for spelled in spelling.of(old):
        if spelled.example not in sure or spelled.start in done or spelled.before:
            continue
        if spelled.left == "=" or spelling.assigns(spelled, old):
            yield spelled, sure[spelled.example]


def _whole(
    spelling: Spelling, decided: Sequence[tuple[Spelled, float]], replacement: Replacement
) -> list[tuple[Spelled, float]]:
    """Those in whose line of code nothing of the name is left undecided."""
    done = {s.start for s, _ in decided}
    left = {s.within for s in spelling.of(replacement.old) if s.example is not None and s.start not in done}
    return [(s, certainty) for s, certainty in decided if s.within not in left]


def _is_defined_here(spelling: Spelling, spelled: Spelled) -> bool:
    """Whether it is a parameter of a function that the text itself defines."""
    before = spelling.page.data[spelled.within[0] : spelled.start]
    return re.search(rb"\b(?:def|func|function|fn)\s[^)]*$", before) is not None


def _is_foreign(spelling: Spelling, spelled: Spelled, subject: Subject) -> bool:
    """Whether a qualifier says that it is another project's name."""
    head = spelling.page.data[max(0, spelled.start - 80) : spelled.start]
    path = re.search(rb"([\w$]+)(?:(?:\.|::)[\w$]+)*(?:\.|::)$", head)
    if path is None:
        return False
    root = path[1].decode()
    if root in subject.own_roots:
        return False
    return root in STANDARD or root in spelling.imports


REPLACED = Rule(
    name="replaced",
    serves=frozenset({FactKind.NAME_REPLACED}),
    apply=apply,
    examples=(
        RuleExample(
            "a method of another language, gone from the program",
            base={"lib/reply.ts": "export class Reply {\n  sendFile(path) { return this.raw(path) }\n}\n"},
            head={"lib/reply.ts": "export class Reply {\n  sendPath(path) { return this.raw(path) }\n}\n"},
            doc="Call sendFile, `reply.sendFile(p)`; `other::sendFiles` stays.\n",
            becomes="Call sendPath, `reply.sendPath(p)`; `other::sendFiles` stays.\n",
        ),
    ),
)
