"""Edits of a document as changed lines, as hunks with context, and as a patch for `git apply`.

As in git, only a line feed ends a line; a carriage return is part of its line.
https://git-scm.com/docs/diff-format#generate_patch_text_with_p
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain import Edit

CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that change together: `new` replaces `old`, which starts on line `start`, counted from 1.

    If `old` is empty, `new` is inserted before `start`. `edits` are the edits that change the lines, in order.
    """

    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    edits: tuple[Edit, ...]

    @property
    def end(self) -> int:
        """The last line, inclusive; `start - 1` if `old` is empty."""
        return self.start + len(self.old) - 1


@dataclass(frozen=True, slots=True)
class PatchHunk:
    """Neighbouring regions with context. `lines` begin with a space, `-` or `+`."""

    header: str
    lines: tuple[str, ...]
    edits: tuple[Edit, ...]


def regions(text: str, edits: Iterable[Edit]) -> list[Region]:
    """Return the regions that edits change, in order. No two regions share a line.

    Args:
        text: the document before the edits, whose spans are bytes of its UTF-8.
        edits: must not overlap.
    """
    document = _Lines(text.encode())
    found: list[Region] = []
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        first = document.line_at(edit.start)
        last = max(first, document.line_at(max(edit.start, edit.end - 1)))
        group: tuple[Edit, ...] = (edit,)
        while True:
            if found and first <= max(found[-1].end, found[-1].start):
                joined = found.pop()
                first, last, group = joined.start, max(last, joined.end), joined.edits + group
            new = document.apply_edits(first, last, group)
            if not new or new.endswith(b"\n") or last >= document.count:
                break
            last += 1  # the edits remove the line end, so the next line joins
        found.append(Region(first, document.lines(first, last), _to_lines(new), group))
    return found


def patch_hunks(text: str, edits: Iterable[Edit]) -> list[PatchHunk]:
    """Return the document's changes with three lines of context, as in `git diff`."""
    lines = _to_lines(text.encode())
    groups: list[list[Region]] = []
    for region in (_trim(r) for r in regions(text, edits) if r.old != r.new):
        if groups and region.start - groups[-1][-1].end <= 2 * CONTEXT_LINES + 1:
            groups[-1].append(region)
        else:
            groups.append([region])
    shift, result = 0, []
    for group in groups:
        result.append(_hunk(lines, group, shift))
        shift += sum(len(region.new) - len(region.old) for region in group)
    return result


def patch(path: str, text: str, edits: Iterable[Edit]) -> str:
    """Return the part of a patch for one file, for `git apply`."""
    old, new = quote_path(f"a/{path}"), quote_path(f"b/{path}")
    tab = "\t" if " " in path else ""  # as in git, to mark the end of the name
    head = f"diff --git {old} {new}\n--- {old}{tab}\n+++ {new}{tab}\n"
    return head + "".join(
        f"{hunk.header}\n{''.join(_to_patch_line(line) for line in hunk.lines)}" for hunk in patch_hunks(text, edits)
    )


def quote_path(path: str) -> str:
    """Return a path as in git's patches: quoted if it contains anything but printable ASCII."""
    quoted = "".join(
        _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in path.encode()
    )
    return path if quoted == path else f'"{quoted}"'


_ESCAPES = {
    7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\",
}  # fmt: skip


class _Lines:
    """A document's bytes by line. Lines past the end are empty."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        ends = [at + 1 for at, byte in enumerate(data) if byte == 10]
        self._starts = [0, *ends] if not ends or ends[-1] < len(data) else [0, *ends[:-1]]
        self.count = len(self._starts) if data else 0

    def line_at(self, offset: int) -> int:
        """Return the line of a byte, from 1. An insertion after the last line feed is on a new line."""
        at_end = offset >= len(self._data) and self._data[-1:] in (b"", b"\n")
        return self.count + 1 if at_end else bisect_right(self._starts, offset)

    def span(self, first: int, last: int) -> tuple[int, int]:
        bounds = [*self._starts, len(self._data)] if self.count else [0]
        return bounds[min(first - 1, self.count)], bounds[min(last, self.count)]

    def lines(self, first: int, last: int) -> tuple[str, ...]:
        start, end = self.span(first, last)
        return _to_lines(self._data[start:end])

    def apply_edits(self, first: int, last: int, edits: Sequence[Edit]) -> bytes:
        start, end = self.span(first, last)
        out = bytearray()
        for edit in edits:
            out += self._data[start : edit.start] + edit.new.encode()
            start = edit.end
        return bytes(out) + self._data[start:end]


def _to_lines(data: bytes) -> tuple[str, ...]:
    lines = data.decode().split("\n")
    ended = [f"{line}\n" for line in lines[:-1]]
    return (*ended, lines[-1]) if lines[-1] else tuple(ended)


def _trim(region: Region) -> Region:
    """Return the region without unchanged lines at its start and end."""
    old, new = list(region.old), list(region.new)
    start = region.start
    while old and new and old[0] == new[0]:
        del old[0], new[0]
        start += 1
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return Region(start, tuple(old), tuple(new), region.edits)


def _hunk(lines: Sequence[str], group: Sequence[Region], shift: int) -> PatchHunk:
    first = max(1, group[0].start - CONTEXT_LINES)
    last = min(len(lines), group[-1].end + CONTEXT_LINES)
    shown: list[str] = []
    at = first
    for region in group:
        shown += [f" {line}" for line in lines[at - 1 : region.start - 1]]
        shown += [f"-{line}" for line in region.old] + [f"+{line}" for line in region.new]
        at = region.end + 1
    shown += [f" {line}" for line in lines[at - 1 : last]]
    old_count, new_count = (sum(line[0] in kinds for line in shown) for kinds in (" -", " +"))
    header = f"@@ -{_range(first, old_count)} +{_range(first + shift, new_count)} @@"
    return PatchHunk(header, tuple(shown), tuple(edit for region in group for edit in region.edits))


def _range(start: int, count: int) -> str:
    """Return the range of a hunk header: start and length. An empty range names the line before it."""
    if count == 1:
        return str(start)
    return f"{start if count else start - 1},{count}"


def _to_patch_line(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
