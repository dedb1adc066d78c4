"""The words of a documentation pull request: title, body, commit message, and the marker they carry.

Text from a repository stands in code spans and fences only, so that it can neither mention people,
nor close issues, nor draw anything of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from itertools import groupby
from urllib.parse import quote

from bot.domain import Draft, Edit, Fact, FactKind, Notice, Place, edited

TITLE_LIMIT = 200
BODY_LIMIT = 60_000
NOTICE_LIMIT = 20
FINGERPRINT_LIMIT = 1_000
"""Edits that a marker names. Whatever became of a larger pull request, facts are looked for from its head on."""
TRAILER = "MAS-Plan"

_NOTICE_ROOM, _NOTE_ROOM = 12_000, 4_000  # characters; a path alone may have 4,096
_TAME = re.compile(r"[\w./:=()\[\],'\"*`<> -]+")
_REFERENCE = re.compile(r"//|\bgh-\d", re.IGNORECASE)
_MARKER = re.compile(r"<!-- mas:docs (?P<fields>[^>]*) -->")
_HEADER = "This pull request follows the code: each edit below comes from one change of code, shown with it."
_FOOTER = (
    "_Merge it, or close it: an edit that you close is not proposed again. "
    "Commits that you add to this branch are never overwritten._"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """What a pull request of ours says of itself to us, hidden in its body.

    `head` is the commit that was worked on, `digest` names what it says, `fingerprints` its edits.
    """

    head: str
    digest: str
    fingerprints: frozenset[str]

    def __str__(self) -> str:
        return f"<!-- mas:docs head={self.head} digest={self.digest} edits={','.join(sorted(self.fingerprints))} -->"

    @classmethod
    def read(cls, body: str) -> Marker | None:
        """The marker of a body; None where there is none, or one that we would not have written."""
        found = _MARKER.findall(body)
        if not found:
            return None
        # Ours is the last: before it stand lines of documents, which may hold anything.
        fields = dict(part.split("=", 1) for part in found[-1].split() if "=" in part)
        head, digest, edits = (fields.get(name, "") for name in ("head", "digest", "edits"))
        if not re.fullmatch(r"[0-9a-f]{40}", head) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            return None
        return cls(head, digest, frozenset(filter(None, edits.split(","))))


@dataclass(frozen=True, slots=True)
class Permalinks:
    """Addresses of lines at the two commits; `web` is the repository's page."""

    web: str
    base: str
    head: str

    def __call__(self, text: str, commit: str, place: Place) -> str:
        return f"[{text}]({self.web}/blob/{commit}/{quote(place.path)}#L{place.line})"

    def of(self, fact: Fact) -> str:
        """Where the fact can be seen: before, after, or both."""
        sides = [(fact.before, self.base, "before"), (fact.after, self.head, "after")]
        return " · ".join(
            self(f"{code(f'{place.path}:{place.line}')} {word}", commit, place)
            for place, commit, word in sides
            if place
        )


def code(text: str) -> str:
    """Text as inline code, whatever is in it (https://spec.commonmark.org/0.31.2/#code-spans)."""
    flat = " ".join(text.split()) or " "
    ticks = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """Text as a fenced block that nothing in it can end."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def sentence(fact: Fact) -> str:
    """A fact in a few words, its names as code."""
    old, new, symbol = code(fact.old or ""), code(fact.new or ""), code(fact.symbol)
    match fact.kind:
        case FactKind.RENAMED:
            return f"{old} is now {new}"
        case FactKind.REMOVED:
            return f"{old} was removed"
        case FactKind.FILE_MOVED:
            return f"{old} moved to {new}"
        case FactKind.PARAMETER_RENAMED:
            return f"the parameter {old} of {symbol} is now {new}"
        case FactKind.PARAMETER_ADDED:
            return f"{symbol} takes a new parameter {new}"
        case FactKind.PARAMETER_REMOVED:
            return f"{symbol} no longer takes {old}"
        case FactKind.PARAMETERS_REORDERED:
            return f"the parameters of {symbol} changed their order"
        case FactKind.DEFAULT_CHANGED:
            return f"the default of {code(fact.parameter or '')} in {symbol} is now {new}"
        case FactKind.VALUE_CHANGED:
            return f"{symbol} is now {new}"
        case FactKind.NAME_REPLACED:
            return f"{old} was replaced by {new}"
        case FactKind.NAME_GONE:
            return f"{old} is gone from the code"
        case FactKind.INTERFACE_RENAMED:
            return f"the {fact.what} {old} is now {new}"
        case FactKind.INTERFACE_REMOVED:
            return f"the {fact.what} {old} was removed"
        case FactKind.INTERFACE_DEFAULT_CHANGED:
            return f"the default of the {fact.what} {symbol} is now {new}"
        case FactKind.TYPE_CHANGED:
            return f"{code(fact.parameter) if fact.parameter else 'the result'} of {symbol} is now {new}"
        case FactKind.DEPRECATED:
            return f"{symbol} is deprecated"
        case FactKind.VERSION_CHANGED:
            return f"the least supported version of {symbol} is now {new}"


def title(edits: Sequence[Edit]) -> str:
    """What the pull request does, for a list: one fact in words, several counted."""
    said = list(dict.fromkeys(sentence(edit.fact) for edit in edits))
    if len(said) == 1 and _is_tame(said[0]):
        return f"docs: {said[0]}"
    files = len({edit.path for edit in edits})
    return f"docs: follow {_count(len(said), 'change')} of code in {_count(files, 'file')}"


def message(edits: Sequence[Edit], digest: str) -> str:
    """The commit's message: the title, the facts, and the trailer that it is found by."""
    facts = filter(_is_tame, dict.fromkeys(sentence(edit.fact) for edit in edits))
    lines = "".join(f"- {fact}\n" for fact in list(facts)[:30]).replace("`", "")
    return f"{title(edits).replace('`', '')}\n\n{lines}\n{TRAILER}: {digest}\n"


