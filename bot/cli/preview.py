"""What MAS would do to the docs of a repository on this machine, shown and not done.

Nothing is written into the work tree or the repository; what is known of its past is kept in the user's data folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from bot.analysis.docs import analyse
from bot.cli.local_config import draft_options
from bot.cli.revisions import CommitRange, resolve_range
from bot.cli.terminal import handle_output_errors, progress, write
from bot.domain import Draft, Edit, Fact, Location, Section
from bot.git import GitRepo
from bot.settings import data_dir
from bot.text.patch import PatchHunk, patch, patch_hunks, regions
from bot.text.terminal_safe import escape_for_terminal

T = TypeVar("T")


class PreviewFormat(StrEnum):
    """How a preview is told."""

    TEXT = "text"
    JSON = "json"
    PATCH = "patch"


def preview(path: str, base: str | None, head: str, output: PreviewFormat) -> bool:
    """Print what the change from `base` to `head` makes of the docs; returns whether they are stale.

    Args:
        path: of the repository.
        base: a revision; None for where `head` left the default branch.

    Raises:
        UserError: no such repository or revision, or a history that does not reach back far enough.
    """
    errors = Console(stderr=True, highlight=False, emoji=False)
    with progress(errors) as say:
        with GitRepo.open(path) as repository:
            span, cache = resolve_range(repository, base, head), _cache_dir(repository.path)
            wanted = draft_options(repository, span.head)
        full_draft = analyse(
            path, span.base, span.head, cache=cache, progress=say, without=wanted.disabled_rules, files=wanted.files
        )
        draft = wanted.filter_draft(full_draft)
    with handle_output_errors():
        _print_draft(draft, span, output, errors)
    return bool(draft.edits or draft.notices)


def _cache_dir(git_folder: Path) -> Path | None:
    """Where a repository's past is kept; None where there is no folder for it. A stranger's `.env` is not read."""
    data = data_dir.from_environment()
    return data / "cache" / hashlib.sha256(os.fsencode(git_folder)).hexdigest()[:32] if data is not None else None


def _print_draft(draft: Draft, span: CommitRange, output: PreviewFormat, errors: Console) -> None:
    if output is PreviewFormat.TEXT:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        console = Console(highlight=False, emoji=False)
        for line in render(draft, span):
            console.print(line, soft_wrap=True)
    else:
        write(as_json(draft) if output is PreviewFormat.JSON else as_patch(draft))
        for note in draft.notes:
            errors.print(escape_for_terminal(note), markup=False, soft_wrap=True)


# ------------------------------------------------------------------ for programs


def as_json(draft: Draft) -> str:
    """The draft as one JSON object of `edits` and `notices`, by whole lines; `docs/preview.md` says what is in it."""
    edits = [
        {
            "path": path,
            "start_line": region.start,
            "end_line": region.end,
            "replacement": "".join(region.new),
            "confidence": min(edit.confidence for edit in region.edits),
            "kind": max(region.edits, key=lambda edit: edit.confidence).fact.kind.value,
            "reason": " ".join(_unique(edit.reason for edit in region.edits)),
        }
        for path, own in _by_path(draft.edits).items()
        for region in regions(draft.documents[path], own)
    ]
    noticed = [
        {
            "path": notice.path,
            "line": notice.line,
            "section": " > ".join(notice.section.heading),
            "confidence": notice.confidence,
            "reason": notice.reason,
        }
        for notice in draft.notices
    ]
    return json.dumps({"edits": edits, "noticed": noticed}, indent=2) + "\n"


def as_patch(draft: Draft) -> str:
    """The draft's edits as a patch for `git apply`."""
    return "".join(patch(path, draft.documents[path], own) for path, own in _by_path(draft.edits).items())


# ------------------------------------------------------------------ for people


def render(draft: Draft, span: CommitRange) -> Iterator[Text]:
    """The draft line by line as people read it: edits by document, then what was noticed, then a summary."""
    for path, own in _by_path(draft.edits).items():
        yield Text(escape_for_terminal(path), "bold")
        for hunk in patch_hunks(draft.documents[path], own):
            yield from _diff(hunk)
            yield from _reasons(((edit.reason, edit.fact) for edit in hunk.edits), span)
            yield Text()
    if draft.notices:
        yield Text("Noticed, not edited", "bold")
        for notice in draft.notices:
            beside = f"{_heading(notice.section)} {notice.confidence:.2f}"
            yield Text.assemble(f"  {escape_for_terminal(notice.path)}:{notice.line}", (beside, "dim"))
            yield from _reasons([(notice.reason, notice.fact)], span)
        yield Text()
    for note in draft.notes:
        yield Text(escape_for_terminal(note), "dim")
    yield Text(summary(draft, span), "bold")


def summary(draft: Draft, span: CommitRange) -> str:
    """One line: how much is stale, and how much was looked at."""
    documents = len({edit.path for edit in draft.edits})
    found = [
        f"{_count(len(draft.edits), 'edit')} in {_count(documents, 'document')}" if draft.edits else "",
        f"{_count(len(draft.notices), 'place')} noticed" if draft.notices else "",
    ]
    verdict = ", ".join(filter(None, found)) or "Nothing stale"
    looked = f"{_count(draft.checked, 'document')} checked against {_count(len(draft.facts), 'change')} of the code"
    return f"{verdict}; {looked} ({span})"


def _diff(hunk: PatchHunk) -> Iterator[Text]:
    yield Text.assemble((f"  {hunk.header}", "cyan"), (_heading(hunk.edits[0].section), "dim"))
    styles = {"-": "red", "+": "green", " ": ""}
    for line in hunk.lines:
        yield Text("  " + escape_for_terminal(line.removesuffix("\n").removesuffix("\r")), styles[line[0]])


def _reasons(reasons: Iterable[tuple[str, Fact | None]], span: CommitRange) -> Iterator[Text]:
    """Each reason once, and under it where the code says so: the line before and the line after."""
    for reason, fact in _unique(reasons):
        yield Text.assemble(("    → ", "yellow"), escape_for_terminal(reason))
        if fact is not None:
            places = [*_location(fact.before, span.base), *_location(fact.after, span.head)]
            yield Text(f"      {' → '.join(places)}", "dim")


def _location(place: Location | None, commit: str) -> Iterator[str]:
    if place is not None:
        yield f"{escape_for_terminal(place.path)}:{place.line} at {commit[:9]}"


def _heading(section: Section) -> str:
    """The headings above, set off by a blank; nothing where there are none."""
    return " " + escape_for_terminal(" › ".join(section.heading)) if section.heading else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _unique(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))


def _by_path(edits: Iterable[Edit]) -> Mapping[str, list[Edit]]:
    found: defaultdict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        found[edit.path].append(edit)
    return found
