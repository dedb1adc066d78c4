"""Update the entry of a parameter or attribute in the doc comment of its own symbol."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.document_update.rules.alignment import realign_texts
from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.agents.document_update.rules.stated_default import default_pattern
from bot.domain import Fact, FactKind
from bot.formats.format import Field, Span
from bot.languages.tokens import is_same_number

_CONFIDENCE = 0.95
_LITERAL = re.compile(
    r"""[+-]?[\d_.]+(?:e[+-]?\d+)?|True|False|true|false|(?P<quote>["'])(?P<text>[^"'`\\\s|<>]+)(?P=quote)"""
)
_OLD_DEFAULT = re.compile(r"""[^\s`|"'<>\\]{1,60}|(?P<quote>["'])(?P<text>[^"'`\\\s|<>]{1,60})(?P=quote)""")
_TYPE = re.compile(r"(?P<type>.+?)(?:,\s*(?:optional|default|keyword-only)\b.*)?")
_ONE_LINE = re.compile(r"[\w .,|<>\[\]'\"-]{1,100}")
_MEMBERS = frozenset({FactKind.RENAMED, FactKind.REMOVED})


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Rename the entry, delete it with its lines, or replace its default or type."""
    entries = _entries(fact, context, page)
    match fact.kind:
        case FactKind.PARAMETER_RENAMED | FactKind.RENAMED:
            for entry in entries:
                yield from _rename_field(fact, page, entry)
        case FactKind.PARAMETER_REMOVED | FactKind.REMOVED:
            removed_names = _names_removed(fact, context)
            for entry in entries:
                yield from _remove_field(fact, context, page, entry, removed_names)
        case FactKind.DEFAULT_CHANGED:
            stated = [place for entry in entries for place in _default_statements(fact, page, entry)]
            for place, new in stated:
                reason = f"The default of `{fact.parameter}` in `{context.bare_after}` is now `{fact.new}`."
                yield Proposal(*place, new, _CONFIDENCE, reason)
        case FactKind.TYPE_CHANGED:
            for entry in entries:
                yield from _change_type(fact, context, page, entry)
        case _:
            pass


def _entries(fact: Fact, context: FactContext, page: Page) -> list[Field]:
    """Return the fields about the fact's parameter, or about an attribute of its class."""
    name = fact.parameter if fact.kind not in _MEMBERS else fact.old if fact.what == "attribute" else None
    owns = context.in_owner_section if fact.kind in _MEMBERS else context.owns_section
    return [
        field
        for field in page.layout.fields
        if (field.kind == "attribute") == (fact.kind in _MEMBERS)
        and any(page.text(span) == name for span in field.names)
        and owns(page, field.names[0][0])
    ]


def _name_span(fact: Fact, page: Page, field: Field) -> Span:
    return next(span for span in field.names if page.text(span) == (fact.parameter or fact.old))


def _sibling_fields(page: Page, field: Field) -> list[Field]:
    """Return the fields of the same doc comment."""
    own = page.part(field.names[0][0])
    return [f for f in page.layout.fields if own.start_line <= page.line_number(f.names[0][0]) <= own.end_line]


def _rename_field(fact: Fact, page: Page, field: Field) -> Iterator[Proposal]:
    old, new = fact.old or "", fact.new or ""
    listed = {page.text(span) for f in _sibling_fields(page, field) if f.kind == field.kind for span in f.names}
    if new in listed or page.is_historical(*field.names[0]):
        return
    reason = f"`{old}` in `{_owner_name(fact)}` is now `{new}`."
    yield Proposal(*_name_span(fact, page, field), new, _CONFIDENCE, reason)
    for gap, blanks in realign_texts(page, field, _sibling_fields(page, field), len(new) - len(old)):
        yield Proposal(*gap, blanks, _CONFIDENCE, reason)


def _owner_name(fact: Fact) -> str:
    parts = (fact.symbol_after or fact.symbol).split(".")
    return parts[-2] if fact.what == "attribute" and len(parts) > 1 else parts[-1]


# ------------------------------------------------------------------ removal


def _names_removed(fact: Fact, context: FactContext) -> frozenset[str]:
    """Return all names that the same symbol lost, this one included."""
    if fact.kind is FactKind.PARAMETER_REMOVED:
        same = [f for f in context.siblings if f.kind is fact.kind and f.symbol == fact.symbol]
    else:
        holder = fact.symbol.rpartition(".")[0]
        same = [f for f in context.siblings if f.kind is fact.kind and f.symbol.rpartition(".")[0] == holder]
    return frozenset(f.old for f in same if f.old and f.confidence >= fact.confidence)


def _remove_field(
    fact: Fact, context: FactContext, page: Page, field: Field, removed_names: frozenset[str]
) -> Iterator[Proposal | Hint]:
    name = _name_span(fact, page, field)
    reason = f"`{_owner_name(fact)}` no longer has `{fact.old}`."
    if (
        context.has_parameter(fact.old or "")
        or _is_inherited(fact, context)
        or page.is_historical(*name)
        or page.is_historical(*field.text)
    ):
        return
    left = [span for span in field.names if page.text(span) not in removed_names]
    if left:
        yield Proposal(*_with_comma(field.names, name), "", _CONFIDENCE, reason)
        return
    listed = [f for f in _sibling_fields(page, field) if f.group == field.group]
    whole = all(page.text(span) in removed_names for f in listed for span in f.names)
    lines = field.group if whole else field.lines
    if lines is None or not _has_other_text(page, field, lines) or _has_possible_successor(fact, context, page, field):
        yield Hint(name[0], _CONFIDENCE, reason)
    else:
        yield Proposal(*_with_blanks(page, field, lines, whole=whole), "", _CONFIDENCE, reason)


def _has_possible_successor(fact: Fact, context: FactContext, page: Page, field: Field) -> bool:
    """Return whether the symbol gained a parameter that is not listed yet, which this text could describe."""
    gained = {f.new for f in context.siblings if f.kind is FactKind.PARAMETER_ADDED and f.symbol == fact.symbol}
    return not gained <= {page.text(span) for f in _sibling_fields(page, field) for span in f.names}


def _is_inherited(fact: Fact, context: FactContext) -> bool:
    """Return whether a class still inherits the name."""
    if context.successor is None or fact.what != "class":
        return False
    return context.head.find_inherited(context.successor, fact.old or "") is not None


def _with_comma(names: Sequence[Span], name: Span) -> Span:
    """Return the span of one of several names, with the comma that separates it."""
    at = names.index(name)
    return (names[at - 1][1], name[1]) if at == len(names) - 1 else (name[0], names[at + 1][0])


def _has_other_text(page: Page, field: Field, lines: Span) -> bool:
    """Return whether the doc comment has any text besides these lines."""
    start, end = _comment_span(page, field)
    return bool(page.visible_data[start : lines[0]].strip() or page.visible_data[lines[1] : end].strip())


def _comment_span(page: Page, field: Field) -> Span:
    """Return the lines of the doc comment that contains a field."""
    return page.part_span(page.part(field.names[0][0]))


def _with_blanks(page: Page, field: Field, lines: Span, *, whole: bool) -> Span:
    """Return the lines, with the blank ones that would be left over: at the end, or two in a row."""
    start, end = lines
    first, last = _comment_span(page, field)
    before = page.line_span(start - 1)[0] if start > first else start
    after = page.line_span(end)[1] if end < last else end
    if not page.visible_data[end:last].strip() or (whole and not page.visible_data[end:after].strip()):
        while before > first and not page.visible_data[before:start].strip():
            start, before = before, page.line_span(before - 1)[0]
    return start, end


# ------------------------------------------------------------------ types


def _change_type(fact: Fact, context: FactContext, page: Page, field: Field) -> Iterator[Proposal]:
    """Replace a type that is written exactly as in the code, unless the new one only spells it differently."""
    old, new = fact.old or "", fact.new or ""
    shown = _TYPE.fullmatch(page.text(field.type)) if field.type is not None else None
    if field.type is None or shown is None or len(field.names) > 1 or _normalize(shown["type"]) != _normalize(old):
        return
    if (
        _type_names(old) == _type_names(new)
        or not _ONE_LINE.fullmatch(new)
        or not (_is_code(old) or new.isidentifier())
    ):
        return
    reason = f"The type of `{fact.parameter}` in `{context.bare_after}` is now `{new}`."
    start = field.type[0]
    yield Proposal(start, start + len(shown["type"].encode()), new, _CONFIDENCE, reason)


def _normalize(written: str) -> str:
    return re.sub(r"\s+", "", written).replace('"', "'")


def _type_names(written: str) -> frozenset[str]:
    """Return the names in a type, so that `Optional[List[str]]` equals `list[str] | None`."""
    found = re.findall(r"\w+", re.sub(r"\b(?:typing|t|abc|collections)\.", "", written).lower())
    return frozenset(found) - {"optional", "union", "none", "null", "undefined"}


def _is_code(written: str) -> bool:
    """Return whether a type looks like code, rather than like ordinary words."""
    return re.search(r"[\[|.<\\]|[a-z][A-Z]", written) is not None


# ------------------------------------------------------------------ defaults


def _default_statements(fact: Fact, page: Page, field: Field) -> Iterator[tuple[Span, str]]:
    """Yield the one place where the field states the old default, and the new text."""
    old, new = _OLD_DEFAULT.fullmatch(fact.old or ""), _LITERAL.fullmatch(fact.new or "")
    if old is None or new is None or (old["text"] is None) != (new["text"] is None) or is_same_number(old[0], new[0]):
        return
    old_value, new_value = old["text"] or old[0], new["text"] or new[0]
    shown = [field.text, *([field.type] if field.type else [])]
    found = [m.span("value") for span in shown for m in default_pattern(old_value).finditer(page.visible_data, *span)]
    assignment_pattern = re.compile(rb"[ \t]*=[ \t]*[\"']?(?P<value>%b)[\"']?[ \t]*\]" % re.escape(old_value.encode()))
    assignment = assignment_pattern.match(page.visible_data, field.names[-1][1])
    found += [assignment.span("value")] if assignment else []
    if len(found) == 1 and not page.is_historical(*found[0]):
        yield found[0], new_value


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
    fact_kinds=frozenset(
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
    targets=("doc comments",),
    examples=(
        RuleExample(
            "a renamed parameter, only in the docstring of its function",
            base={"pkg/__init__.py": _GOOGLE.format("timeout", "", 5, "")},
            head={},
            doc=_GOOGLE.format("time_limit", "", 5, "").replace("time_limit (", "timeout ("),
            becomes=_GOOGLE.format("time_limit", "", 5, ""),
            path="pkg/__init__.py",
        ),
        RuleExample(
            "a removed parameter, with the lines about it",
            base={
                "pkg/__init__.py": _GOOGLE.format("timeout", ", tries=1", 5, "        tries: how\n            often\n")
            },
            head={},
            doc=_GOOGLE.format("timeout", "", 5, "        tries: how\n            often\n"),
            becomes=_GOOGLE.format("timeout", "", 5, ""),
            path="pkg/__init__.py",
        ),
        RuleExample(
            "a changed default",
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
