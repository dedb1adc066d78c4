"""Whatever people do, in whatever order, and however often GitHub tells of it: one pull request a base, nothing of
theirs lost, one answer to a question, and nothing changes by being told again.

MAS_ORDERS=200 plays so many sequences, MAS_ORDERS_FROM says which is the first.
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
"""A person is answered so often within ten minutes."""

FIRST, SEQUENCES = int(os.environ.get("MAS_ORDERS_FROM", 8)), int(os.environ.get("MAS_ORDERS", 3))


@dataclass
class World:
    """A repository, what people have done there, and what must hold whatever it was.

    `theirs` are people's commits on our branch, less those that somebody asked to leave behind.
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

    # ------------------------------------------------------------------ what people do

    async def rename(self, which: int) -> None:
        self.code = CODE.replace("fetch_all", NAMES[which % len(NAMES)])
        self.maria.push(self.repository, "main", {"fetchkit/__init__.py": self.code})

    async def push_something_else(self, _: int) -> None:
        self.pushed += 1
        self.maria.push(self.repository, "main", {"notes.txt": f"{self.pushed}"})

    async def mend_by_hand(self, which: int) -> None:
        mended = GUIDE.replace("fetch_all", NAMES[which % len(NAMES)])
        self.maria.push(self.repository, "main", {"README.md": mended})

    async def commit_on_our_branch(self, _: int) -> None:
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

    async def tell_again(self, which: int) -> None:
        if told := self.told():
            self.sandbox.redeliver(told[which * len(told) // 10])

    async def rest(self, _: int = 0) -> None:
        await idle(self.service)

    # ------------------------------------------------------------------ what stands

    def ours(self) -> list[PullRequest]:
        return [pull for pull in self.repository.pull_requests.values() if pull.author.login == BOT]

    def open(self) -> list[PullRequest]:
        return [pull for pull in self.ours() if pull.state == "open"]

    def told(self) -> list[str]:
        """The deliveries of this repository."""
        theirs = (each for each in self.sandbox.deliveries if each.installation_id == self.installation)
        return list(dict.fromkeys(each.guid for each in theirs))

    def conversations(self) -> list[Conversation]:
        return [*self.repository.issues.values(), *self.repository.pull_requests.values()]

    def digest(self) -> dict[str, Any]:
        """All that stands there, as far as people see it."""
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

    # ------------------------------------------------------------------ what must hold

    def holds(self) -> None:
        """At any moment."""
        assert len({pull.base for pull in self.open()}) == len(self.open()), "two open pull requests for one base"
        answers = [c.body for each in self.conversations() for c in each.comments if c.author.login == BOT]
        for said in self.said:
            assert sum(reply_marker(said.id) in each for each in answers) <= 1, f"{said.body} was answered twice"
        git = self.repository.git
        heads = [name for name in ("refs/heads/main", f"refs/heads/{BRANCH}") if name in git.refs()]
        lost = self.theirs.difference(git.run("rev-list", *heads).decode().split())
        assert not lost, "a person's commit is lost"

    async def settles(self, dice: random.Random) -> None:
        """Once there is nothing to do."""
        await self.rest()
        self.holds()
        answers = [c.body for each in self.conversations() for c in each.comments if c.author.login == BOT]
        for said in self.said[:ANSWERED] if len(self.said) <= ANSWERED // 2 else ():
            assert any(reply_marker(said.id) in each for each in answers), f"{said.body} was not answered"
        before = self.digest()
        for guid in dice.sample(told := self.told(), len(told)) + dice.sample(told, len(told)):
            self.sandbox.redeliver(guid)
        await self.rest()
        assert self.digest() == before, "being told again changed something"


ACTS: tuple[Callable[[World, int], Any], ...] = (
    *(World.rename, World.rename, World.rename, World.push_something_else, World.mend_by_hand),
    *(
        World.commit_on_our_branch,
        World.commit_on_our_branch,
        World.close,
        World.reopen,
        World.merge,
        World.ask,
        World.ask,
        World.tick,
    ),
    *(World.reword, World.tell_again, World.rest, World.rest, World.rest),
)


def fresh(scene: Scene, service: Service, number: int, seed: Path) -> World:
    """A repository of an owner of its own, so that each sequence has its own limits."""
    sandbox = scene.sandbox
    repository = sandbox.create_repository(f"octo-{number}", "sample", seed)
    sandbox.add_user("maria", {repository.full_name: "write"})
    installation = sandbox.install(scene.app, repository.owner.login, [repository])
    maria = sandbox.person("maria")
    return World(sandbox, service, repository, installation, maria, maria.open_issue(repository, "How?"))


async def play(world: World, acts: list[tuple[Callable[[World, int], Any], int]], dice: random.Random) -> None:
    """People act, the bot follows; begun with a change that makes the docs stale."""
    await world.rename(1)
    for act, which in acts:
        await act(world, which)
        await asyncio.sleep(which / 100)  # so that some acts find the bot at work, and others before it began
        world.holds()
    await world.settles(dice)


async def test_in_any_order_nothing_is_doubled_lost_or_changed_by_being_told_again(tmp_path: Path) -> None:
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
