"""What people are told of `.github/mas.yml`: on its very lines, in one issue, and as an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from bot.domain import Annotation, PutCheck
from bot.messages.markdown import code, count, fenced
from bot.repoconfig import PATH, Problem

CONFIG_CHECK = "mas / config"
MARKER = "<!-- mas:config -->"
"""Hidden in the issue, which is found by it."""

TITLE = f"{PATH} has mistakes, so it is not in force"
MENDED = "The file is right now, and in force."

_MOST = 100


def check(number: int, head: str, problems: Sequence[Problem]) -> PutCheck:
    """The check of a pull request that touches the file."""
    said = "\n".join(map(str, problems))
    digest = f"{number}:{hashlib.sha256(f'config {said}'.encode()).hexdigest()}"
    if not problems:
        fine = f"{code(PATH)} is right. It holds once it is on the default branch."
        return PutCheck(CONFIG_CHECK, head, "success", "Right", fine, digest)
    summary = f"{code(PATH)} would not be in force:\n\n{fenced(said[:60_000])}"
    title = count(len(problems), "mistake")
    return PutCheck(CONFIG_CHECK, head, "failure", title, summary, digest, annotations=remarks(problems)[:_MOST])


def remarks(problems: Iterable[Problem]) -> tuple[Annotation, ...]:
    """The problems as words on the file's lines; those of the organisation's file stand in no file here."""
    return tuple(
        Annotation(PATH, p.line, p.end_line, "Not right", p.sentence, "failure") for p in problems if p.file == PATH
    )


def issue(problems: Sequence[Problem | str], *, web: str, branch: str, commit: str, good: str | None) -> str:
    """The body of the one issue that says that the file on the default branch is wrong, and what holds meanwhile.

    Args:
        problems: of the file at `commit`, the head of `branch`.
        web: the address of the repository's page.
        good: the commit whose file stays in force; None where there was no good one yet.
    """
    holds = (
        f"Until then the last good one stays in force, that of [{code(good[:9])}]({_file(web, good)})."
        if good
        else "There was no good one before, so what can be read of it is in force, and the defaults for the rest."
    )
    return "\n\n".join(
        [
            f"[{code(PATH)}]({_file(web, commit)}) on {code(branch)} has mistakes. {holds}",
            fenced("\n".join(map(str, problems))[:50_000]),
            f"`mas config check` shows the same on your machine, and the check `{CONFIG_CHECK}` on the lines of a pull "
            "request that changes the file. This issue is closed when the file is right.",
            MARKER,
        ]
    )


def in_force(config: str, files: Sequence[str], problems: Sequence[str]) -> str:
    """The answer to `/mas config`: the settings as YAML, where they come from, and what is wrong with newer ones."""
    origin = f"From {', '.join(map(code, files))}." if files else f"The defaults: there is no {code(PATH)}."
    parts = [f"{origin} What is not named there has its default.", fenced(config, "yaml")]
    if problems:
        parts += ["Not in force, for these mistakes:", fenced("\n".join(problems)[:20_000])]
    return "\n\n".join(parts)


def _file(web: str, commit: str) -> str:
    return f"{web}/blob/{quote(commit)}/{PATH}"
