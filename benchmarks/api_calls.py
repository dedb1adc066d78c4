"""How many calls of GitHub each event costs, against the sandbox, which keeps a record of all.

    python -m benchmarks.api_calls

The bot works in this process on a project of three files; GitHub's pace of writes (one a second) is left out, which
changes no count. Calls are those of the installation, by REST or GraphQL; the making of a token and the question for
the App's own name, by the App itself, are stated apart, and so is what git fetches. Figures are those of a bot that
has worked before; the first row is that of one that has just started.

Prints a table for people, and then one line of JSON; exits with 1 where a figure is over its limit.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.server.service import Service
from github_sandbox import ApiCall
from tests.journeys.scene import CODE, RENAMED, Scene, idle, installed

LIMITS = {
    "push, nothing stale": 2,
    "push, updates the docs' pull request": 8,
    "pull request, new commits": 8,
}
"""Most calls that an event may cost; the first of these may also write nothing."""

BURST = 50
BURST_UPDATES = 2
_MINUTE, _QUIET_SECONDS = 60.0, 20.0
"""The burst lasts a minute on the clock; the quiet period is that of the settings, where nobody chose another."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an event cost.

    `reads` and `writes` are the installation's calls, and so are `rest` and `graphql`; `app` are the App's own besides
    `tokens`, the installation tokens that it made; `updates` are the movements of our branch.
    """

    reads: int
    writes: int
    rest: int
    graphql: int
    app: int
    tokens: int
    fetches: int
    updates: int

    @property
    def calls(self) -> int:
        return self.reads + self.writes


@dataclass(slots=True)
class Meter:
    """Counts from one event to the next."""

    scene: Scene
    service: Service
    _calls: int = 0
    _fetches: int = 0

    async def cost(self) -> Cost:
        """Of all since the last one, once the bot has nothing to do."""
        await idle(self.service)
        calls, fetches = self.scene.sandbox.calls[self._calls :], self.scene.sandbox.fetches[self._fetches :]
        self._calls, self._fetches = len(self.scene.sandbox.calls), len(self.scene.sandbox.fetches)
        ours = [call for call in calls if call.caller.startswith("installation")]
        graphql, writes = [call for call in ours if _is_graphql(call)], [call for call in ours if call.writes]
        return Cost(
            len(ours) - len(writes),
            len(writes),
            len(ours) - len(graphql),
            len(graphql),
            sum(call.caller.startswith("app") and not _makes_token(call) for call in calls),
            sum(_makes_token(call) for call in calls),
            sum(fetch.caller.startswith("installation") for fetch in fetches),
            sum("updateRefs" in call.operation for call in ours),
        )


def _is_graphql(call: ApiCall) -> bool:
    return call.path == "/graphql"


def _makes_token(call: ApiCall) -> bool:
    return call.path.endswith("/access_tokens")


# ------------------------------------------------------------------ the events


async def changes(scene: Scene, service: Service) -> AsyncIterator[tuple[str, Cost]]:
    """Pushes and a pull request, each with what it cost."""
    maria, repository = scene.sandbox.person("maria"), scene.repository
    meter = Meter(scene, service)
    await meter.cost()

    maria.push(repository, "main", {"notes.txt": "one"})
    yield "push, nothing stale, the first after a start", await meter.cost()
    maria.push(repository, "main", {"notes.txt": "two"})
    yield "push, nothing stale", await meter.cost()
    maria.push(repository, "main", RENAMED)
    yield "push, opens the docs' pull request", await meter.cost()
    maria.push(repository, "main", {"fetchkit/__init__.py": CODE.replace("fetch_all", "fetch_most")})
    yield "push, updates the docs' pull request", await meter.cost()
    maria.push(repository, "main", {"notes.txt": "three"})
    yield "push, leaves the docs' pull request as it is", await meter.cost()
    maria.push(repository, "main", {"fetchkit/__init__.py": CODE})
    yield "push, closes the docs' pull request", await meter.cost()

    maria.push(repository, "topic", RENAMED)
    maria.open_pull(repository, "topic")
    yield "pull request, opened", await meter.cost()
    maria.push(repository, "topic", {"fetchkit/__init__.py": CODE.replace("fetch_all", "fetch_most")})
    yield "pull request, new commits", await meter.cost()


async def questions(scene: Scene, service: Service) -> AsyncIterator[tuple[str, Cost]]:
    """What is asked of the bot."""
    maria, repository = scene.sandbox.person("maria"), scene.repository
    maria.push(repository, "topic", RENAMED)
    pull, meter = maria.open_pull(repository, "topic"), Meter(scene, service)
    await meter.cost()

    maria.rerun(scene.checks(pull.head_oid)[-1])
    yield "check, asked for again", await meter.cost()
    maria.comment(pull, "/mas help")
    yield "/mas help", await meter.cost()
    maria.comment(pull, "/mas docs apply")
    yield "/mas docs apply, with the check of its commit", await meter.cost()
    await _queue(scene, service)
    yield "merge queue, asks for checks", await meter.cost()


async def _queue(scene: Scene, service: Service) -> None:
    """A merge queue's question, as GitHub words it."""
    repository, (installation,) = scene.repository, scene.sandbox.world.installations
    payload = {
        "action": "checks_requested",
        "installation": {"id": installation},
        "sender": {"id": repository.owner.id, "login": repository.owner.login, "type": "User"},
        "repository": {
            "id": repository.id,
            "name": repository.name,
            "owner": {"login": repository.owner.login},
            "default_branch": "main",
        },
        "merge_group": {"head_sha": repository.branch("main"), "head_ref": "refs/heads/gh-readonly-queue/main/pr-1"},
    }
    await service.inbox.add(str(uuid.uuid4()), "merge_group", json.dumps(payload).encode())
    service.engine.notify()