def _is_tame(text: str) -> bool:
    """Whether a title or a commit may hold it: there GitHub obeys `fixes #1`, `GH-1` and addresses, code or not."""
    return len(text) <= TITLE_LIMIT and bool(_TAME.fullmatch(text)) and not _REFERENCE.search(text)


def body(draft: Draft, edits: Sequence[Edit], links: Permalinks, marker: Marker) -> str:
    """The body: an entry for each edited section, then what was noticed and not edited, then the marker.

    Never longer than `BODY_LIMIT` characters; what does not fit is counted.
    """
    groups = [list(group) for _, group in groupby(edits, key=lambda e: (e.path, e.section))]
    foot = "\n\n".join([*_noticed(draft.notices, links), *_notes(draft.notes), _FOOTER, str(marker)])
    room = BODY_LIMIT - len(_HEADER) - len(foot) - 200
    kept = _fit((_entry(draft, group, links) for group in groups), room)
    if len(kept) < len(groups):
        kept.append(f"_{_count(len(groups) - len(kept), 'more edited section')} in the diff._")
    return "\n\n".join([_HEADER, *kept, foot])


def withdrawn(head: str, digest: str) -> str:
    """The body of a pull request whose every cause is gone; it names no edits, so none counts as turned down."""
    return f"The code that made these edits necessary is no longer there.\n\n{Marker(head, digest, frozenset())}"


def _entry(draft: Draft, edits: list[Edit], links: Permalinks) -> str:
    first = edits[0]
    where = " › ".join(code(part) for part in first.section.heading)
    head = f"### {code(first.path)}" + (f" — {where}" if where else "")
    return "\n\n".join([head, fenced(_diff(draft.documents[first.path], edits), "diff"), *_reasons(edits, links)])


def _reasons(edits: Iterable[Edit], links: Permalinks) -> list[str]:
    seen = dict.fromkeys((e.reason, links.of(e.fact), e.rule, round(e.confidence * 100)) for e in edits)
    lines = [f"- {_safe(reason)} {where} (rule {code(rule)}, {sure} % sure)" for reason, where, rule, sure in seen]
    return ["\n".join(lines)]


def _diff(text: str, edits: list[Edit]) -> str:
    lines: list[str] = []
    for before, after in _windows(text.encode(), sorted(edits, key=lambda e: (e.start, e.end))):
        said = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
        lines += [line for line in said if not line.startswith("@@")]
    return "\n".join(lines)


def _windows(data: bytes, edits: list[Edit]) -> Iterator[tuple[str, str]]:
    """The whole lines that edits touch, before and after: comparing these alone costs as much as they are long."""
    while edits:
        start = data.rfind(b"\n", 0, edits[0].start) + 1
        end, count = start, 0
        while count < len(edits) and (not count or edits[count].start < end):
            end = data.find(b"\n", edits[count].end) + 1 or len(data)
            count += 1
        before = data[start:end].decode()
        yield before, edited(before, [replace(e, start=e.start - start, end=e.end - start) for e in edits[:count]])
        edits = edits[count:]


def _noticed(notices: Sequence[Notice], links: Permalinks) -> list[str]:
    if not notices:
        return []
    lines = ["### Noticed, not edited"]
    for notice in notices[:NOTICE_LIMIT]:
        where = links(code(f"{notice.path}:{notice.line}"), links.head, Place(notice.path, notice.line))
        lines.append(f"- {where}: {_safe(notice.reason)}")
    lines = _fit(lines, _NOTICE_ROOM)
    if len(notices) >= len(lines):
        lines.append(f"- … and {len(notices) - len(lines) + 1} more")
    return [lines[0] + "\n\n" + "\n".join(lines[1:])]


def _notes(notes: Sequence[str]) -> list[str]:
    kept = _fit((_safe(note) for note in notes[:10]), _NOTE_ROOM)
    return ["<sub>" + " ".join(kept) + "</sub>"] if kept else []


def _safe(text: str) -> str:
    """A sentence with names as code in it; what does not stand in code draws nothing and calls nobody."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0 or "" in parts[1::2]:
        return _inert("".join(parts))
    return "".join(code(part) if number % 2 else _inert(part) for number, part in enumerate(parts))


def _inert(text: str) -> str:
    # An escaped @ or # still mentions or refers once it is drawn: a word joiner keeps it from doing so.
    joined = re.sub(r"[@#](?=\w)|(?<=\bgh)-(?=\d)", "\\g<0>\u2060", text, flags=re.IGNORECASE)
    return re.sub(r"([\\*_{}\[\]<>|~])", r"\\\1", joined).replace("://", ":/\u2060/")


def _fit(entries: Iterable[str], room: int) -> list[str]:
    kept: list[str] = []
    for entry in entries:
        room -= len(entry) + 2
        if room < 0:
            break
        kept.append(entry)
    return kept


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
