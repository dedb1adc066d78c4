"""The definition of a slash-command: its name, who may use it and where, and its handler.

A handler returns a reply, or a request for work whose outcome becomes the reply.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Literal

from bot.domain.permissions import Permission


class CommentContext(Flag):
    """Where a comment was posted."""

    ISSUE = auto()
    PULL_REQUEST = auto()
    DOCS_PULL_REQUEST = auto()
    """A documentation pull request that MAS opened."""

    ANYWHERE = ISSUE | PULL_REQUEST | DOCS_PULL_REQUEST


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """A command in a comment: its registered name, and the rest of its line as the argument."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of a reply. `ok` is False if the command was not executed."""

    text: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class DocsRequest:
    """Work on documentation that a command requests.

    Args:
        number: the number of an edit, for `explain`.
        why: the user's reason, for `skip`.
    """

    what: Literal["check", "apply", "rebase", "skip", "explain"]
    number: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class SecurityRequest:
    """Work on the security review that a command requests.

    Args:
        id: the id of a finding.
        until: a date, `YYYY-MM-DD`.
    """

    what: Literal["review", "ignore", "explain"]
    id: str = ""
    why: str = ""
    until: str | None = None


CommandResult = Reply | DocsRequest | SecurityRequest


@dataclass(frozen=True, slots=True)
class CommandServices:
    """Services that the jobs provide to handlers. Each returns Markdown."""

    status: Callable[[], Awaitable[str]]
    config: Callable[[], Awaitable[str]]
    ask: Callable[[str], Awaitable[str]]
    reindex: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Command:
    """A slash-command.

    Args:
        name: without `/mas`.
        argument: as the syntax shows it: `<n>` is required, `[why]` is optional.
        summary: one sentence for the help.
        min_permission: the lowest role that may use it.
        contexts: where it may be used.
        handle: raises `UserError` for an invalid argument.
        allows_author: whether the author of a pull request may use it there, whatever their role.
        role_setting: the repository setting that overrides `min_permission`, as `section.setting`; "" for none.
        examples: lines that use it, each with the argument parsed from it.
    """

    name: str
    argument: str
    summary: str
    min_permission: Permission
    contexts: CommentContext
    handle: Callable[[str, CommandServices], Awaitable[CommandResult]]
    allows_author: bool = False
    role_setting: str = ""
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def syntax(self) -> str:
        return f"/mas {self.name} {self.argument}".rstrip()
