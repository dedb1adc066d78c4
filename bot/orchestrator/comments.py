"""Requests by people: slash-commands in comments, buttons of checks, checkboxes in pull requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import yaml

from bot.commands import (
    COMMANDS,
    Command,
    CommandServices,
    DocsRequest,
    ParsedCommand,
    Reply,
    SecurityRequest,
    UnknownCommand,
    parse_command,
)
from bot.commands.rate_limiter import WINDOW_MINUTES
from bot.domain import AddComment, AddReaction, ButtonClicked, CommentPosted, IndexDue, Job, UpsertReply
from bot.domain.audit import AuditEntry
from bot.errors import Bug, RemoteError, UserError
from bot.messages import comments as comment_messages
from bot.messages import config as config_messages
from bot.messages import outcomes, replies
from bot.messages.history import history, index_lines
from bot.orchestrator import search_index
from bot.orchestrator.command_permissions import CommandUse, check_comment, check_permission, permission_refusal
from bot.orchestrator.context import JobContext
from bot.orchestrator.docs_commands import execute_docs_command
from bot.orchestrator.pull_request import observe_pull_request
from bot.orchestrator.result import JobResult
from bot.orchestrator.security_commands import execute_security_command
from bot.orchestrator.services import JobServices
from bot.ports import Step

T = TypeVar("T")


# ------------------------------------------------------------------ handlers


async def on_comment(ctx: JobContext, comment: CommentPosted) -> JobResult:
    """Answer a command: add an eyes reaction, reply, then add a rocket or a confused reaction."""
    # In a thread, because a long comment takes a while to parse.
    asked = await asyncio.to_thread(parse_command, comment.body, COMMANDS, comment.previous)
    if asked is None:
        return JobResult(outcomes.NO_COMMAND)
    if not (await ctx.settings()).config.commands.enabled:
        return JobResult(outcomes.COMMANDS_DISABLED)
    name = asked.name if isinstance(asked, ParsedCommand) else outcomes.UNKNOWN_COMMAND
    hit_limiter = partial(ctx.services.rate_limiter.consume, ctx.tenant, comment.author)
    excess = await _step_with_record(ctx, f"command {name}", comment.author)("allow", hit_limiter)
    if excess > 1:
        return JobResult(outcomes.rate_limited(comment.author))
    await _post(ctx, "greet", AddReaction(comment.comment_id, "eyes", comment.review))
    if excess:
        reply = Reply(comment_messages.rate_limit_exceeded(WINDOW_MINUTES), ok=False)
    else:
        reply = await _answer(ctx, comment, asked)
    await _post_reply(ctx, comment, reply, "answering")
    return JobResult(outcomes.command_handled(name, comment.author, ok=reply.ok))


async def on_clicked(ctx: JobContext, clicked: ButtonClicked) -> JobResult:
    """Do what a button or a checkbox asks for, if the user may. Comment only when it fails."""
    command = _find_command(f"docs {clicked.what}")
    recording = replace(ctx, step=_step_with_record(ctx, f"command {command.name}", clicked.by))
    pull_request = await observe_pull_request(recording, clicked.number)
    use = CommandUse(command, clicked.by, pull_request)
    if pull_request is None:
        reply = permission_refusal(use)
    else:
        refusal = await check_permission(ctx, use)
        reply = refusal or await execute_docs_command(ctx, pull_request, clicked.by, DocsRequest(clicked.what))
    if not reply.ok:
        await _post(ctx, "tell", _click_comment(ctx, clicked, reply.text))
    return JobResult(outcomes.command_handled(command.name, clicked.by, ok=reply.ok))


async def on_failed(services: JobServices, step: Step, job: Job) -> None:
    """Report to the user that their request failed. Continue a row of branches without the one that failed."""
    ctx = JobContext(services, step, job)
    text = comment_messages.internal_error(job.id)
    match job.event:
        case CommentPosted() as comment:
            await _post_reply(ctx, comment, Reply(text, ok=False), "after failing")
        case ButtonClicked() as clicked:
            await _post(ctx, "after failing", _click_comment(ctx, clicked, text))
        case IndexDue() as due:
            await search_index.continue_row(ctx, due)


def _find_command(name: str) -> Command:
    (command,) = [command for command in COMMANDS if command.name == name]
    return command


def _step_with_record(ctx: JobContext, action: str, user: str) -> Step:
    """Return a step that first records in the audit log who asked for an action.

    The record is not a step of its own, because interrupted jobs continue with the steps that they began with.
    """
    entry = AuditEntry(f"{ctx.job.id}/{action}/asked", ctx.job.id, action, "asked", f"by {user}")

    async def step(name: str, work: Callable[[], Awaitable[T]]) -> T:
        async def record_and_work() -> T:
            await ctx.services.store.append_audit_entry(ctx.tenant, entry)
            return await work()

        return await ctx.step(name, record_and_work)

    return step


# ------------------------------------------------------------------ posts


async def _post(ctx: JobContext, name: str, action: UpsertReply | AddReaction | AddComment) -> None:
    await ctx.step(name, partial(ctx.apply_audited, name, action))


async def _post_reply(ctx: JobContext, comment: CommentPosted, reply: Reply, phase: str) -> None:
    marker = comment_messages.reply_marker(comment.comment_id)
    thread = comment.comment_id if comment.review else None
    await _post(ctx, f"{phase}: say", UpsertReply(comment.number, reply.text, marker, thread))
    reaction = AddReaction(comment.comment_id, "rocket" if reply.ok else "confused", comment.review, instead="eyes")
    await _post(ctx, f"{phase}: react", reaction)


def _click_comment(ctx: JobContext, clicked: ButtonClicked, text: str) -> AddComment:
    return AddComment(clicked.number, text, f"<!-- mas:clicked {clicked.what} {ctx.job.seq} -->")


# ------------------------------------------------------------------ answers


async def _answer(ctx: JobContext, comment: CommentPosted, asked: ParsedCommand | UnknownCommand) -> Reply:
    """Return the reply to a command, once what it asks for is done."""
    if isinstance(asked, UnknownCommand):
        return Reply(comment_messages.unknown_command(asked.text, asked.nearest), ok=False)
    pull_request = await observe_pull_request(ctx, comment.number) if comment.pull_request else None
    use = CommandUse(_find_command(asked.name), comment.author, pull_request)
    if refusal := await check_comment(ctx, comment, asked, use):
        return refusal
    try:
        return await _execute_command(ctx, use, asked.argument)
    except UserError as error:
        return Reply(str(error), ok=False)
    except RemoteError as error:
        if error.transient:
            raise
        return Reply(replies.github_rejection(str(error)), ok=False)


async def _execute_command(ctx: JobContext, use: CommandUse, argument: str) -> Reply:
    services = CommandServices(
        partial(_status, ctx),
        partial(_config, ctx),
        partial(search_index.ask, ctx),
        partial(search_index.reindex, ctx),
    )
    answer = await use.command.handle(argument, services)
    if isinstance(answer, Reply):
        return answer
    if use.pull_request is None:
        raise Bug(f"{use.command.name} asks for work where there is no pull request")
    if isinstance(answer, SecurityRequest):
        return await execute_security_command(ctx, use.pull_request, use.user, answer)
    return await execute_docs_command(ctx, use.pull_request, use.user, answer)


async def _status(ctx: JobContext) -> str:
    indexed = await ctx.services.search_index.list_indexes(ctx.tenant)
    return "\n\n".join([*index_lines(indexed), history(await ctx.services.recent_deliveries(ctx.tenant))])


async def _config(ctx: JobContext) -> str:
    settings = await ctx.settings()
    text = yaml.safe_dump(settings.config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return config_messages.config_reply(text, settings.files, settings.problems)
