"""Check runs in the form in which a page shows them, and their annotations beside the lines of a diff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from github_sandbox.checks import CheckRun
from github_sandbox.conversations import PullRequest
from github_sandbox.pages.talk import Markdown, Thread, thread

_TONES = {"success": "good", "failure": "bad", "timed_out": "bad", "cancelled": "bad", "action_required": "warn"}
_LEVELS = {"failure": "bad", "warning": "warn", "notice": "idle"}


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation."""

    tone: str
    level: str
    path: str
    start: int
    end: int
    title: str
    message: str
    details: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A check run; `actions` are the labels and descriptions of its buttons."""

    run: CheckRun
    tone: str
    outcome: str
    title: str
    summary: str
    text: str
    notes: tuple[Note, ...]
    actions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a line of a diff."""

    notes: tuple[tuple[str, Note], ...] = ()
    threads: tuple[Thread, ...] = ()


def checked(run: CheckRun, markdown: Markdown) -> Checked:
    """A run, with its Markdown rendered."""
    output = {name: str(run.output.get(name) or "") for name in ("title", "summary", "text")}
    return Checked(
        run=run,
        tone=_TONES.get(run.conclusion or "", "idle"),
        outcome=(run.conclusion or run.status).replace("_", " "),
        title=output["title"],
        summary=markdown(output["summary"]) if output["summary"] else "",
        text=markdown(output["text"]) if output["text"] else "",
        notes=tuple(_note(given) for given in run.output.get("annotations", [])),
        actions=tuple((action["label"], action["description"]) for action in run.actions),
    )


def _note(given: dict[str, object]) -> Note:
    level = str(given["annotation_level"])
    return Note(
        tone=_LEVELS.get(level, "idle"),
        level=level,
        path=str(given["path"]),
        start=int(str(given["start_line"])),
        end=int(str(given["end_line"])),
        title=str(given.get("title") or ""),
        message=str(given["message"]),
        details=str(given.get("raw_details") or ""),
    )


def beside(pull: PullRequest, checks: Iterable[Checked], markdown: Markdown) -> dict[tuple[str, int], Beside]:
    """By path and line, as it is after the change: what checks note of it, and the threads that hang there."""
    notes: dict[tuple[str, int], list[tuple[str, Note]]] = defaultdict(list)
    threads: dict[tuple[str, int], list[Thread]] = defaultdict(list)
    for check in checks:
        for note in check.notes:
            notes[note.path, note.end].append((check.run.name, note))
    for each in pull.threads:
        if each.now is not None and each.now.line is not None and each.now.side == "RIGHT":
            threads[each.now.path, each.now.line].append(thread(each, markdown))
    places = notes.keys() | threads.keys()
    return {place: Beside(tuple(notes[place]), tuple(threads[place])) for place in places}
