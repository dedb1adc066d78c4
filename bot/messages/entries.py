"""An edited section with its cause, and a noticed one; they are told alike in a pull request and in a check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from itertools import groupby
from urllib.parse import quote

from bot.domain import Draft, Edit, Fact, Location, Notice, Section, apply_edits
from bot.messages.markdown import code, code_block, escape_text, fit

MAX_NOTICES = 20

_MAX_NOTICE_CHARACTERS, _MAX_NOTE_CHARACTERS = 12_000, 4_000  # characters; a path alone may have 4,096


@dataclass(frozen=True, slots=True)
class Permalinks:
    """Addresses of lines at the two commits; `web` is the repository's page."""

    web: str
    base: str
    head: str

    def __call__(self, text: str, commit: str, place: Location) -> str:
        return f"[{text}]({self.web}/blob/{commit}/{quote(place.path)}#L{place.line})"

    def for_fact(self, fact: Fact) -> str:
        """Where the fact can be seen: before, after, or both."""
        sides = [(fact.before, self.base, "before"), (fact.after, self.head, "after")]
        return " · ".join(
            self(f"{code(f'{place.path}:{place.line}')} {word}", commit, place)
            for place, commit, word in sides
            if place
        )


def group_by_section(edits: Sequence[Edit]) -> list[list[Edit]]:
    """The edits of each section, in the order in which they are told; the first is number 1."""
    return [list(group) for _, group in groupby(edits, key=lambda e: (e.path, e.section))]


def entry(number: int, draft: Draft, edits: list[Edit], links: Permalinks) -> str:
    """One edited section: where, what changes, and why."""
    first = edits[0]
    head = f"### {number}. {format_section(first.section)}"
    diff = code_block(edit_diff(draft.documents[first.path], edits), "diff")
    return "\n\n".join([head, diff, *_reasons(edits, links)])


def format_section(section: Section) -> str:
    """A section's document and headings, as code."""
    where = " › ".join(code(part) for part in section.heading)
    return code(section.path) + (f" — {where}" if where else "")


def _reasons(edits: Iterable[Edit], links: Permalinks) -> list[str]:
    seen = dict.fromkeys((e.reason, links.for_fact(e.fact), e.rule, round(e.confidence * 100)) for e in edits)
    lines = [
        f"- {escape_text(reason)} {where} (rule {code(rule)}, {sure} % sure)" for reason, where, rule, sure in seen
    ]
    return ["\n".join(lines)]


def edit_diff(text: str, edits: Sequence[Edit]) -> str:
    """The lines that edits of one document change, with `-` before and `+` after."""
    lines: list[str] = []
    for before, after in _windows(text.encode(), sorted(edits, key=lambda e: (e.start, e.end))):
        said = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
        lines += [line for line in said if not line.startswith("@@")]
    return "\n".join(lines)


def _windows(data: bytes, edits: list[Edit]) -> Iterator[tuple[str, str]]:
    """The whole lines that edits touch, before and after: comparing these alone costs as much as they are long."""
    while edits:
        start = data.rfind(b"\n", 0, edits[0].start) + 1
        end, number = start, 0
        while number < len(edits) and (not number or edits[number].start < end):
            end = data.find(b"\n", edits[number].end) + 1 or len(data)
            number += 1
        before = data[start:end].decode()
        yield (
            before,
            apply_edits(before, [replace(e, start=e.start - start, end=e.end - start) for e in edits[:number]]),
        )
        edits = edits[number:]


def list_notices(notices: Sequence[Notice], links: Permalinks) -> list[str]:
    """The places to look at, as one list under its heading; none where there are none."""
    if not notices:
        return []
    lines = ["### Noticed, not edited"]
    for notice in notices[:MAX_NOTICES]:
        where = links(code(f"{notice.path}:{notice.line}"), links.head, Location(notice.path, notice.line))
        lines.append(f"- {where}: {escape_text(notice.reason)}")
    lines = fit(lines, _MAX_NOTICE_CHARACTERS)
    if len(notices) >= len(lines):
        lines.append(f"- … and {len(notices) - len(lines) + 1} more")
    return [lines[0] + "\n\n" + "\n".join(lines[1:])]


def notes_footer(notes: Sequence[str]) -> list[str]:
    """What was skipped and why, in small print."""
    kept = fit((escape_text(note) for note in notes[:10]), _MAX_NOTE_CHARACTERS)
    return ["<sub>" + " ".join(kept) + "</sub>"] if kept else []
