"""The lists of names on a page: the span of each entry, and the template that the entries share."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from cachetools import LRUCache, cached

from bot.agents.document_update.rules.page import Page
from bot.formats.format import Row, Span

MAX_ENTRY_BYTES = 1_000
"""A longer entry has more to say than a name."""

_LAST = re.compile(rb"[\w$-]+\Z")
_BLANK = re.compile(rb"(?:[ \t]*\r?\n)*")
_TITLE = re.compile(r"(?m)^(?P<title>\S[^\n]*)\n(?P<rule>(?P<sign>[=~^\"'`#*+.:_-])(?P=sign){2,})(?=\r?$)")
_NAME, _ESCAPED, _RULE = "\ue000", "\ue001", "\ue002"
"""Placeholders in a template: a name, a name with escaped underscores, and the line under a title, before its sign."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list: its whole lines, and the bare name that it is about."""

    span: Span
    name: str


Listing = tuple[Entry, ...]
"""Entries with only blank lines between them."""
_Spans = Sequence[tuple[Span, Span | None]]
"""Whole lines, and the span of the name that they are about."""


@cached(LRUCache(64), key=lambda page: (page.format.name, page.data))
def listings(page: Page) -> tuple[Listing, ...]:
    """Return the lists of a page: items, table rows or directives, and sections that contain one of these each."""
    return tuple(listing for spans in (*_rows(page), *_sections(page)) if (listing := _to_listing(page, spans)))


def _rows(page: Page) -> Iterator[_Spans]:
    first: dict[tuple[str, int], Row] = {}
    for row in sorted(page.layout.rows, key=lambda row: -row.span[1]):
        first.setdefault((row.kind, row.span[0]), row)
    following = {key: (row.kind, _next_line(page, row.span[1])) for key, row in first.items()}
    for key in sorted(first.keys() - set(following.values()), key=lambda key: key[1]):
        chain = []
        while key in first:
            chain.append((first[key].span, first[key].subject))
            key = following[key]
        yield chain


def _sections(page: Page) -> Iterator[_Spans]:
    """Yield neighbouring sections of one level without subsections, each with one row."""
    parts, rows = page.layout.sections, sorted(page.layout.rows, key=lambda row: row.span)
    starts = [row.span[0] for row in rows]
    found = []
    for part, follower in zip(parts, [*parts[1:], None], strict=True):
        start, end = page.part_span(part)
        own = rows[bisect_left(starts, start) : bisect_left(starts, end)]
        leaf = part.titles and (follower is None or len(follower.titles) <= len(part.titles))
        text = page.data[start:end].rstrip()
        stop = page.data.find(b"\n", start + len(text), end) + 1 or end
        found.append((part.titles[:-1], (start, stop), own[0].subject if leaf and len(own) == 1 else None))
    for _, group in groupby(found, key=lambda each: (each[0], each[2] is not None)):
        yield [(span, subject) for _, span, subject in group]


def _to_listing(page: Page, spans: _Spans) -> Listing:
    """Return the list if each of its entries is about a name."""
    entries = [Entry(span, _bare_name(page, subject)) for span, subject in spans if subject is not None]
    whole = len(entries) == len(spans) and all(e.name and e.span[1] - e.span[0] <= MAX_ENTRY_BYTES for e in entries)
    return tuple(entries) if whole else ()


def _bare_name(page: Page, subject: Span) -> str:
    found = _LAST.search(page.data[slice(*subject)].split(b"(")[0].rstrip())
    return found[0].decode(errors="replace") if found else ""


def _next_line(page: Page, offset: int) -> int:
    """Return the first offset from there on that is not in a blank line."""
    found = _BLANK.match(page.data, offset)
    return found.end() if found else offset


# ------------------------------------------------------------------ templates


def common_template(page: Page, entries: Iterable[Entry]) -> str:
    """Return the template that entries share, with placeholders for their names; empty if there is none."""
    texts = {entry.name: page.text(entry.span).rstrip("\r\n") for entry in entries}
    templates = sorted(
        {_to_template(text, name) for name, text in texts.items()}, key=lambda template: -template.count(_ESCAPED)
    )
    # A name without an underscore does not show whether it is escaped, so try the template with most escapes.
    fits = templates and all(fill_template(templates[0], name) == text for name, text in texts.items())
    return templates[0] if fits else ""


@lru_cache(4096)
def _to_template(text: str, name: str) -> str:
    if any(placeholder in text for placeholder in (_NAME, _ESCAPED, _RULE)):
        return ""
    text = _TITLE.sub(_without_rule, text)
    escaped = name.replace("_", "\\_")
    if escaped != name:
        text = text.replace(escaped, _ESCAPED)
    return re.sub(rf"(?<![\w$]){re.escape(name)}(?![\w$])", _NAME, text)


def _without_rule(found: re.Match[str]) -> str:
    fits = len(found["rule"]) == len(found["title"].rstrip())
    return f"{found['title']}\n{_RULE}{found['sign']}" if fits else found[0]


def fill_template(template: str, name: str) -> str:
    """Return the entry of a name."""
    text = template.replace(_ESCAPED, name.replace("_", "\\_")).replace(_NAME, name)
    return re.sub(rf"(?m)^(.*)\n{_RULE}(.)", lambda found: f"{found[1]}\n{found[2] * len(found[1].rstrip())}", text)


def insertion(page: Page, listing: Listing, at: int, entries: Sequence[str]) -> tuple[int, str]:
    """Return the offset and the text to insert new entries before entry `at` of a list, or after its last."""
    before = min(max(at, 1), len(listing) - 1)
    between = page.text((listing[before - 1].span[1], listing[before].span[0]))
    if at < len(listing):
        return listing[at].span[0], "".join(entry + page.newline + between for entry in entries)
    end = listing[-1].span[1]
    if page.data[:end].endswith(b"\n"):
        return end, "".join(between + entry + page.newline for entry in entries)
    return end, "".join(page.newline + between + entry for entry in entries)


# ------------------------------------------------------------------ orders


def insert_positions(names: Sequence[str], new_names: Sequence[str], source: Sequence[str]) -> dict[int, list[str]]:
    """Group new names by the index of the listed name before which they belong.

    A list may be sorted alphabetically or in the order of the source. Names are left out if the list has neither order,
    or if the two disagree.
    """
    number = {name: count for count, name in enumerate(source)}
    orders = [order for order in _ALPHABETICAL if _is_sorted(names, order)][:1]
    if number.keys() >= {*names, *new_names} and _is_sorted(names, number.__getitem__):
        orders.append(number.__getitem__)
    found: dict[int, list[str]] = {}
    for name in sorted(new_names, key=orders[0]) if orders else ():
        places = {bisect_left(names, order(name), key=order) for order in orders}
        if len(places) == 1:
            found.setdefault(places.pop(), []).append(name)
    return found


_Order = Callable[[str], Any]
_ALPHABETICAL: tuple[_Order, ...] = (str, str.lower)


def _is_sorted(names: Sequence[str], order: _Order) -> bool:
    keys = [order(name) for name in names]
    return keys == sorted(keys)
