"""What people ask for: slash-commands in comments, buttons of checks, boxes in our pull requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import yaml

from bot.agents.security_review.review import Word
from bot.commands import COMMANDS, Asked, Command, Desk, Reply, SecurityWish, Unknown, Where, Wish, parse
from bot.commands.allowance import MINUTES
from bot.commands.help import who
from bot.domain import (
    Answer,
    Clicked,
    Comment,
    Commented,
    CommentSubject,
    DocsSubject,
    IndexDue,
    Job,
    PullStanding,
    React,
    Repository,
    Tenant,
)
from bot.domain.audit import AuditEntry
from bot.domain.permissions import Permission
from bot.errors import Bug, RemoteError, UserError
from bot.messages import comments as words
from bot.messages import config as config_words
from bot.messages.history import history, indexes
from bot.orchestrator import pull_request, search_index, security_review
from bot.orchestrator.context import Parts, done
from bot.orchestrator.push import Following, follow
from bot.orchestrator.repo_settings import known_settings
from bot.planning import OTHERS
from bot.ports import Step

T = TypeVar("T")


async def on_comment(parts: Parts, step: Step, job: Job, said: Commented) -> dict[str, Any]:
    """Answer a command: eyes at once, then one answer, then a rocket or a confused face."""
    asked = await asyncio.to_thread(parse, said.body, COMMANDS, said.previous)  # a long comment takes a while
    if asked is None:
        return {"reason": "no command in it"}
    if not (await known_settings(parts, step, job, said.repository)).config.commands.enabled:
        return {"reason": "the settings ask for no commands"}
    noted = partial(_noted, parts, step, job, said.repository.tenant, f"command {_named(asked)}", said.author)
    over = await noted("allow", partial(_allow, parts, said))
    if over > 1:
        return {"reason": f"{said.author} asks too much at once"}
    await _do(parts, step, job, said.repository, "greet", React(said.comment_id, "eyes", said.review))
    reply = Reply(words.too_many(MINUTES), ok=False) if over else await _reply(parts, step, job, said, asked)
    await _answer(parts, step, job, said, reply)
    return {"reason": f"{_named(asked)} by {said.author}: {'done' if reply.ok else 'not done'}"}


async def on_clicked(parts: Parts, step: Step, job: Job, clicked: Clicked) -> dict[str, Any]:
    """Do what a button or a box asks for, if the one who clicked may ask for it; say only what went wrong."""
    (command,) = [c for c in COMMANDS if c.name == f"docs {clicked.what}"]
    noted = partial(_noted, parts, step, job, clicked.repository.tenant, f"command {command.name}", clicked.by)
    seen = await pull_request.observe(parts, noted, clicked.repository, clicked.number)
    if seen is None or not await _may(parts, step, clicked.repository, command, clicked.by, seen):
        reply = Reply(words.not_allowed(command.syntax, who(command)), ok=False)
    else:
        reply = await _fulfil(parts, step, job, clicked.repository, seen, clicked.by, Wish(clicked.what))
    if not reply.ok:
        marker = f"<!-- mas:clicked {clicked.what} {job.seq} -->"
        said = Comment(clicked.number, reply.text, marker)
        await _do(parts, step, job, clicked.repository, "tell", said)
    return {"reason": f"docs {clicked.what} by {clicked.by}: {'done' if reply.ok else 'not done'}"}


async def on_failed(parts: Parts, step: Step, job: Job) -> None:
    """Admit to whoever asked that a fault of ours, or of GitHub's, kept them from an answer."""
    said = words.failed(job.id)
    match job.event:
        case Commented() as comment:
            await _answer(parts, step, job, comment, Reply(said, ok=False), "after failing")
        case Clicked() as clicked:
            marker = f"<!-- mas:clicked {clicked.what} {job.seq} -->"
            await _do(parts, step, job, clicked.repository, "after failing", Comment(clicked.number, said, marker))
        case IndexDue() as due:
            await search_index.go_on(parts, step, job, due)


async def _allow(parts: Parts, said: Commented) -> int:
    return await parts.allowance.take(said.repository.tenant, said.author)


