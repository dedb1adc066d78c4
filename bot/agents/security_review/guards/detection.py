"""Run every guard over every source file that a change edits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.agents.security_review.guards.code import strip_comments
from bot.agents.security_review.guards.guard import CodeHunk, Guard, SourceDiff
from bot.domain import Blob, Change
from bot.domain.findings import Hit
from bot.languages import LANGUAGES
from bot.languages.scope import is_readable, language_of
from bot.text.diff import hunks
from bot.text.file_classes import FileClass, FileClasses, classes_of

MAX_FILES = 300
"""A change of more source files counts as reformatting or an import and is not checked."""
MAX_LINES = 1_500
"""Changed lines of one file, old and new; a file with more counts as rewritten."""
MAX_HITS = 3
"""Hits of one guard in one file; further ones are not reported."""

_OTHER_SUFFIXES = (".vue", ".svelte", ".mjs", ".cjs", ".scala", ".swift", ".ex", ".exs", ".pl", ".erb")


def find_removed_guards(change: Change, guards: Sequence[Guard]) -> Iterator[tuple[str, Hit]]:
    """Yield the path at head and a hit for each removed guard; deleted and new files have none."""
    classes = classes_of(change.head)
    pairs = [
        (file.after, change.base[file.before], change.head[file.after])
        for file in change.files
        if file.before is not None and file.after is not None and _is_checked(file.after, classes)
    ]
    if len(pairs) > MAX_FILES:
        return
    edits = [edit for path, old, new in pairs if (edit := _diff_blobs(path, old, new)) is not None]
    new_files = [
        f.after for f in change.files if f.before is None and f.after is not None and _is_checked(f.after, classes)
    ]
    added = [(edit.path, line) for edit in edits for hunk in edit.hunks for line in hunk.new]
    added += [
        (path, line) for path in new_files[:MAX_FILES] for line in strip_comments(_lines(change.head[path]), path)
    ]
    for edit in edits:
        elsewhere = tuple(line for path, line in added if path != edit.path)
        yield from _hits(SourceDiff(edit.path, edit.before, edit.after, edit.hunks, elsewhere), guards)


def diff_source(path: str, before: str, after: str) -> SourceDiff:
    """Compare two versions of a file, without comments."""
    was, now = before.splitlines(), after.splitlines()
    old, new = strip_comments(was, path), strip_comments(now, path)
    differing = hunks(was, now)  # with comments, as git does
    return SourceDiff(
        path,
        old,
        new,
        tuple(
            CodeHunk(h.old_start, old[h.old_start : h.old_end], h.new_start, new[h.new_start : h.new_end])
            for h in differing
        ),
    )


def _hits(diff: SourceDiff, guards: Sequence[Guard]) -> Iterator[tuple[str, Hit]]:
    if sum(len(h.old) + len(h.new) for h in diff.hunks) > MAX_LINES:
        return
    reported_lines: set[int] = set()
    for guard in guards:
        for hit in islice(guard.detect(diff), MAX_HITS):
            if hit.line not in reported_lines:
                reported_lines.add(hit.line)
                yield diff.path, hit


def _diff_blobs(path: str, old: Blob, new: Blob) -> SourceDiff | None:
    if not (is_readable(old) and is_readable(new)) or b"\0" in old.data[:8_000] + new.data[:8_000]:
        return None
    return diff_source(path, old.data.decode(errors="replace"), new.data.decode(errors="replace"))


def _lines(blob: Blob) -> list[str]:
    return blob.data.decode(errors="replace").splitlines() if is_readable(blob) else []


def _is_checked(path: str, classes: FileClasses) -> bool:
    known = language_of(path, LANGUAGES) is not None or path.endswith(_OTHER_SUFFIXES)
    return known and classes.of(path).file_class is FileClass.PROGRAM
