"""User actions and redeliveries in random order: one pull request per base, one reply per command, no lost commits, and
no change by a redelivery.

MAS_ORDERS is the number of sequences, MAS_ORDERS_FROM the first one.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.domain.markers import REBASE_CHECKBOX
from bot.messages.comments import reply_marker
from bot.server.service import Service
from github_sandbox import Comment, Person, PullRequest, Repository, Sandbox
from github_sandbox.conversations import Conversation, Issue
from github_sandbox.git import GitError
from tests.journeys.scene import CODE, GUIDE, Scene, idle, project, serving, settings_for

pytestmark = pytest.mark.journey

BRANCH = "mas/docs/main"
BOT = "mas[bot]"
NAMES = ("fetch_all", "fetch_many", "fetch_most")
QUESTIONS = ("help", "docs check", "docs explain 1", "docs skip not now", "status", "config", "docs rebase", "hlep")
ANSWERED = 10
"""The rate limit for commands in ten minutes."""

FIRST, SEQUENCES = int(os.environ.get("MAS_ORDERS_FROM", 8)), int(os.environ.get("MAS_ORDERS", 3))


@dataclass
class World:
    """A repository, the actions that users take there, and the invariants that always hold.

    `theirs` are people's commits on the documentation branch, except those that someone asked to drop.
    """

    sandbox: Sandbox
    service: Service
    repository: Repository
    installation: int
    maria: Person
    issue: Issue
    code: str = CODE
    pushed: int = 0
    theirs: set[str] = field(default_factory=set)
    said: list[Comment] = field(default_factory=list)

    # ------------------------------------------------------------------ user actions

    async def rename(self, which: int) -> None:
        self.code = CODE.replace("fetch_all", NAMES[which % len(NAMES)])
        self.maria.push(self.repository, "main", {"fetchkit/__init__.py": self.code})

    async def push_something_else(self, _: int) -> None:
        self.pushed += 1
        self.maria.push(self.repository, "main", {"notes.txt": f"{self.pushed}"})

    async def fix_by_hand(self, which: int) -> None:
        fixed = GUIDE.replace("fetch_all", NAMES[which % len(NAMES)])
        self.maria.push(self.repository, "main", {"README.md": fixed})

    async def commit_to_docs_branch(self, _: int) -> None:
        if self.repository.branch(BRANCH):
            self.pushed += 1
            self.theirs.add(self.maria.push(self.repository, BRANCH, {f"docs/by-hand-{self.pushed}.md": "# Mine"}))

    async def close(self, _: int) -> None:
        for pull in self.open():
            self.maria.close(pull)

    async def reopen(self, _: int) -> None:
        last = next(reversed(self.ours()), None)
        if last and last.state == "closed" and not last.merged and self.repository.branch(BRANCH) == last.head_oid:
            self.maria.reopen(last)

    async def merge(self, _: int) -> None:
        for pull in self.open():
            with suppress(GitError):
                self.maria.merge(pull)

    async def ask(self, which: int) -> None:
        question, where = QUESTIONS[which % len(QUESTIONS)], next(reversed(self.ours()), self.issue)
        if question == "docs rebase":
            await self.rest()
            self.theirs.clear()
        self.said.append(self.maria.comment(where, f"/mas {question}"))
        if question == "docs rebase":
            await self.rest()

    async def tick(self, _: int) -> None:
        for pull in self.open():
            if f"[ ] {REBASE_CHECKBOX}" in (pull.body or ""):
                await self.rest()
            if pull.state == "open" and f"[ ] {REBASE_CHECKBOX}" in (pull.body or ""):
                self.theirs.clear()
                self.maria.edit(
                    pull, body=(pull.body or "").replace(f"[ ] {REBASE_CHECKBOX}", f"[x] {REBASE_CHECKBOX}")
                )
                await self.rest()

    async def reword(self, which: int) -> None:
        if self.said:
            self.maria.edit_comment(self.said[which % len(self.said)], f"/mas {QUESTIONS[which % 5]} please")

    async def redeliver(self, which: int) -> None:
        if guids := self.deliveries():
            self.sandbox.redeliver(guids[which * len(guids) // 10])

    async def rest(self, _: int = 0) -> None:
        await idle(self.service)

    # ------------------------------------------------------------------ observations

    def ours(self) -> list[PullRequest]:
        return [pull for pull in self.repository.pull_requests.values() if pull.author.login == BOT]

    def open(self) -> list[PullRequest]:
        return [pull for pull in self.ours() if pull.state == "open"]

    def deliveries(self) -> list[str]:
        """The deliveries of this repository."""
        own = (each for each in self.sandbox.deliveries if each.installation_id == self.installation)
        return list(dict.fromkeys(each.guid for each in own))

    def conversations(self) -> list[Conversation]:
        return [*self.repository.issues.values(), *self.repository.pull_requests.values()]

    def digest(self) -> dict[str, Any]:
        """Everything that people can see."""
        talks = {
            each.number: (each.state, each.title, each.body, [label.name for label in each.labels])
            for each in self.conversations()
        }
        said = [
            (comment.author.login, comment.body, sorted((r.author.login, r.content) for r in comment.reactions))
            for each in self.conversations()
            for comment in each.comments
        ]
        runs = [(run.name, run.head_oid, run.conclusion, run.output) for run in self.repository.check_runs.values()]
        return {"references": self.repository.git.refs(), "conversations": talks, "said": said, "checks": runs}

    # ------------------------------------------------------------------ invariants

    def check_invariants(self) -> None:
        """Check what holds at any moment."""
        assert len({pull.base for pull in self.open()}) == len(self.open()), "two open pull requests for one base"
        answers = [c.body for each in self.conversations() for c in each.comments if c.author.login == BOT]
        for said in self.said:
            assert sum(reply_marker(said.id) in each for each in answers) <= 1, f"{said.body} got two replies"
        git = self.repository.git
        heads = [name for name in ("refs/heads/main", f"refs/heads/{BRANCH}") if name in git.refs()]
        lost = self.theirs.difference(git.run("rev-list", *heads).decode().split())
        assert not lost, "a person's commit is lost"

    async def settle_and_check(self, dice: random.Random) -> None:
        """Wait for the bot, then check what holds when it is idle, also after redeliveries."""
        await self.rest()
        self.check_invariants()
        answers = [c.body for each in self.conversations() for c in each.comments if c.author.login == BOT]
        for said in self.said[:ANSWERED] if len(self.said) <= ANSWERED // 2 else ():
            assert any(reply_marker(said.id) in each for each in answers), f"{said.body} got no reply"
        before = self.digest()
        for guid in dice.sample(guids := self.deliveries(), len(guids)) + dice.sample(guids, len(guids)):
            self.sandbox.redeliver(guid)
        await self.rest()
        assert self.digest() == before, "a redelivery changed something"


ACTS: tuple[Callable[[World, int], Any], ...] = (
    *(World.rename, World.rename, World.rename, World.push_something_else, World.fix_by_hand),
    *(
        World.commit_to_docs_branch,
        World.commit_to_docs_branch,
        World.close,
        World.reopen,
        World.merge,
        World.ask,
        World.ask,
        World.tick,
    ),
    *(World.reword, World.redeliver, World.rest, World.rest, World.rest),
)


def fresh(scene: Scene, service: Service, number: int, seed: Path) -> World:
    """A repository with its own owner, so that each sequence has its own rate limits."""
    sandbox = scene.sandbox
    repository = sandbox.create_repository(f"octo-{number}", "sample", seed)
    sandbox.add_user("maria", {repository.full_name: "write"})
    installation = sandbox.install(scene.app, repository.owner.login, [repository])
    maria = sandbox.person("maria")
    return World(sandbox, service, repository, installation, maria, maria.open_issue(repository, "How?"))


async def play(world: World, acts: list[tuple[Callable[[World, int], Any], int]], dice: random.Random) -> None:
    """Play a sequence of actions after a change that makes the docs stale."""
    await world.rename(1)
    for act, which in acts:
        await act(world, which)
        await asyncio.sleep(which / 100)  # some actions come while the bot works, others before it starts
        world.check_invariants()
    await world.settle_and_check(dice)


async def test_actions_and_redeliveries_in_any_order_lose_and_repeat_nothing(tmp_path: Path) -> None:
    async with project(tmp_path) as scene, serving(settings_for(scene.sandbox, scene.app, tmp_path)) as served:
        address, service = served
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        for number in range(FIRST, FIRST + SEQUENCES):
            dice = random.Random(number)
            acts = [(dice.choice(ACTS), dice.randrange(10)) for _ in range(dice.randint(8, 16))]
            try:
                await play(fresh(scene, service, number, tmp_path / "seed"), acts, dice)
            except (AssertionError, TimeoutError) as error:
                named = ", ".join(f"{act.__name__}({which})" for act, which in acts)
                error.add_note(f"MAS_ORDERS_FROM={number} MAS_ORDERS=1: rename(1), {named}")
                raise
