"""The context of one job: its services, its checkpoints, and the actions that it applies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from bot.audit import perform_audited
from bot.domain import Action, AppInstalled, AppUninstalled, Event, Job, Repository, Tenant, from_json, to_json
from bot.errors import Bug, ConflictError
from bot.messages.entries import Permalinks
from bot.orchestrator.repo_settings import ActiveSettings, load_settings
from bot.orchestrator.result import JobResult
from bot.orchestrator.services import JobServices
from bot.ports import Forge, Step

T = TypeVar("T")


@dataclass(slots=True)
class JobContext:
    """A job and what its handler works with.

    Args:
        step: runs a piece of work once and checkpoints its result, which is plain JSON. After a crash the
            result is read from the checkpoint.
    """

    services: JobServices
    step: Step
    job: Job
    _settings: ActiveSettings | None = field(default=None, init=False)

    @property
    def repository(self) -> Repository:
        """The repository of the job's event. Raises `Bug` for an event of a whole installation."""
        event = self.job.event
        if isinstance(event, AppInstalled | AppUninstalled):
            raise Bug(f"a job of kind {event.kind} has no repository")
        return event.repository

    @property
    def tenant(self) -> Tenant:
        """The tenant of the repository."""
        return self.repository.tenant

    # ------------------------------------------------------------------ steps

    async def run(self, name: str, work: Callable[[], Awaitable[T]], kind: Any) -> T:
        """Run a step whose result is a value of type `kind`.

        The store holds the value, and the checkpoint only its digest.
        """

        async def store_result() -> str:
            return await self.services.store.put_blob(self.tenant, to_json(await work(), kind))

        value: T = from_json(kind, await self.services.store.get_blob(self.tenant, await self.step(name, store_result)))
        return value

    async def complete_in_step(self, name: str, work: Callable[[], Awaitable[JobResult]]) -> JobResult:
        """Run a step that does the whole job. Its checkpoint holds the job's result."""

        async def as_dict() -> dict[str, Any]:
            return (await work()).as_dict()

        return JobResult(**await self.step(name, as_dict))

    async def apply(self, turn: int | str, actions: Sequence[Action]) -> bool:
        """Apply planned actions, one step each. Stop and return False when the target of one has changed.

        Args:
            turn: distinguishes the plans of a job in the names of steps and the keys of audit records.
        """
        for number, action in enumerate(actions):
            name = f"{turn}.{number}"
            if not await self.step(f"apply {name} {action.kind}", partial(self._try_to_apply, name, action)):
                return False
        return True

    async def settings(self) -> ActiveSettings:
        """Return the settings in effect, which stay the same during a job until `discard_settings`.

        Each call is a step named `settings`, also when the settings are known already: the number and order of
        a job's steps must not change, because interrupted jobs continue from their checkpoints.
        """

        async def load() -> ActiveSettings:
            return self._settings or await load_settings(self.services, self.job, self.repository)

        self._settings = await self.run("settings", load, ActiveSettings)
        return self._settings

    def discard_settings(self) -> None:
        """Load the settings again at the next call of `settings`."""
        self._settings = None

    # ------------------------------------------------------------------ within a step

    async def apply_audited(self, name: str, action: Action) -> str | None:
        """Apply one action, with audit records before and after it. Return the URL of what it created, if any.

        Args:
            name: identifies the action among those of the job.

        Raises:
            MasError: the action failed, which is recorded too.
        """
        work = partial((await self.forge()).apply, action)
        return (await perform_audited(self.services.store, self.tenant, f"{self.job.id} {name}", action.kind, work)).url

    async def _try_to_apply(self, name: str, action: Action) -> bool:
        try:
            await self.apply_audited(name, action)
        except ConflictError:
            return False
        return True

    async def forge(self) -> Forge:
        """Return the forge of the repository."""
        return await self.services.forge(self.repository)

    async def get_state(self, name: str) -> str | None:
        """Return a value of the repository's state."""
        return await self.services.store.get_state(self.tenant, name)

    async def set_state(self, name: str, value: str) -> None:
        """Set a value of the repository's state, unless a later job has set it."""
        await self.services.store.set_state(self.tenant, name, value, seq=self.job.seq)

    async def enqueue_event(self, name: str, event: Event) -> None:
        """Start another job for an event, once per delivery and name."""
        await self.services.enqueue_event(self.job, name, event)

    def links(self, base: str, head: str) -> Permalinks:
        """Return links to lines of two commits of the repository."""
        return Permalinks(self.services.web_url(self.repository), base, head)
