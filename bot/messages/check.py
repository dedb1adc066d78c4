"""The documentation check: its title and summary, a patch, and annotations on the code that causes the edits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from bot.domain import Annotation, Button, Draft, Edit, UpsertCheckRun
from bot.messages.diagram import diagram
from bot.messages.entries import Permalinks, entry, format_section, group_by_section, list_notices, notes_footer
from bot.messages.facts import describe_fact
from bot.messages.markdown import code_block, fit, pluralize
from bot.text.patch import patch

DOCS_CHECK = "mas / docs"
APPLY_BUTTON = Button("Apply the edits", "Commit them to this branch", "apply")

_SUMMARY_LIMIT = 60_000
_MESSAGE_LIMIT = 4_000
_MAX_ANNOTATIONS = 100
_NOTHING_FOUND = "No documentation found that this change makes out of date."
CHECKED_BEFORE = "The pull requests in this merge group were checked before they were queued."
SKIP_LABEL = "A label on this pull request skips the documentation check."
SKIP_TRAILER = "The newest commit has the trailer `Docs: skip`."
_COMMANDS = "<sub>`/mas docs apply` · `/mas docs explain <n>` · `/mas docs skip [why]` · `/mas help`</sub>"
_NO_COMMIT = (
    "_This branch is in a fork, so MAS can't commit to it. "
    "After the merge, MAS opens a pull request with the edits that are still needed._"
)


def docs_check(
    number: int, head: str, draft: Draft, edits: Sequence[Edit], links: Permalinks, *, blocking: bool, writable: bool
) -> UpsertCheckRun:
    """Return the documentation check of a pull request.

    Args:
        number: the pull request's. The check's digest carries it, because GitHub does not report it for a fork.
        edits: those of the draft that nobody declined.
        blocking: whether stale documentation fails the check.
        writable: whether the branch is in the same repository.
    """
    if not edits and not draft.notices:
        return _check_run(number, head, "success", *_without_edits(draft))
    groups = group_by_section(edits)
    header = [_header(len(groups))] if groups else []
    foot = [*list_notices(draft.notices, links), *notes_footer(draft.notes), *diagram(edits)]
    foot += [_COMMANDS if writable else _NO_COMMIT] if edits else []
    room = _SUMMARY_LIMIT - sum(len(part) + 2 for part in (*header, *foot)) - 200
    kept = fit((entry(n, draft, group, links) for n, group in enumerate(groups, start=1)), room)
    if len(kept) < len(groups):
        kept.append(f"_{pluralize(len(groups) - len(kept), 'more edit')} not shown here._")
    return _check_run(
        number,
        head,
        "failure" if edits and blocking else "neutral",
        _title(groups, draft),
        "\n\n".join([*header, *kept, *foot]),
        annotations=tuple(_annotations(groups))[:_MAX_ANNOTATIONS],
        buttons=(APPLY_BUTTON,) if edits and writable else (),
        text=_patch(draft, edits),
    )


def _without_edits(draft: Draft) -> tuple[str, str]:
    """Return the title and the summary of a check that proposes nothing."""
    declined = len(group_by_section(draft.edits))
    title = "No open edits" if declined else "No docs affected"
    were = "was" if declined == 1 else "were"
    text = f"{pluralize(declined, 'suggested edit')} {were} declined earlier." if declined else _NOTHING_FOUND
    return title, "\n\n".join([text, *notes_footer(draft.notes)])


def _header(sections: int) -> str:
    plural = "" if sections == 1 else "s"
    return f"This change makes {pluralize(sections, 'section')} out of date. Suggested edit{plural}:"


def _patch(draft: Draft, edits: Sequence[Edit]) -> str:
    """Return the edits as a patch, or an empty string if there are none or the patch is too long."""
    paths = dict.fromkeys(edit.path for edit in edits)
    whole = "".join(patch(path, draft.documents[path], [e for e in edits if e.path == path]) for path in paths)
    if not 0 < len(whole) < _SUMMARY_LIMIT:
        return ""
    return f"Patch (save it and run `git apply`):\n\n{code_block(whole, 'diff')}"


def docs_check_skipped(number: int, head: str, why: str) -> UpsertCheckRun:
    """Return the check of a pull request that a label or a trailer excludes, with the reason."""
    return _check_run(number, head, "skipped", "Skipped", why)


def docs_check_passed(head: str, why: str) -> UpsertCheckRun:
    """Return the check of a merge group's commit."""
    return _check_run(0, head, "success", "Already checked", why)


def _check_run(
    number: int,
    head: str,
    conclusion: str,
    title: str,
    summary: str,
    annotations: tuple[Annotation, ...] = (),
    buttons: tuple[Button, ...] = (),
    text: str = "",
) -> UpsertCheckRun:
    content = "\0".join((conclusion, title, summary, *(f"{a.path}:{a.start_line} {a.message}" for a in annotations)))
    digest = f"{number}:{hashlib.sha256(content.encode()).hexdigest()}"
    return UpsertCheckRun(
        DOCS_CHECK,
        head,
        conclusion,  # type: ignore[arg-type]
        title,
        summary,
        digest,
        text,
        annotations,
        buttons,
    )


def _title(groups: Sequence[Sequence[Edit]], draft: Draft) -> str:
    parts = [pluralize(len(groups), "suggested edit")] if groups else []
    parts += [f"{pluralize(len(draft.notices), 'place')} to review"] if draft.notices else []
    return ", ".join(parts)


def _annotations(groups: Sequence[Sequence[Edit]]) -> Iterator[Annotation]:
    """Yield one annotation for each place in the code that names the sections. Removed code is annotated in the docs.

    GitHub shows annotations as plain text.
    """
    by_place: dict[tuple[str, int], dict[str, None]] = {}
    for group in groups:
        for edit in group:
            place = (edit.fact.after.path, edit.fact.after.line) if edit.fact.after else (edit.path, edit.line)
            by_place.setdefault(place, {})[f"{format_section(edit.section)}: {describe_fact(edit.fact)}"] = None
    for (path, line), lines in sorted(by_place.items()):
        message = "\n".join(lines).replace("`", "")[:_MESSAGE_LIMIT]
        yield Annotation(path, line, line, "Documentation to update", message)
