"""What people are told of `.github/mas.yml`: on its very lines, in one issue, and as an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from bot.domain import Annotation, UpsertCheckRun
from bot.messages.markdown import code, code_block, pluralize
from bot.repoconfig import CONFIG_PATH, Problem

CONFIG_CHECK = "mas / config"
ISSUE_MARKER = "<!-- mas:config -->"
"""Hidden in the issue, which is found by it."""

ISSUE_TITLE = f"{CONFIG_PATH} has mistakes, so it is not in force"
ISSUE_RESOLVED = "The file is right now, and in force."

_MAX_ANNOTATIONS = 100


def config_check(number: int, head: str, problems: Sequence[Problem]) -> UpsertCheckRun:
    """The check of a pull request that touches the file."""
    said = "\n".join(map(str, problems))
    digest = f"{number}:{hashlib.sha256(f'config {said}'.encode()).hexdigest()}"
    if not problems:
        fine = f"{code(CONFIG_PATH)} is right. It holds once it is on the default branch."
        return UpsertCheckRun(CONFIG_CHECK, head, "success", "Right", fine, digest)
    summary = f"{code(CONFIG_PATH)} would not be in force:\n\n{code_block(said[:60_000])}"
    title = pluralize(len(problems), "mistake")
    return UpsertCheckRun(
        CONFIG_CHECK,
        head,
        "failure",
        title,
        summary,
        digest,
        annotations=problem_annotations(problems)[:_MAX_ANNOTATIONS],
    )


def problem_annotations(problems: Iterable[Problem]) -> tuple[Annotation, ...]:
    """The problems as words on the file's lines; those of the organisation's file stand in no file here."""
    return tuple(
        Annotation(CONFIG_PATH, p.line, p.end_line, "Not right", p.sentence, "failure")
        for p in problems
        if p.file == CONFIG_PATH
    )


def issue_body(problems: Sequence[Problem | str], *, web: str, branch: str, commit: str, last_valid: str | None) -> str:
    """The body of the one issue that says that the file on the default branch is wrong, and what holds meanwhile.

    Args:
        problems: of the file at `commit`, the head of `branch`.
        web: the address of the repository's page.
        good: the commit whose file stays in force; None where there was no good one yet.
    """
    holds = (
        f"Until then the last good one stays in force, that of [{code(last_valid[:9])}]({_file_url(web, last_valid)})."
        if last_valid
        else "There was no good one before, so what can be read of it is in force, and the defaults for the rest."
    )
    return "\n\n".join(
        [
            f"[{code(CONFIG_PATH)}]({_file_url(web, commit)}) on {code(branch)} has mistakes. {holds}",
            code_block("\n".join(map(str, problems))[:50_000]),
            f"`mas config check` shows the same on your machine, and the check `{CONFIG_CHECK}` on the lines of a pull "
            "request that changes the file. This issue is closed when the file is right.",
            ISSUE_MARKER,
        ]
    )


def config_reply(config: str, files: Sequence[str], problems: Sequence[str]) -> str:
    """The answer to `/mas config`: the settings as YAML, where they come from, and what is wrong with newer ones."""
    origin = f"From {', '.join(map(code, files))}." if files else f"The defaults: there is no {code(CONFIG_PATH)}."
    parts = [f"{origin} What is not named there has its default.", code_block(config, "yaml")]
    if problems:
        parts += ["Not in force, for these mistakes:", code_block("\n".join(problems)[:20_000])]
    return "\n\n".join(parts)


def _file_url(web: str, commit: str) -> str:
    return f"{web}/blob/{quote(commit)}/{CONFIG_PATH}"