async def _noted(
    parts: Parts, step: Step, job: Job, tenant: Tenant, what: str, who: str, name: str, work: Callable[[], Awaitable[T]]
) -> T:
    """A step in which it is put on record, before its work, who asked for what.

    Not a step of its own: jobs that a crash cut off go on by the steps that they know.
    """

    async def both() -> T:
        await parts.store.append(tenant, AuditEntry(f"{job.id}/{what}/asked", job.id, what, "asked", f"by {who}"))
        return await work()

    return await step(name, both)


def _named(asked: Asked | Unknown) -> str:
    return asked.name if isinstance(asked, Asked) else "an unknown command"


# ------------------------------------------------------------------ the answer


async def _reply(parts: Parts, step: Step, job: Job, said: Commented, asked: Asked | Unknown) -> Reply:
    if isinstance(asked, Unknown):
        return Reply(words.unknown(asked.said, asked.nearest), ok=False)
    (command,) = [c for c in COMMANDS if c.name == asked.name]
    seen = await pull_request.observe(parts, step, said.repository, said.number) if said.pull_request else None
    if not command.where & _where(seen):
        return Reply(words.not_here(command.syntax, _places(command.where)), ok=False)
    command = await _ruled(parts, step, job, said.repository, command)
    if not await _may(parts, step, said.repository, command, said.author, seen):
        return Reply(words.not_allowed(command.syntax, who(command)), ok=False)
    if command.least > Permission.READ and not await _stands(parts, step, said, asked):
        return Reply(words.NOT_SAID, ok=False)
    desk = Desk(
        partial(_status, parts, said.repository),
        partial(_config, parts, step, job, said.repository),
        partial(search_index.ask, parts, step, job, said.repository),
        partial(search_index.again, parts, step, job, said.repository),
    )
    try:
        answer = await command.answer(asked.argument, desk)
        if isinstance(answer, Reply):
            return answer
        if seen is None:
            raise Bug(f"{command.name} asks for work where there is no pull request")
        if isinstance(answer, SecurityWish):
            return await _review(parts, step, job, said.repository, seen, said.author, answer)
        return await _fulfil(parts, step, job, said.repository, seen, said.author, answer)
    except UserError as error:
        return Reply(str(error), ok=False)
    except RemoteError as error:
        if error.transient:
            raise
        return Reply(f"GitHub did not do it: {error}", ok=False)


async def _answer(parts: Parts, step: Step, job: Job, said: Commented, reply: Reply, when: str = "answering") -> None:
    marker, thread = words.answer_marker(said.comment_id), said.comment_id if said.review else None
    await _do(parts, step, job, said.repository, f"{when}: say", Answer(said.number, reply.text, marker, thread))
    face = React(said.comment_id, "rocket" if reply.ok else "confused", said.review, instead="eyes")
    await _do(parts, step, job, said.repository, f"{when}: react", face)


async def _do(
    parts: Parts, step: Step, job: Job, repository: Repository, name: str, action: Answer | React | Comment
) -> None:
    await step(name, partial(done, parts, repository, f"{job.id} {name}", action))


async def _stands(parts: Parts, step: Step, said: Commented, asked: Asked) -> bool:
    """Whether the comment stands on the forge as it was delivered: who has the webhook's secret can say anything."""

    async def there() -> bool:
        subject = CommentSubject(said.comment_id, said.review)
        standing = await (await parts.forge(said.repository)).observe(subject)
        if standing is None or standing.author != said.author:
            return False
        return await asyncio.to_thread(parse, standing.body, COMMANDS) == asked

    return await step("verify", there)


async def _ruled(parts: Parts, step: Step, job: Job, repository: Repository, command: Command) -> Command:
    """The command for whom the repository's settings say, where they have a say in it."""
    if not command.role:
        return command
    section, _, setting = command.role.partition(".")
    config = (await known_settings(parts, step, job, repository)).config
    return replace(command, least=Permission[getattr(getattr(config, section), setting).upper()])


async def _may(
    parts: Parts, step: Step, repository: Repository, command: Command, user: str, seen: PullStanding | None
) -> bool:
    if command.least <= Permission.READ or (command.author and seen is not None and seen.author == user):
        return True  # who comments can read

    async def role() -> int:
        return int(await (await parts.forge(repository)).permission(user))

    return await step("permission", role) >= command.least