async def burst(scene: Scene, service: Service) -> AsyncIterator[tuple[str, Cost]]:
    """Fifty pushes to one branch in a minute, each of which renames the function anew."""
    maria, meter = scene.sandbox.person("maria"), Meter(scene, service)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(BURST):
        renamed = CODE.replace("fetch_all", f"fetch_{number}")
        maria.push(scene.repository, "main", {"fetchkit/__init__.py": renamed})
        await asyncio.sleep(max(0.0, began + (number + 1) * _MINUTE / BURST - loop.time()))
    yield f"burst of {BURST} pushes in a minute", await meter.cost()


async def measured(
    play: Callable[[Scene, Service], AsyncIterator[tuple[str, Cost]]], folder: Path, quiet: float = 0
) -> dict[str, Cost]:
    """Event → what it cost, of a play in a scene of its own."""
    async with installed(folder, quiet=quiet) as (scene, service):
        return {name: cost async for name, cost in play(scene, service)}


def excesses(costs: dict[str, Cost]) -> list[str]:
    """The figures over their limits, in words."""
    over = [
        f"{name}: {costs[name].calls} calls, not {most}" for name, most in LIMITS.items() if costs[name].calls > most
    ]
    quiet = costs["push, nothing stale"]
    over += [f"push, nothing stale: {quiet.writes} writes"] * bool(quiet.writes)
    return over + [f"{name}: {cost.updates} updates" for name, cost in costs.items() if cost.updates > BURST_UPDATES]


# ------------------------------------------------------------------ what is said


def report(costs: dict[str, Cost]) -> None:
    """The table, and the line of JSON."""
    print(
        "| event | calls (limit) | reads | writes | REST | GraphQL | App's own | tokens | git fetches | branch moved |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, cost in costs.items():
        limit = f" (≤ {LIMITS[name]})" if name in LIMITS else ""
        figures = (cost.reads, cost.writes, cost.rest, cost.graphql, cost.app, cost.tokens, cost.fetches, cost.updates)
        print(f"| {name} | {cost.calls}{limit} | {' | '.join(map(str, figures))} |")
    print(json.dumps({name: {"calls": cost.calls, **asdict(cost)} for name, cost in costs.items()}))


async def _main() -> int:
    costs: dict[str, Cost] = {}
    for play, quiet in ((changes, 0.0), (questions, 0.0), (burst, _QUIET_SECONDS)):
        with tempfile.TemporaryDirectory(prefix="mas-bench-") as folder:
            costs |= await measured(play, Path(folder), quiet)
    report(costs)
    over = excesses(costs)
    for line in over:
        print(f"over its limit: {line}", file=sys.stderr)
    return int(bool(over))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(_main()))
