"""What a doc comment lists of a parameter or an attribute follows the code, in the comment of that very symbol."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.document_update.rules.alignment import padded
from bot.agents.document_update.rules.fact_context import Subject
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Proposal, Remark, Rule, RuleExample
from bot.agents.document_update.rules.stated_default import statement
from bot.domain import Fact, FactKind
from bot.formats.format import Field, Span
from bot.languages.tokens import is_one_number

_SURE = 0.95
_LITERAL = re.compile(
    r"""[+-]?[\d_.]+(?:e[+-]?\d+)?|True|False|true|false|(?P<quote>["'])(?P<text>[^"'`\\\s|<>]+)(?P=quote)"""
)
_OLD = re.compile(r"""[^\s`|"'<>\\]{1,60}|(?P<quote>["'])(?P<text>[^"'`\\\s|<>]{1,60})(?P=quote)""")
_TYPE = re.compile(r"(?P<type>.+?)(?:,\s*(?:optional|default|keyword-only)\b.*)?")
_ONE_LINE = re.compile(r"[\w .,|<>\[\]'\"-]{1,100}")
_MEMBERS = frozenset({FactKind.RENAMED, FactKind.REMOVED})


def apply(fact: Fact, subject: Subject, page: Page) -> Iterator[Proposal | Remark]:
    """Renames the entry, deletes it with its lines, or replaces the default that it states."""
    entries = _entries(fact, subject, page)
    match fact.kind:
        case FactKind.PARAMETER_RENAMED | FactKind.RENAMED:
            for entry in entries:
                yield from _renamed(fact, page, entry)
        case FactKind.PARAMETER_REMOVED | FactKind.REMOVED:
            gone = _gone(fact, subject)
            for entry in entries:
                yield from _removed(fact, subject, page, entry, gone)
        case FactKind.DEFAULT_CHANGED:
            stated = [place for entry in entries for place in _stated(fact, page, entry)]
            for place, new in stated:
                reason = f"The default of `{fact.parameter}` of `{subject.bare_after}` is now `{fact.new}`."
                yield Proposal(*place, new, _SURE, reason)
        case FactKind.TYPE_CHANGED:
            for entry in entries:
                yield from _retyped(fact, subject, page, entry)
        case _:
            pass


def _entries(fact: Fact, subject: Subject, page: Page) -> list[Field]:
    """The fields about the fact's parameter, or about an attribute of its class."""
    name = fact.parameter if fact.kind not in _MEMBERS else fact.old if fact.what == "attribute" else None
    owns = subject.holds_section if fact.kind in _MEMBERS else subject.owns_section
    return [
        field
        for field in page.layout.fields
        if (field.kind == "attribute") == (fact.kind in _MEMBERS)
        and any(page.text(span) == name for span in field.names)
        and owns(page, field.names[0][0])
    ]


def _name(fact: Fact, page: Page, field: Field) -> Span:
    return next(span for span in field.names if page.text(span) == (fact.parameter or fact.old))


def _beside(page: Page, field: Field) -> list[Field]:
    """The fields of the same doc comment."""
    own = page.part(field.names[0][0])
    return [f for f in page.layout.fields if own.start_line <= page.line(f.names[0][0]) <= own.end_line]


def _renamed(fact: Fact, page: Page, field: Field) -> Iterator[Proposal]:
    old, new = fact.old or "", fact.new or ""
    listed = {page.text(span) for f in _beside(page, field) if f.kind == field.kind for span in f.names}
    if new in listed or page.is_history(*field.names[0]):
        return
    reason = f"`{old}` of `{_of(fact)}` is now `{new}`."
    yield Proposal(*_name(fact, page, field), new, _SURE, reason)
    for gap, blanks in padded(page, field, _beside(page, field), len(new) - len(old)):
        yield Proposal(*gap, blanks, _SURE, reason)


def _of(fact: Fact) -> str:
    parts = (fact.symbol_after or fact.symbol).split(".")
    return parts[-2] if fact.what == "attribute" and len(parts) > 1 else parts[-1]


# ------------------------------------------------------------------ what is gone


def _gone(fact: Fact, subject: Subject) -> frozenset[str]:
    """The names that the same symbol lost with this one."""
    if fact.kind is FactKind.PARAMETER_REMOVED:
        same = [f for f in subject.siblings if f.kind is fact.kind and f.symbol == fact.symbol]
    else:
        holder = fact.symbol.rpartition(".")[0]
        same = [f for f in subject.siblings if f.kind is fact.kind and f.symbol.rpartition(".")[0] == holder]
    return frozenset(f.old for f in same if f.old and f.confidence >= fact.confidence)


def _removed(
    fact: Fact, subject: Subject, page: Page, field: Field, gone: frozenset[str]
) -> Iterator[Proposal | Remark]:
    name = _name(fact, page, field)
    reason = f"`{_of(fact)}` no longer has `{fact.old}`."
    if (
        subject.takes(fact.old or "")
        or _lives_on(fact, subject)
        or page.is_history(*name)
        or page.is_history(*field.text)
    ):
        return
    left = [span for span in field.names if page.text(span) not in gone]
    if left:
        yield Proposal(*_among(field.names, name), "", _SURE, reason)
        return
    listed = [f for f in _beside(page, field) if f.group == field.group]
    whole = all(page.text(span) in gone for f in listed for span in f.names)
    lines = field.group if whole else field.lines
    if lines is None or not _is_left(page, field, lines) or _has_heir(fact, subject, page, field):
        yield Remark(name[0], _SURE, reason)
    else:
        yield Proposal(*_with_blanks(page, field, lines, whole=whole), "", _SURE, reason)


def _has_heir(fact: Fact, subject: Subject, page: Page, field: Field) -> bool:
    """Whether the symbol gained a parameter that is not listed yet: what is said here may hold of that."""
    gained = {f.new for f in subject.siblings if f.kind is FactKind.PARAMETER_ADDED and f.symbol == fact.symbol}
    return not gained <= {page.text(span) for f in _beside(page, field) for span in f.names}


def _lives_on(fact: Fact, subject: Subject) -> bool:
    """Whether a class has the name from a class above it after all."""
    if subject.successor is None or fact.what != "class":
        return False
    return subject.head.inherited(subject.successor, fact.old or "") is not None


def _among(names: Sequence[Span], name: Span) -> Span:
    """One of several names with the comma that sets it off."""
    at = names.index(name)
    return (names[at - 1][1], name[1]) if at == len(names) - 1 else (name[0], names[at + 1][0])


def _is_left(page: Page, field: Field, lines: Span) -> bool:
    """Whether anything is said in the doc comment beside these lines."""
    start, end = _comment(page, field)
    return bool(page.said[start : lines[0]].strip() or page.said[lines[1] : end].strip())


def _comment(page: Page, field: Field) -> Span:
    """The lines of the doc comment that holds a field."""
    return page.lines(page.part(field.names[0][0]))


def _with_blanks(page: Page, field: Field, lines: Span, *, whole: bool) -> Span:
    """The lines, and with them the empty ones that would be left over: at the end, or two times in a row."""
    start, end = lines
    first, last = _comment(page, field)
    before = page.line_span(start - 1)[0] if start > first else start
    after = page.line_span(end)[1] if end < last else end
    if not page.said[end:last].strip() or (whole and not page.said[end:after].strip()):
        while before > first and not page.said[before:start].strip():
            start, before = before, page.line_span(before - 1)[0]
    return start, end


# ------------------------------------------------------------------ types


def _retyped(fact: Fact, subject: Subject, page: Page, field: Field) -> Iterator[Proposal]:
    """The type that is written exactly as the code wrote it, where it now is another and not the same in new words."""
    old, new = fact.old or "", fact.new or ""
    shown = _TYPE.fullmatch(page.text(field.type)) if field.type is not None else None
    if field.type is None or shown is None or len(field.names) > 1 or _plain(shown["type"]) != _plain(old):
        return
    if _words(old) == _words(new) or not _ONE_LINE.fullmatch(new) or not (_is_code(old) or new.isidentifier()):
        return
    reason = f"`{fact.parameter}` of `{subject.bare_after}` is now `{new}`."
    start = field.type[0]
    yield Proposal(start, start + len(shown["type"].encode()), new, _SURE, reason)


def _plain(written: str) -> str:
    return re.sub(r"\s+", "", written).replace('"', "'")


def _words(written: str) -> frozenset[str]:
    """The names in a type without those that have another spelling: `Optional[List[str]]` says `list[str] | None`."""
    found = re.findall(r"\w+", re.sub(r"\b(?:typing|t|abc|collections)\.", "", written).lower())
    return frozenset(found) - {"optional", "union", "none", "null", "undefined"}


def _is_code(written: str) -> bool:
    """Whether people write it so only because the code does."""
    return re.search(r"[\[|.<\\]|[a-z][A-Z]", written) is not None


# ------------------------------------------------------------------ defaults


def _stated(fact: Fact, page: Page, field: Field) -> Iterator[tuple[Span, str]]:
    """The one place where the field states the old default, and what is to stand there."""
    old, new = _OLD.fullmatch(fact.old or ""), _LITERAL.fullmatch(fact.new or "")
    if old is None or new is None or (old["text"] is None) != (new["text"] is None) or is_one_number(old[0], new[0]):
        return
    was, now = old["text"] or old[0], new["text"] or new[0]
    shown = [field.text, *([field.type] if field.type else [])]
    found = [m.span("value") for span in shown for m in statement(was).finditer(page.said, *span)]
    assigned = re.compile(rb"[ \t]*=[ \t]*[\"']?(?P<value>%b)[\"']?[ \t]*\]" % re.escape(was.encode()))
    given = assigned.match(page.said, field.names[-1][1])
    found += [given.span("value")] if given else []
    if len(found) == 1 and not page.is_history(*found[0]):
        yield found[0], now


_GOOGLE = """\
def fetch_all(url, {0}={2}{1}):
    \"\"\"Fetch.

    Args:
        url: where from
        {0} (float): seconds. Defaults to {2}.
{3}    \"\"\"


def other(timeout):
    \"\"\"Args:
        timeout: seconds
    \"\"\"
"""
_TAGS = """\
export class Client {{
  /**
   * Sends it.
   *
{1}   * @param {{string}} body what
   */
  send({0}body) {{ return body }}
}}
"""

FIELD = Rule(
    name="field",
    serves=frozenset(
        {
            FactKind.PARAMETER_RENAMED,
            FactKind.PARAMETER_REMOVED,
            FactKind.DEFAULT_CHANGED,
            FactKind.TYPE_CHANGED,
            FactKind.RENAMED,
            FactKind.REMOVED,
        }
    ),
    apply=apply,
    reads=("doc comments",),
    examples=(
        RuleExample(
            "a renamed parameter, in the docstring of its function only",
            base={"pkg/__init__.py": _GOOGLE.format("timeout", "", 5, "")},
            head={},
            doc=_GOOGLE.format("time_limit", "", 5, "").replace("time_limit (", "timeout ("),
            becomes=_GOOGLE.format("time_limit", "", 5, ""),
            path="pkg/__init__.py",
        ),
        RuleExample(
            "a parameter that is gone, with the lines about it",
            base={
                "pkg/__init__.py": _GOOGLE.format("timeout", ", tries=1", 5, "        tries: how\n            often\n")
            },
            head={},
            doc=_GOOGLE.format("timeout", "", 5, "        tries: how\n            often\n"),
            becomes=_GOOGLE.format("timeout", "", 5, ""),
            path="pkg/__init__.py",
        ),
        RuleExample(
            "a default",
            base={"pkg/__init__.py": _GOOGLE.format("timeout", "", 5, "")},
            head={},
            doc=_GOOGLE.format("timeout", "", 30, "").replace("to 30.", "to 5."),
            becomes=_GOOGLE.format("timeout", "", 30, ""),
            path="pkg/__init__.py",
        ),
        RuleExample(
            "a tag in another language",
            base={"src/client.js": _TAGS.format("depth, ", "   * @param {number} depth how deep\n")},
            head={},
            doc=_TAGS.format("", "   * @param {number} depth how deep\n"),
            becomes=_TAGS.format("", ""),
            path="src/client.js",
        ),
    ),
)
