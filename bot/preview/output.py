"""A preview as text for people, as JSON for programs, as a patch for git."""

from __future__ import annotations

import json
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.domain import Edit, Fact, Notice
from bot.preview import Preview
from bot.preview.hunks import Hunk, hunks

_CONTEXT = 2
_UNQUOTED = frozenset(range(0x20, 0x7F)) - {ord('"'), ord("\\")}
_SHORT = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


# ------------------------------------------------------------------ JSON


def as_json(preview: Preview) -> str:
    """What the evaluator of the benchmark reads; lines count from 1, both ends inclusive, without carriage returns."""
    edits = [
        {
            "path": hunk.path,
            "start_line": hunk.start + 1,
            "end_line": hunk.end,
            "replacement": b"".join(hunk.new).decode().replace("\r\n", "\n"),
            "confidence": round(min(edit.confidence for edit in hunk.edits), 4),
            "kind": hunk.edits[0].rule,
            "reason": " ".join(dict.fromkeys(edit.reason for edit in hunk.edits)),
        }
        for hunk in hunks(preview.draft)
    ]
    noticed = [
        {
            "path": notice.path,
            "line": notice.line,
            "section": " / ".join(notice.section.heading),
            "confidence": round(notice.confidence, 4),
            "reason": notice.reason,
        }
        for notice in preview.draft.notices
    ]
    said = {"base": preview.base, "head": preview.head, "edits": edits, "noticed": noticed}
    return json.dumps({**said, "notes": list(preview.draft.notes)}, indent=1, ensure_ascii=True)


# ------------------------------------------------------------------ patch


def as_patch(preview: Preview) -> bytes:
    """A patch that `git apply` takes, with no lines of context but the changed ones' own neighbours."""
    out = bytearray()
    for path, group in groupby(hunks(preview.draft), key=lambda hunk: hunk.path):
        lines = preview.draft.documents[path].encode().split(b"\n")
        old, new = _quoted(f"a/{path}"), _quoted(f"b/{path}")
        out += f"diff --git {old} {new}\n--- {old}\n+++ {new}\n".encode()
        shift = 0
        for hunk in group:
            out += _patched(hunk, [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else []), shift)
            shift += len(hunk.new) - len(hunk.old)
    return bytes(out)


def _patched(hunk: Hunk, lines: list[bytes], shift: int) -> bytes:
    # One line of context each side where there is one: without any, git apply wants --unidiff-zero.
    low, high = max(hunk.start - 1, 0), min(hunk.end + 1, len(lines))
    head, tail = lines[low : hunk.start], lines[hunk.end : high]
    before, after = len(head) + len(hunk.old) + len(tail), len(head) + len(hunk.new) + len(tail)
    out = (
        f"@@ -{low + 1 if before else low},{before} +{low + 1 + shift if after else low + shift},{after} @@\n".encode()
    )
    for sign, part in ((b" ", head), (b"-", hunk.old), (b"+", hunk.new), (b" ", tail)):
        for line in part:
            out += sign + line if line.endswith(b"\n") else sign + line + b"\n\\ No newline at end of file\n"
    return out


def _quoted(path: str) -> str:
    """A path as git writes it in a patch: in quotes when it has anything but plain characters."""
    data = path.encode("utf-8", "surrogateescape")
    if all(byte in _UNQUOTED for byte in data):
        return path
    said = "".join(
        chr(byte) if byte in _UNQUOTED else "\\" + _SHORT[byte] if byte in _SHORT else f"\\{byte:03o}" for byte in data
    )
    return f'"{said}"'


# ------------------------------------------------------------------ text


def show(preview: Preview, console: Console) -> None:
    """Print a preview for people."""
    for path, group in groupby(hunks(preview.draft), key=lambda hunk: hunk.path):
        console.print(Text(_plain(path), style="bold"))
        for hunk in group:
            _show_hunk(preview, hunk, console)
    if preview.draft.notices:
        console.print(Text("Noticed, not edited", style="bold"))
        for notice in preview.draft.notices:
            _show_notice(notice, console)
        console.print()
    for note in preview.draft.notes:
        console.print(Text(_plain(note), style="dim"))
    console.print(Text(_summary(preview)))


def _show_hunk(preview: Preview, hunk: Hunk, console: Console) -> None:
    lines = preview.draft.documents[hunk.path].split("\n")
    console.print(Text(f"@@ line {hunk.start + 1} @@", style="cyan"))
    for line in lines[max(hunk.start - _CONTEXT, 0) : hunk.start]:
        console.print(Text("  " + _plain(line)))
    for sign, style, part in (("- ", "red", hunk.old), ("+ ", "green", hunk.new)):
        for raw in part:
            console.print(Text(sign + _plain(raw.decode().rstrip("\r\n")), style=style))
    for line in lines[hunk.end : hunk.end + _CONTEXT]:
        console.print(Text("  " + _plain(line)))
    for why in dict.fromkeys(_why(edit) for edit in hunk.edits):
        console.print(Padding(Text(why, style="italic"), (0, 0, 0, 4)))
    console.print()


def _why(edit: Edit) -> str:
    said = f"{edit.reason} {_where(edit.fact)}".rstrip()
    return _plain(f"↳ {said} ({edit.rule}, {edit.confidence:.0%} sure)")


def _where(fact: Fact) -> str:
    places = [f"{place.path}:{place.line}" for place in (fact.before, fact.after) if place]
    return " → ".join(dict.fromkeys(places))


def _show_notice(notice: Notice, console: Console) -> None:
    where = Text(f"  {_plain(notice.path)}:{notice.line}", style="yellow")
    console.print(where.append(f"  {_plain(notice.reason)}", style="default"))
    if notice.fact:
        console.print(Padding(Text(_plain(_where(notice.fact)), style="dim"), (0, 0, 0, 6)))


def _summary(preview: Preview) -> str:
    draft = preview.draft
    files = len({edit.path for edit in draft.edits})
    span = f"{preview.base[:9]}..{preview.head[:9]}"
    if not preview.stale:
        return f"{span}: no stale docs found ({_count(draft.checked, 'document')} checked)."
    said = f"{_count(len(draft.edits), 'edit')} in {_count(files, 'file')}, {len(draft.notices)} noticed"
    return f"{span}: {said} ({_count(draft.checked, 'document')} checked)."


def _plain(text: str) -> str:
    """Text without anything that a terminal would obey."""
    return "".join(
        c if c.isprintable() or c == "\t" else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
