"""What a check run says: its title and summary, the patch, and a word beside each line of code that is the cause."""

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
_UP_TO_DATE = "The documentation follows this change."
CHECKED_BEFORE = "The documentation was checked on the pull requests in this commit."
SKIP_LABEL = "A label of this pull request skips the documentation."
SKIP_TRAILER = "The newest commit has the trailer `Docs: skip`."
_HEADER = "This change makes documentation stale. Each edit below would follow it; the code that is the cause is shown."
_COMMANDS = "<sub>`/mas docs apply` · `/mas docs explain <n>` · `/mas docs skip [why]` · `/mas help`</sub>"
_NO_COMMIT = (
    "_The branch lies in another repository, where I may not write. "
    "Once this is merged I open a pull request with what is still stale._"
)


def docs_check(
    number: int, head: str, draft: Draft, edits: Sequence[Edit], links: Permalinks, *, blocking: bool, writable: bool
) -> UpsertCheckRun:
    """The check of a pull request's docs.

    Args:
        number: the pull request's; the check carries it, for GitHub does not tell it for a fork.
        edits: those of the draft that nobody turned down.
        blocking: whether stale docs fail it.
        writable: whether the branch lies in the same repository.
    """
    if not edits and not draft.notices:
        return _check_run(
            number, head, "success", "Nothing to do", "\n\n".join([_UP_TO_DATE, *notes_footer(draft.notes)])
        )
    groups = group_by_section(edits)
    foot = [*list_notices(draft.notices, links), *notes_footer(draft.notes), *diagram(edits)]
    foot += [_COMMANDS if writable else _NO_COMMIT] if edits else []
    room = _SUMMARY_LIMIT - len(_HEADER) - sum(len(part) + 2 for part in foot) - 200
    kept = fit((entry(n, draft, group, links) for n, group in enumerate(groups, start=1)), room)
    if len(kept) < len(groups):
        kept.append(f"_{pluralize(len(groups) - len(kept), 'more section')} left out here._")
    summary = "\n\n".join([*([_HEADER] if edits else []), *kept, *foot])
    return _check_run(
        number,
        head,
        "failure" if edits and blocking else "neutral",
        _title(groups, draft),
        summary,
        annotations=tuple(_annotations(groups))[:_MAX_ANNOTATIONS],
        buttons=(APPLY_BUTTON,) if edits and writable else (),
        text=_patch(draft, edits),
    )


def _patch(draft: Draft, edits: Sequence[Edit]) -> str:
    """The edits as a patch to copy; nothing where it is too long."""
    paths = dict.fromkeys(edit.path for edit in edits)
    whole = "".join(patch(path, draft.documents[path], [e for e in edits if e.path == path]) for path in paths)
    return f"For `git apply`:\n\n{code_block(whole, 'diff')}" if 0 < len(whole) < _SUMMARY_LIMIT else ""


def docs_check_skipped(number: int, head: str, why: str) -> UpsertCheckRun:
    """The check of a pull request whose docs are not looked at, and why."""
    return _check_run(number, head, "skipped", "Skipped", why)


def docs_check_passed(head: str, why: str) -> UpsertCheckRun:
    """The check of a commit that is no pull request's."""
    return _check_run(0, head, "success", "Nothing to do", why)


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
    said = "\0".join((conclusion, title, summary, *(f"{a.path}:{a.start_line} {a.message}" for a in annotations)))
    digest = f"{number}:{hashlib.sha256(said.encode()).hexdigest()}"
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
    said = [f"{len(groups)} section{'s' if len(groups) > 1 else ''} to update"] if groups else []
    said += [f"{pluralize(len(draft.notices), 'place')} to look at"] if draft.notices else []
    return ", ".join(said)


def _annotations(groups: Sequence[Sequence[Edit]]) -> Iterator[Annotation]:
    """One for each place in the code, naming the sections; where the code is gone, at the docs themselves."""
    at: dict[tuple[str, int], dict[str, None]] = {}
    for group in groups:
        for edit in group:
            where = (edit.fact.after.path, edit.fact.after.line) if edit.fact.after else (edit.path, edit.line)
            at.setdefault(where, {})[f"{describe_fact(edit.fact)}: {format_section(edit.section)}"] = None
    for (path, line), said in sorted(at.items()):
        message = "\n".join(said).replace("`", "")[:_MESSAGE_LIMIT]
        yield Annotation(path, line, line, "Documentation to update", message)
