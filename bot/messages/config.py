"""Messages about `.github/mas.yml`: a check on pull requests, one issue, and the reply to `/mas config`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from bot.domain import Annotation, UpsertCheckRun
from bot.messages.markdown import code, code_block, pluralize
from bot.repoconfig import CONFIG_PATH, Problem

CONFIG_CHECK = "mas / config"
ISSUE_MARKER = "<!-- mas:config -->"
"""A hidden comment that identifies the issue."""

ISSUE_TITLE = f"{CONFIG_PATH} is invalid"
ISSUE_RESOLVED = "Fixed, thanks. The settings are now in effect."

_MAX_ANNOTATIONS = 100


def config_check(number: int, head: str, problems: Sequence[Problem]) -> UpsertCheckRun:
    """Return the check of a pull request that changes the file."""
    lines = "\n".join(map(str, problems))
    digest = f"{number}:{hashlib.sha256(f'config {lines}'.encode()).hexdigest()}"
    if not problems:
        summary = f"{code(CONFIG_PATH)} is valid. It takes effect once it is on the default branch."
        return UpsertCheckRun(CONFIG_CHECK, head, "success", "Valid", summary, digest)
    summary = f"Fix {code(CONFIG_PATH)} before you merge this:\n\n{code_block(lines[:60_000])}"
    return UpsertCheckRun(
        CONFIG_CHECK,
        head,
        "failure",
        pluralize(len(problems), "problem"),
        summary,
        digest,
        annotations=problem_annotations(problems)[:_MAX_ANNOTATIONS],
    )


def problem_annotations(problems: Iterable[Problem]) -> tuple[Annotation, ...]:
    """Return the problems as annotations. Those of the organization's file are left out: it is in another repository.

    GitHub shows annotations as plain text.
    """
    return tuple(
        Annotation(CONFIG_PATH, p.line, p.end_line, "Invalid setting", p.sentence, "failure")
        for p in problems
        if p.file == CONFIG_PATH
    )


def issue_body(problems: Sequence[Problem | str], *, web: str, branch: str, commit: str, last_valid: str | None) -> str:
    """Return the body of the issue about an invalid file on the default branch.

    Args:
        problems: those of the file at `commit`, the head of `branch`.
        web: the URL of the repository's page.
        last_valid: the commit whose file is in effect; None if there was no valid file yet.
    """
    in_effect = (
        f"MAS uses the last valid version, from [{code(last_valid[:9])}]({_file_url(web, last_valid)})."
        if last_valid
        else "There is no earlier valid version, so MAS uses the settings it could read, and defaults for the rest."
    )
    return "\n\n".join(
        [
            f"[{code(CONFIG_PATH)}]({_file_url(web, commit)}) on {code(branch)} is invalid. {in_effect}",
            code_block("\n".join(map(str, problems))[:50_000]),
            f"To check the file on your machine, run `mas config check`. A pull request that changes the file gets the "
            f"check `{CONFIG_CHECK}`. This issue closes when the file is fixed.",
            ISSUE_MARKER,
        ]
    )


def config_reply(config: str, files: Sequence[str], problems: Sequence[str]) -> str:
    """Return the reply to `/mas config`: the settings as YAML, their files, and the problems of a newer version."""
    if files:
        origin = f"Settings from {' and '.join(map(code, files))}, with defaults for the rest:"
    else:
        origin = f"No {code(CONFIG_PATH)}, so the defaults apply:"
    parts = [origin, code_block(config, "yaml")]
    if problems:
        parts += ["The newest version has problems:", code_block("\n".join(problems)[:20_000])]
    return "\n\n".join(parts)


def _file_url(web: str, commit: str) -> str:
    return f"{web}/blob/{quote(commit)}/{CONFIG_PATH}"
