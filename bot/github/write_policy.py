"""What MAS never writes on GitHub, whatever it was told to."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import Bug, UserError

MAX_TITLE_CHARS, MAX_BODY_CHARS = 256, 65_536
"""Characters that GitHub takes as the title and the body of a pull request or comment."""

_BRANCH_PREFIX = "mas/docs/"


def check_branch(branch: str) -> None:
    """Only branches of our own are moved or deleted. Raises `Bug`."""
    if not branch.startswith(_BRANCH_PREFIX):
        raise Bug(f"{branch} is not a branch of ours")


def check_files(paths: Iterable[str]) -> None:
    """Paths lie inside the repository, and are no workflows.

    Raises:
        UserError: a workflow, for which the App asks no permission.
        Bug: anything else; such a path comes from no tree.
    """
    for path in paths:
        parts = path.lower().split("/")
        if "\0" in path or not {"", ".", "..", ".git"}.isdisjoint(parts):
            raise Bug(f"{path!r} is no path inside a repository")
        if parts[:2] == [".github", "workflows"]:
            raise UserError(f"MAS does not change workflows, and {path} is one.", "Change it by hand.")


def check_text(title: str, body: str) -> None:
    """Titles and bodies fit in what GitHub takes. Raises `Bug`."""
    if len(title) > MAX_TITLE_CHARS or len(body) > MAX_BODY_CHARS:
        raise Bug(f"a title of {len(title)} or a body of {len(body)} characters is more than GitHub takes")


def check_output(title: str, summary: str, text: str) -> None:
    """A check's output fits in what GitHub takes (65,535 characters each). Raises `Bug`."""
    if len(title) > MAX_TITLE_CHARS or max(len(summary), len(text)) >= MAX_BODY_CHARS:
        raise Bug(f"a check of {len(title)}, {len(summary)} and {len(text)} characters is more than GitHub takes")
