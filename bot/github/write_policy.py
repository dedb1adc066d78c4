"""Limits on what MAS writes on GitHub, whatever its input."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import Bug, UserError

MAX_TITLE_CHARS, MAX_BODY_CHARS = 256, 65_536
"""GitHub's limits for the title and the body of a pull request or comment."""

_BRANCH_PREFIX = "mas/docs/"


def check_branch(branch: str) -> None:
    """Raise `Bug` unless the branch is one of the bot's own, which alone it moves and deletes."""
    if not branch.startswith(_BRANCH_PREFIX):
        raise Bug(f"{branch} is not one of the bot's branches")


def check_files(paths: Iterable[str]) -> None:
    """Check that paths are inside the repository and are not workflows.

    Raises:
        UserError: a path is a workflow; the App has no permission for those.
        Bug: a path is invalid, and so does not come from a tree.
    """
    for path in paths:
        parts = path.lower().split("/")
        if "\0" in path or not {"", ".", "..", ".git"}.isdisjoint(parts):
            raise Bug(f"{path!r} is not a path inside a repository")
        if parts[:2] == [".github", "workflows"]:
            raise UserError(f"MAS does not change workflows such as {path}.", "Edit it by hand.")


def check_text(title: str, body: str) -> None:
    """Raise `Bug` if a title or body exceeds GitHub's limits."""
    if len(title) > MAX_TITLE_CHARS or len(body) > MAX_BODY_CHARS:
        raise Bug(f"a title of {len(title)} or a body of {len(body)} characters exceeds GitHub's limits")


def check_output(title: str, summary: str, text: str) -> None:
    """Raise `Bug` if a check's output exceeds GitHub's limits (65,535 characters each)."""
    if len(title) > MAX_TITLE_CHARS or max(len(summary), len(text)) >= MAX_BODY_CHARS:
        raise Bug(f"a check of {len(title)}, {len(summary)} and {len(text)} characters exceeds GitHub's limits")
