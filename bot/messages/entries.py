"""Entries of pull requests and checks: an edited section with its cause, and a place to review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from itertools import groupby
from urllib.parse import quote

from bot.domain import Draft, Edit, Fact, Location, Notice, Section, apply_edits
from bot.messages.markdown import code, code_block, escape_text, fit

MAX_NOTICES = 20

_MAX_NOTICE_CHARACTERS, _MAX_NOTE_CHARACTERS = 12_000, 4_000  # a path alone can have 4,096


@dataclass(frozen=True, slots=True)
class Permalinks:
    """Links to lines of two commits.

    Args:
        web: the URL of the repository's page.
    """

    web: str
    base: str
    head: str

    def __call__(self, text: str, commit: str, place: Location) -> str:
        return f"[{text}]({self.web}/blob/{commit}/{quote(place.path)}#L{place.line})"

    def for_fact(self, fact: Fact) -> str:
        """Return links to the code before the change, after it, or both."""
        sides = [(fact.before, self.base, "before"), (fact.after, self.head, "after")]
        return " · ".join(
            self(f"{code(f'{place.path}:{place.line}')} {side}", commit, place)
            for place, commit, side in sides
            if place
        )


def group_by_section(edits: Sequence[Edit]) -> list[list[Edit]]:
    """Return the edits of each section. Readers see each group as one edit, numbered from 1 in this order."""
    return [list(group) for _, group in groupby(edits, key=lambda e: (e.path, e.section))]


def entry(number: int, draft: Draft, edits: list[Edit], links: Permalinks) -> str:
    """Return the entry of one edited section: its place, the diff, and the causes."""
    first = edits[0]
    head = f"### {number}. {format_section(first.section)}"
    diff = code_block(edit_diff(draft.documents[first.path], edits), "diff")
    return "\n\n".join([head, diff, "\n".join(_causes(edits, links))])


def format_section(section: Section) -> str:
    """Return a section's path and headings as code spans."""
    return " › ".join(code(part) for part in (section.path, *section.heading))


def _causes(edits: Iterable[Edit], links: Permalinks) -> Iterator[str]:
    """Yield a list item for each place in the code, with all reasons that lead to it."""
    by_place: dict[str, list[Edit]] = {}
    for edit in edits:
        by_place.setdefault(links.for_fact(edit.fact), []).append(edit)
    for place, same in by_place.items():
        reasons = " ".join(dict.fromkeys(escape_text(edit.reason) for edit in same))
        yield "- " + " ".join(part for part in (reasons, place, f"({rule_names(same)})") if part)


def rule_names(edits: Iterable[Edit]) -> str:
    """Return the names of the rules that made edits."""
    names = list(dict.fromkeys(code(edit.rule) for edit in edits))
    return f"{'rule' if len(names) == 1 else 'rules'} {', '.join(names)}"


def edit_diff(text: str, edits: Sequence[Edit]) -> str:
    """Return the lines that edits of one document change, with `-` before and `+` after."""
    lines: list[str] = []
    for before, after in _windows(text.encode(), sorted(edits, key=lambda e: (e.start, e.end))):
        diff = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
        lines += [line for line in diff if not line.startswith("@@")]
    return "\n".join(lines)


def _windows(data: bytes, edits: list[Edit]) -> Iterator[tuple[str, str]]:
    """Yield the whole lines that edits touch, before and after. Comparing only these keeps large documents fast."""
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
    """Return the places to review as one list under its heading, or nothing if there are none."""
    if not notices:
        return []
    lines = ["### Places to review"]
    for notice in notices[:MAX_NOTICES]:
        where = links(code(f"{notice.path}:{notice.line}"), links.head, Location(notice.path, notice.line))
        lines.append(f"- {where}: {escape_text(notice.reason)}")
    lines = fit(lines, _MAX_NOTICE_CHARACTERS)
    if len(notices) >= len(lines):
        lines.append(f"- … and {len(notices) - len(lines) + 1} more")
    return [lines[0] + "\n\n" + "\n".join(lines[1:])]


def notes_footer(notes: Sequence[str]) -> list[str]:
    """Return the notes on skipped files in small print, or nothing if there are none."""
    kept = fit((escape_text(note) for note in notes[:10]), _MAX_NOTE_CHARACTERS)
    return ["<sub>" + " ".join(kept) + "</sub>"] if kept else []
