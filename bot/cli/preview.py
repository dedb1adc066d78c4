"""`mas preview`: print the doc edits that a code change requires.

Writes nothing into the work tree or the repository. The analysis of its history is cached in the user's data folder.
"""

from __future__ import annotations

import hashlib
import json
import os
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
from bot.cli.terminal import error_console, handle_output_errors, print_lines, print_notes, progress, write
from bot.domain import Draft, Edit, Fact, Location, Section
from bot.git import GitRepo
from bot.settings import data_dir
from bot.text.patch import PatchHunk, patch, patch_hunks, regions
from bot.text.terminal_safe import escape_for_terminal

T = TypeVar("T")


class PreviewFormat(StrEnum):
    """The output format of a preview."""

    TEXT = "text"
    JSON = "json"
    PATCH = "patch"


def preview(path: str, base: str | None, head: str, output: PreviewFormat) -> bool:
    """Print the edits and notices for the change from `base` to `head`. Return whether there are any.

    Args:
        path: path of the repository.
        base: a revision, or None for the default of `resolve_range`.

    Raises:
        UserError: the repository or a revision does not exist, or the history is too shallow.
    """
    errors = error_console()
    with progress(errors) as report:
        with GitRepo.open(path) as repository:
            span, cache = resolve_range(repository, base, head), _cache_dir(repository.path)
            options = draft_options(repository, span.head)
        draft = analyse(
            path,
            span.base,
            span.head,
            cache=cache,
            progress=report,
            without=options.disabled_rules,
            files=options.files,
        )
        draft = options.filter_draft(draft)
    with handle_output_errors():
        _print_draft(draft, span, output, errors)
    return bool(draft.edits or draft.notices)


def _cache_dir(git_folder: Path) -> Path | None:
    """Return the cache folder of a repository, or None without a usable data folder.

    Reads no `.env`: the working directory may be untrusted.
    """
    data = data_dir.from_environment()
    return data / "cache" / hashlib.sha256(os.fsencode(git_folder)).hexdigest()[:32] if data is not None else None


def _print_draft(draft: Draft, span: CommitRange, output: PreviewFormat, errors: Console) -> None:
    if output is PreviewFormat.TEXT:
        print_lines(render(draft, span))
    else:
        write(as_json(draft) if output is PreviewFormat.JSON else as_patch(draft))
        print_notes(errors, draft.notes)


# ------------------------------------------------------------------ machine-readable output


def as_json(draft: Draft) -> str:
    """Return the draft as a JSON object with `edits`, which replace whole lines, and `noticed`.

    `docs/preview.md` describes the fields.
    """
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
    """Return the edits as a patch for `git apply`."""
    return "".join(patch(path, draft.documents[path], own) for path, own in _by_path(draft.edits).items())


# ------------------------------------------------------------------ text output


def render(draft: Draft, span: CommitRange) -> Iterator[Text]:
    """Yield the draft as lines of text: edits by document, notices, notes and a summary."""
    for path, own in _by_path(draft.edits).items():
        yield Text(escape_for_terminal(path), "bold")
        for hunk in patch_hunks(draft.documents[path], own):
            yield from _diff(hunk)
            yield from _reasons(((edit.reason, edit.fact) for edit in hunk.edits), span)
            yield Text()
    if draft.notices:
        yield Text("To review by hand", "bold")
        for notice in draft.notices:
            beside = f"{_heading(notice.section)} {notice.confidence:.2f}"
            yield Text.assemble(f"  {escape_for_terminal(notice.path)}:{notice.line}", (beside, "dim"))
            yield from _reasons([(notice.reason, notice.fact)], span)
        yield Text()
    for note in draft.notes:
        yield Text(escape_for_terminal(note), "dim")
    yield Text(summary(draft, span), "bold")


def summary(draft: Draft, span: CommitRange) -> str:
    """Return one line: the result, and how much was checked."""
    documents = len({edit.path for edit in draft.edits})
    counts = [
        f"{_count(len(draft.edits), 'edit')} in {_count(documents, 'document')}" if draft.edits else "",
        f"{_count(len(draft.notices), 'place')} to review" if draft.notices else "",
    ]
    verdict = ", ".join(filter(None, counts)) or "No stale docs found"
    checked = f"{_count(draft.checked, 'document')} checked against {_count(len(draft.facts), 'code change')}"
    return f"{verdict}; {checked} ({span})"


def _diff(hunk: PatchHunk) -> Iterator[Text]:
    yield Text.assemble((f"  {hunk.header}", "cyan"), (_heading(hunk.edits[0].section), "dim"))
    styles = {"-": "red", "+": "green", " ": ""}
    for line in hunk.lines:
        yield Text("  " + escape_for_terminal(line.removesuffix("\n").removesuffix("\r")), styles[line[0]])


def _reasons(reasons: Iterable[tuple[str, Fact | None]], span: CommitRange) -> Iterator[Text]:
    """Yield each reason once, followed by its location in the code before and after the change."""
    for reason, fact in _unique(reasons):
        yield Text.assemble(("    → ", "yellow"), escape_for_terminal(reason))
        if fact is not None:
            locations = [*_location(fact.before, span.base), *_location(fact.after, span.head)]
            yield Text(f"      {' → '.join(locations)}", "dim")


def _location(location: Location | None, commit: str) -> Iterator[str]:
    if location is not None:
        yield f"{escape_for_terminal(location.path)}:{location.line} at {commit[:9]}"


def _heading(section: Section) -> str:
    """Return the headings of a section with a leading space, or an empty string."""
    return " " + escape_for_terminal(" › ".join(section.heading)) if section.heading else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _unique(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))


def _by_path(edits: Iterable[Edit]) -> Mapping[str, list[Edit]]:
    grouped: defaultdict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        grouped[edit.path].append(edit)
    return grouped
