"""Add a `versionchanged` note for a new parameter, where a Sphinx page has such notes in a common form.

https://www.sphinx-doc.org/en/master/usage/restructuredtext/directives.html#directive-versionchanged
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.agents.document_update.rules.fact_context import UNIQUE, FactContext
from bot.agents.document_update.rules.page import Mention, Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.formats.format import Row

_CONFIDENCE = 0.85
_MIN_NOTES = 3
"""Notes of one form that the page must have."""
_NOTE = re.compile(
    r"^(?P<indent> *)\.\. version(?:changed|added)::[ ]+(?P<version>\d[\w.]*)[^\n]*\n"
    r"(?:\n?(?P=indent) +\S[^\n]*\n){0,4}",
    re.M,
)
_MARKUP_NAME = re.compile(r"(``|\*\*|\*|`)(\w+)\1")
_NEW_PARAMETER_WORDS = (
    re.compile(r"\b(?:parameter|argument|keyword)\b", re.I),
    re.compile(r"\b(?:add(?:s|ed)?|new)\b", re.I),
)
_NAME, _VERSION = "\ue000", "\ue001"


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Add the note at the end of the function's directive."""
    if not context.upcoming_version or b".. version" not in page.data:
        return
    notes = list(_notes(page))
    version, form = _format_version(context.upcoming_version, notes), _common_template(notes)
    alone = sum(f.kind is fact.kind and f.symbol == fact.symbol for f in context.siblings) == 1
    row = _directive_of(context, page) if version and form and alone else None
    name = fact.new or ""
    if row is None or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", page.text(row.span).partition("\n")[2]):
        return
    note = textwrap.indent(form.replace(_NAME, name).replace(_VERSION, version), _indentation(page, row))
    text = f"\n{note}" if page.data[: row.span[1]].endswith(b"\n") else "\n\n" + note.removesuffix("\n")
    text = text.replace("\n", page.newline)
    reason = f"`{name}` is new in `{fact.symbol}`, and the next version is {version}."
    yield Proposal(row.span[1], row.span[1], text, _CONFIDENCE, reason)


@dataclass(frozen=True, slots=True)
class _Note:
    """The version of a note, and its text with placeholders for the version and the new parameter."""

    version: str
    template: str


def _notes(page: Page) -> Iterator[_Note]:
    for found in _NOTE.finditer(page.data.decode().replace("\r\n", "\n")):
        text = textwrap.dedent(found[0])
        names = {marked[2] for marked in _MARKUP_NAME.finditer(text)}
        is_about_one = len(names) == 1 and all(pattern.search(text) for pattern in _NEW_PARAMETER_WORDS)
        form = text.replace(found["version"], _VERSION, 1)
        yield _Note(found["version"], _MARKUP_NAME.sub(rf"\g<1>{_NAME}\g<1>", form) if is_about_one else "")


def _common_template(notes: Sequence[_Note]) -> str:
    """Return the form of most notes about a new parameter; empty if they have none in common."""
    forms = Counter(note.template for note in notes if note.template)
    form, count = next(iter(forms.most_common(1)), ("", 0))
    return form if count >= _MIN_NOTES and 2 * count > forms.total() else ""


def _format_version(version: str, notes: Sequence[_Note]) -> str:
    """Return the version in the form of the notes; empty if they mention only other series, or a later version."""
    numbers = [[int(part) for part in re.findall(r"\d+", note.version)] for note in notes]
    own = [int(part) for part in version.split(".")]
    if not numbers or max(numbers)[0] != own[0] or max(numbers) > own:
        return ""
    if len(own) == 3 and own[2] == 0 and not any(len(other) == 3 and other[2] == 0 for other in numbers):
        return version.removesuffix(".0")
    return version


def _directive_of(context: FactContext, page: Page) -> Row | None:
    """Return the directive that documents the function, if it contains no other."""
    meant = {m.usage.end for m in page.mentions_of(context.bare) if m.where == "inline" and _is_sure(context, m, page)}
    directives = [row for row in page.layout.rows if page.text(row.span).lstrip().startswith(".. ")]
    for row in directives:
        if row.subject is not None and row.subject[1] in meant:
            return None if any(row.span[0] < other.span[0] < row.span[1] for other in directives) else row
    return None


def _is_sure(context: FactContext, mention: Mention, page: Page) -> bool:
    return context.certainty(mention, page) >= UNIQUE


def _indentation(page: Page, row: Row) -> str:
    """Return the indentation of a directive's content."""
    first, *lines = page.text(row.span).split("\n")
    inner = next((line for line in lines if line.strip()), first[: len(first) - len(first.lstrip())] + "   x")
    return inner[: len(inner) - len(inner.lstrip())]


_CODE = "def fetch(url{}): ...\n\n\ndef push(a=1, b=2, c=3): ...\n"
_MANIFEST = {"setup.cfg": "version = 2.4.0.dev1\n"}
_NOTES = "".join(
    f"\n   .. versionchanged:: 2.{number}\n      Added the ``{name}`` parameter.\n" for number, name in enumerate("abc")
)
_PAGE = (
    "API\n===\n\n.. function:: push(a, b, c)\n\n   Pushes.\n" + _NOTES + "\n.. function:: fetch(url)\n\n   Fetches.\n"
)

VERSIONCHANGED = Rule(
    name="versionchanged",
    fact_kinds=frozenset({FactKind.PARAMETER_ADDED}),
    apply=apply,
    examples=(
        RuleExample(
            "a note in the form of the page's other notes",
            base={**_MANIFEST, "pkg/__init__.py": _CODE.format("")},
            head={**_MANIFEST, "pkg/__init__.py": _CODE.format(", retries=1")},
            doc=_PAGE,
            becomes=_PAGE + "\n   .. versionchanged:: 2.4\n      Added the ``retries`` parameter.\n",
            path="docs/api.rst",
        ),
    ),
)
