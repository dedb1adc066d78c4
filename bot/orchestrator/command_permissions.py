"""Whether a slash-command may be used: in this place, by this user, under this comment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot.commands import COMMANDS, Command, CommentContext, ParsedCommand, Reply, parse_command
from bot.domain import CommentPosted, CommentTarget, PullRequestState
from bot.domain.permissions import Permission
from bot.messages import comments as comment_messages
from bot.messages import replies
from bot.orchestrator.context import JobContext


@dataclass(frozen=True, slots=True)
class CommandUse:
    """A command that a user wants to use.

    Args:
        pull_request: where they use it; None for an issue.
    """

    command: Command
    user: str
    pull_request: PullRequestState | None


async def check_comment(ctx: JobContext, comment: CommentPosted, asked: ParsedCommand, use: CommandUse) -> Reply | None:
    """Return the refusal of a command in a comment, or None where it is allowed."""
    where = _where(use.pull_request)
    if not use.command.contexts & where:
        return Reply(_not_available(use.command, where), ok=False)
    use = replace(use, command=await _with_configured_role(ctx, use.command))
    if refusal := await check_permission(ctx, use):
        return refusal
    if use.command.min_permission > Permission.READ and not await _is_unchanged(ctx, comment, asked):
        return Reply(comment_messages.COMMENT_CHANGED, ok=False)
    return None


async def check_permission(ctx: JobContext, use: CommandUse) -> Reply | None:
    """Return the refusal of a command to a user, or None where they may use it."""
    return None if await _is_permitted(ctx, use) else permission_refusal(use)


def permission_refusal(use: CommandUse) -> Reply:
    """Return the refusal of a command to a user who lacks the role for it."""
    command = use.command
    role = command.min_permission.name.lower()
    text = comment_messages.not_allowed(use.user, command.syntax, role, allows_author=command.allows_author)
    return Reply(text, ok=False)


async def _is_permitted(ctx: JobContext, use: CommandUse) -> bool:
    command, pull_request = use.command, use.pull_request
    if command.min_permission <= Permission.READ:
        return True  # everyone who can comment can read
    if command.allows_author and pull_request is not None and pull_request.author == use.user:
        return True

    async def get_role() -> int:
        return int(await (await ctx.forge()).permission(use.user))

    return await ctx.step("permission", get_role) >= command.min_permission


async def _with_configured_role(ctx: JobContext, command: Command) -> Command:
    """Return the command with the role that the repository's settings require, where they name one."""
    if not command.role_setting:
        return command
    section, _, setting = command.role_setting.partition(".")
    config = (await ctx.settings()).config
    return replace(command, min_permission=Permission[getattr(getattr(config, section), setting).upper()])


async def _is_unchanged(ctx: JobContext, comment: CommentPosted, asked: ParsedCommand) -> bool:
    """Return whether the forge has the comment as it was delivered.

    Anyone who has the webhook's secret can forge a delivery.
    """

    async def verify() -> bool:
        observed = await (await ctx.forge()).observe(CommentTarget(comment.comment_id, comment.review))
        if observed is None or observed.author != comment.author:
            return False
        return await asyncio.to_thread(parse_command, observed.body, COMMANDS) == asked

    return await ctx.step("verify", verify)


def _where(pull_request: PullRequestState | None) -> CommentContext:
    if pull_request is None:
        return CommentContext.ISSUE
    return CommentContext.DOCS_PULL_REQUEST if pull_request.ours else CommentContext.PULL_REQUEST


def _not_available(command: Command, where: CommentContext) -> str:
    if where == CommentContext.DOCS_PULL_REQUEST:
        is_apply = command.name == "docs apply"
        return replies.ALREADY_APPLIED if is_apply else comment_messages.not_on_docs_pull_request(command.syntax)
    only_docs = command.contexts == CommentContext.DOCS_PULL_REQUEST
    place = replies.DOCS_PULL_REQUESTS if only_docs else replies.PULL_REQUESTS
    return comment_messages.not_available_here(command.syntax, place)
