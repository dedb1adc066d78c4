"""A draft as changes of whole lines, as patches and evaluators want them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain import Draft, Edit


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `start:end` of a document (from 0, end not included), what comes in their place, and by which edits."""

    path: str
    start: int
    end: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]
    edits: tuple[Edit, ...]


def lines_of(data: bytes) -> list[bytes]:
    """Lines with their ends, as git counts them: at `\\n` only."""
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def hunks(draft: Draft) -> list[Hunk]:
    """The changes of each document in its order; edits that share a line stand in one."""
    found: list[Hunk] = []
    for path in dict.fromkeys(edit.path for edit in draft.edits):
        edits = sorted((e for e in draft.edits if e.path == path), key=lambda e: (e.start, e.end))
        found += _of_document(path, draft.documents[path].encode(), edits)
    return found


def _of_document(path: str, data: bytes, edits: Sequence[Edit]) -> Iterator[Hunk]:
    lines = lines_of(data)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for first, last, group in _grouped(data, edits):
        low, high = starts[first], starts[last]
        yield Hunk(
            path, first, last, tuple(lines[first:last]), tuple(lines_of(_applied(data, low, high, group))), tuple(group)
        )


def _grouped(data: bytes, edits: Sequence[Edit]) -> Iterator[tuple[int, int, list[Edit]]]:
    first, last, group = 0, 0, list[Edit]()
    for edit in edits:
        low = data.count(b"\n", 0, edit.start)
        high = low + data.count(b"\n", edit.start, max(edit.end - 1, edit.start)) + 1
        if group and low < last:
            last = max(last, high)
            group.append(edit)
            continue
        if group:
            yield first, last, group
        first, last, group = low, high, [edit]
    if group:
        yield first, last, group


def _applied(data: bytes, low: int, high: int, edits: Sequence[Edit]) -> bytes:
    out, at = bytearray(), low
    for edit in edits:
        out += data[at : edit.start] + edit.new.encode()
        at = edit.end
    return bytes(out + data[at:high])
