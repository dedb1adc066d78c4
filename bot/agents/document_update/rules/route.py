"""Update a renamed route in code, however the docs spell its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.page import OUTPUT_FENCES, Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.formats.format import Span

_CONFIDENCE = 0.88
_PARAMETER = re.compile(r"\{[^{}/]*\}|<[^<>/]*>|:[A-Za-z_]\w*|\$\w+")
_PATH = re.compile(
    rb"(?<![\w.:/<>{}$)-])(?:https?://(?P<host>[\w.-]+)(?::\d+)?)?(?P<path>/[\w~%@.:$<>{}-][\w~%@.:$<>{}/-]*)"
)
_OWN_HOST = re.compile(rb"localhost|127\.0\.0\.1|0\.0\.0\.0|(?:[\w-]+\.)*example\.(?:com|org|net)|testserver")
_FOLDERS = frozenset(
    ["bin", "dev", "etc", "home", "lib", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp", "usr", "var"]
)


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace the whole path in code if it differs only in the names of its parameters."""
    del context
    old, new = _segments(fact.old or ""), _segments(fact.new or "")
    if fact.what != "route" or old[1:] in ([], [""]) or old[1] in _FOLDERS or not _corresponds(old, new):
        return
    for start, end in _code_spans(page):
        for match in _PATH.finditer(page.data, start, end):
            shown = match["path"].decode(errors="replace").split("/")
            if (match["host"] and not _OWN_HOST.fullmatch(match["host"])) or not _matches(old, shown):
                continue
            if not page.is_historical(*match.span("path")):
                written = _rewrite_path(old, new, shown)
                yield Proposal(
                    *match.span("path"), written, _CONFIDENCE, f"The route `{fact.old}` is now `{fact.new}`."
                )


def _segments(path: str) -> list[str]:
    return path.split("/")


def _parameters(segments: list[str]) -> list[str]:
    return [s for s in segments if _PARAMETER.fullmatch(s)]


def _corresponds(old: list[str], new: list[str]) -> bool:
    """Return whether the parameters of both paths correspond, and each is a whole segment."""
    before, after = _parameters(old), _parameters(new)
    mixed = [s for s in (*old, *new) if re.search(r"[{<:*(]", s) and not _PARAMETER.fullmatch(s)]
    return not mixed and len(before) == len(after) and (len(before) < 2 or before == after)


def _matches(old: list[str], shown: list[str]) -> bool:
    return len(old) == len(shown) and all(
        _PARAMETER.fullmatch(shown_segment) if _PARAMETER.fullmatch(old_segment) else old_segment == shown_segment
        for old_segment, shown_segment in zip(old, shown, strict=True)
    )


def _rewrite_path(old: list[str], new: list[str], shown: list[str]) -> str:
    """Return the new path with the parameters as the page spells them."""
    parameters = iter(_parameters(shown))
    return "/".join(next(parameters) if _PARAMETER.fullmatch(s) else s for s in new)


def _code_spans(page: Page) -> Iterator[Span]:
    """Yield inline code, and the lines of examples except output."""
    yield from page.layout.codes
    for block in page.layout.blocks:
        if block.fence not in OUTPUT_FENCES:
            yield from block.lines


_APP = '@app.route("/{0}/<int:id>")\ndef one(id): ...\n\n\n@app.route("/{0}")\ndef all(): ...\n'
_SHOWN = """\
`GET /{0}` and `GET /{0}/{{id}}`; `/users/{{id}}/posts`, /users and `https://other.test/users` stay.

    curl http://localhost:8000/{0}?limit=3
"""

ROUTE = Rule(
    name="route",
    fact_kinds=frozenset({FactKind.INTERFACE_RENAMED}),
    apply=apply,
    examples=(
        RuleExample(
            "with and without parameters, on localhost and as a bare path",
            base={"app/web.py": _APP.format("users")},
            head={"app/web.py": _APP.format("people")},
            doc=_SHOWN.format("users"),
            becomes=_SHOWN.format("people"),
        ),
    ),
)
