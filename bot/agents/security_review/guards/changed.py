"""What a change takes away: every guard over every source file that it edits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.agents.security_review.guards.code import code
from bot.agents.security_review.guards.guard import Edited, Guard, Hunk
from bot.domain import Blob, Change
from bot.domain.findings import Hit
from bot.languages import LANGUAGES
from bot.languages.scope import is_readable, is_source, language_of
from bot.text.diff import hunks

MANY_FILES = 300
"""A change of more source files is a reformatting or an import; nothing is said of it."""
MANY_LINES = 1_500
"""Changed lines of one file, old and new; beyond it the file was rewritten."""
MANY_HITS = 3
"""Of one guard in one file: the same guard taken away in many places is told in the first."""

_OTHER_SUFFIXES = (".vue", ".svelte", ".mjs", ".cjs", ".scala", ".swift", ".ex", ".exs", ".pl", ".erb")


def look(change: Change, guards: Sequence[Guard]) -> Iterator[tuple[str, Hit]]:
    """The path at head and what is less guarded there; moved, deleted and new files take nothing away."""
    pairs = [
        (file.after, change.base[file.before], change.head[file.after])
        for file in change.files
        if file.before is not None and file.after is not None and _is_looked_at(file.after)
    ]
    if len(pairs) > MANY_FILES:
        return
    edits = [edit for path, old, new in pairs if (edit := _edited(path, old, new)) is not None]
    fresh = [f.after for f in change.files if f.before is None and f.after is not None and _is_looked_at(f.after)]
    added = [(edit.path, line) for edit in edits for hunk in edit.hunks for line in hunk.new]
    added += [(path, line) for path in fresh[:MANY_FILES] for line in code(_lines(change.head[path]), path)]
    for edit in edits:
        elsewhere = tuple(line for path, line in added if path != edit.path)
        yield from _hits(Edited(edit.path, edit.before, edit.after, edit.hunks, elsewhere), guards)


def edited(path: str, before: str, after: str) -> Edited:
    """A file before and after, its comments taken out."""
    was, now = before.splitlines(), after.splitlines()
    old, new = code(was, path), code(now, path)
    differing = hunks(was, now)  # with comments: that places them as git does
    return Edited(path, old, new, tuple(Hunk(h.a, old[h.a : h.b], h.c, new[h.c : h.d]) for h in differing))


def _hits(edit: Edited, guards: Sequence[Guard]) -> Iterator[tuple[str, Hit]]:
    if sum(len(h.old) + len(h.new) for h in edit.hunks) > MANY_LINES:
        return
    told: set[int] = set()
    for guard in guards:
        for hit in islice(guard.look(edit), MANY_HITS):
            if hit.line not in told:
                told.add(hit.line)
                yield edit.path, hit


def _edited(path: str, old: Blob, new: Blob) -> Edited | None:
    if not (is_readable(old) and is_readable(new)) or b"\0" in old.data[:8_000] + new.data[:8_000]:
        return None
    return edited(path, old.data.decode(errors="replace"), new.data.decode(errors="replace"))


def _lines(blob: Blob) -> list[str]:
    return blob.data.decode(errors="replace").splitlines() if is_readable(blob) else []


def _is_looked_at(path: str) -> bool:
    known = language_of(path, LANGUAGES) is not None or path.endswith(_OTHER_SUFFIXES)
    return known and is_source(path)