def _where(seen: PullStanding | None) -> Where:
    if seen is None:
        return Where.ISSUE
    return Where.OURS if seen.ours else Where.PULL_REQUEST


def _places(where: Where) -> str:
    named = {
        Where.ISSUE: "issues",
        Where.PULL_REQUEST: "pull requests",
        Where.OURS: "my documentation pull requests",
    }
    return " and ".join(text for place, text in named.items() if place & where)


# ------------------------------------------------------------------ what is asked for


async def _fulfil(
    parts: Parts, step: Step, job: Job, repository: Repository, seen: PullStanding, by: str, wish: Wish
) -> Reply:
    if seen.state != "open":
        return Reply(f"#{seen.number} is not open.", ok=False)
    if seen.ours:
        return await _on_ours(parts, step, job, repository, seen, by, wish)
    looked = await pull_request.look(parts, step, job, repository, seen)
    if isinstance(looked, str):
        return Reply(f"I did nothing: {looked}.", ok=False)
    if wish.what == "explain":
        ok, text = pull_request.explain(looked, wish.number)
        return Reply(text, ok)
    if wish.what == "apply":
        ok, text = await pull_request.apply_edits(parts, step, job, repository, looked)
        return Reply(text, ok)
    text = ""
    if wish.what == "skip":
        text = await pull_request.skip_edits(parts, step, repository, looked, by, wish.why)
        looked = await pull_request.again(parts, repository, looked)
    made = await pull_request.check(parts, step, job, repository, looked)
    return Reply(text or f"Looked at {looked.head[:9]}: {made['reason']}. The check has it all.")


async def _on_ours(
    parts: Parts, step: Step, job: Job, repository: Repository, seen: PullStanding, by: str, wish: Wish
) -> Reply:
    if seen.branch != DocsSubject(seen.base).branch:
        return Reply(f"#{seen.number} does not follow {seen.base}, so there is nothing to do here.", ok=False)
    if wish.what in ("explain", "skip"):
        looked = await pull_request.propose(parts, step, job, repository, seen)
        if wish.what == "explain":
            ok, text = pull_request.explain(looked, wish.number)
            return Reply(text, ok)
        text = await pull_request.skip_edits(parts, step, repository, looked, by, wish.why)
        await follow(parts, step, job, Following(repository, seen.base))
        return Reply(text)
    anew = seen.head_oid if wish.what == "rebase" else None  # what came later, nobody asked to leave behind
    made = await follow(parts, step, job, Following(repository, seen.base, anew=anew))
    if anew and made["reason"] == OTHERS:
        return Reply(words.COMMITTED_MEANWHILE, ok=False)
    if anew:
        return Reply(f"Started again from `{seen.base}`. The branch was at {seen.head_oid} before.")
    return Reply(f"Looked again: {made['reason']}.")


async def _review(
    parts: Parts, step: Step, job: Job, repository: Repository, seen: PullStanding, by: str, wish: SecurityWish
) -> Reply:
    looked = await security_review.look(parts, step, job, repository, seen.number)
    if isinstance(looked, str):
        return Reply(f"I did nothing: {looked}.", ok=False)
    match wish.what:
        case "explain":
            ok, text = security_review.explain(parts, repository, looked, wish.id)
        case "ignore":
            word = Word(by, wish.why, wish.until)
            ok, text = await security_review.ignore(parts, step, job, repository, looked, wish.id, word)
        case "review":
            made = await security_review.tell(parts, step, job, repository, looked)
            ok, text = True, f"Looked at {looked.head[:9]}: {made['reason']}. The check has it all."
    return Reply(text, ok)


async def _status(parts: Parts, repository: Repository) -> str:
    indexed = await parts.knowledge.known(repository.tenant)
    return "\n\n".join([*indexes(indexed), history(await parts.history(repository.tenant))])


async def _config(parts: Parts, step: Step, job: Job, repository: Repository) -> str:
    now = await known_settings(parts, step, job, repository)
    shown = yaml.safe_dump(now.config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return config_words.in_force(shown, now.files, now.problems)
