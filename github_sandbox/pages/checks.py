"""Template data of check runs, and of annotations next to diff lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from github_sandbox.checks import CheckRun
from github_sandbox.conversations import PullRequest
from github_sandbox.pages.timeline import Markdown, ThreadView, render_thread

_TONES = {"success": "good", "failure": "bad", "timed_out": "bad", "cancelled": "bad", "action_required": "warn"}
_LEVELS = {"failure": "bad", "warning": "warn", "notice": "idle"}


@dataclass(frozen=True, slots=True)
class AnnotationView:
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
class CheckView:
    """A check run. `actions` are the labels and descriptions of its buttons."""

    run: CheckRun
    tone: str
    outcome: str
    title: str
    summary: str
    text: str
    annotations: tuple[AnnotationView, ...]
    actions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LineNotes:
    """Annotations (with the names of their checks) and threads shown below a diff line."""

    annotations: tuple[tuple[str, AnnotationView], ...] = ()
    threads: tuple[ThreadView, ...] = ()


def render_check(run: CheckRun, markdown: Markdown) -> CheckView:
    """Return a check run with its Markdown rendered."""
    output = {name: str(run.output.get(name) or "") for name in ("title", "summary", "text")}
    return CheckView(
        run=run,
        tone=_TONES.get(run.conclusion or "", "idle"),
        outcome=(run.conclusion or run.status).replace("_", " "),
        title=output["title"],
        summary=markdown(output["summary"]) if output["summary"] else "",
        text=markdown(output["text"]) if output["text"] else "",
        annotations=tuple(_render_annotation(fields) for fields in run.output.get("annotations", [])),
        actions=tuple((action["label"], action["description"]) for action in run.actions),
    )


def _render_annotation(fields: dict[str, object]) -> AnnotationView:
    level = str(fields["annotation_level"])
    return AnnotationView(
        tone=_LEVELS.get(level, "idle"),
        level=level,
        path=str(fields["path"]),
        start=int(str(fields["start_line"])),
        end=int(str(fields["end_line"])),
        title=str(fields.get("title") or ""),
        message=str(fields["message"]),
        details=str(fields.get("raw_details") or ""),
    )


def notes_by_line(
    pull: PullRequest, checks: Iterable[CheckView], markdown: Markdown
) -> dict[tuple[str, int], LineNotes]:
    """Return annotations and review threads by path and line of the new version."""
    annotations: dict[tuple[str, int], list[tuple[str, AnnotationView]]] = defaultdict(list)
    threads: dict[tuple[str, int], list[ThreadView]] = defaultdict(list)
    for check in checks:
        for annotation in check.annotations:
            annotations[annotation.path, annotation.end].append((check.run.name, annotation))
    for each in pull.threads:
        if each.current is not None and each.current.line is not None and each.current.side == "RIGHT":
            threads[each.current.path, each.current.line].append(render_thread(each, markdown))
    places = annotations.keys() | threads.keys()
    return {place: LineNotes(tuple(annotations[place]), tuple(threads[place])) for place in places}
