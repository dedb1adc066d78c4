"""Jobs as DBOS workflows.

DBOS 3.4 needs the following to be safe; each has a test:
- a constant application version, since rows of another version are never recovered;
- workflow ids in the order of the deliveries, constant names of workflow and queue, a partition key for every job;
- JSON only: with pickle, anyone who can write the database could run code;
- a unique index that allows one running job per repository across processes;
- an executor id per live process, held by a lock: a second process with the same id would run its jobs twice.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any, NoReturn, TypeVar, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus
from dbos._serialization import DefaultSerializer

from bot.domain import Event, Job, Tenant, from_json, to_json
from bot.engine import checkpoint, dbos_tables, internal_events
from bot.engine.dbos_tables import QUEUE
from bot.engine.membership import Membership, join, watch_membership
from bot.engine.options import EngineOptions
from bot.engine.outcome import OutcomeRecorder
from bot.engine.priority import priority
from bot.engine.pump import Pump
from bot.engine.pump_loop import PumpLoop
from bot.engine.retention import Retention
from bot.engine.runner import JobRunner
from bot.errors import Bug, RemoteError
from bot.inbox import Inbox, listen
from bot.telemetry.tracing import span

T = TypeVar("T")

# Persisted names: changing one strands the queued jobs.
_APPLICATION = "mas"
_VERSION = "1"
_WORKFLOW = "handle"

_FINISHED_STATUSES = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_MAX_RECOVERY_ATTEMPTS = 10
"""How many processes may die while running a job before it fails."""
_LIVENESS_CHECK_SECONDS = 5.0

_log = logging.getLogger(__name__)
# With a handler present, DBOS does not add its own, which would ignore the log settings.
logging.getLogger("dbos").addHandler(logging.NullHandler())
# Not an error: another process claimed the job first.
logging.getLogger("dbos").addFilter(lambda record: dbos_tables.UNIQUE_RUNNING_INDEX not in record.getMessage())


def _reject_pickle(_self: DefaultSerializer, serialized_data: str) -> NoReturn:
    raise Bug("a database row requests to be unpickled")


# A row names its serializer, regardless of this process's configuration.
DefaultSerializer.deserialize = _reject_pickle  # type: ignore[assignment]


class _Workflows:
    """See `bot.engine.retention.Workflows`."""

    def __init__(self, client: DBOSClient) -> None:
        self._client = client

    async def list_finished(self, jobs: Sequence[str]) -> Mapping[str, str]:
        return {each.workflow_id: each.status for each in await self._list(workflow_ids=jobs)} if jobs else {}

    async def list_finished_before(self, time: datetime, limit: int) -> list[str]:
        return [each.workflow_id for each in await self._list(end_time=time.isoformat(), limit=limit)]

    async def cancel(self, jobs: Sequence[str]) -> None:
        await asyncio.to_thread(self._client.cancel_workflows, list(jobs))

    async def delete(self, jobs: Sequence[str]) -> None:
        await asyncio.to_thread(self._client.delete_workflows, list(jobs))

    async def _list(self, **filters: Any) -> list[WorkflowStatus]:
        return await self._client.list_workflows_async(
            status=_FINISHED_STATUSES, load_input=False, load_output=False, **filters
        )


class Engine:
    """Moves deliveries from the inbox to the queue and runs their jobs. One per process.

    Args:
        database: the database of the inbox.
        inbox: must be open from before `start` until after `stop`.
    """

    def __init__(self, database: sa.Engine, inbox: Inbox, options: EngineOptions) -> None:
        self._database, self._inbox, self._options = database, inbox, options
        self._recorder = OutcomeRecorder()
        parse = internal_events.with_internal_events(options.parse)
        pump = Pump(inbox, self, parse, self._recorder, options.quiet_seconds)
        self._pump_loop = PumpLoop(pump, self._recorder, self._housekeeping, options.backoff_seconds)
        handlers = options.handle, options.on_failure
        self._runner = JobRunner(inbox, self._step, *handlers, self._recorder, options.on_finish)
        self._stop_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Recover unfinished jobs, then start new ones.

        Raises:
            UserError: the database is in use, and allows one process only.
        """
        global _current_engine
        if _current_engine is not None:
            raise Bug("this process already has an engine")
        with ExitStack() as undo:
            self._membership = undo.enter_context(join(self._database))
            undo.callback(DBOS.destroy)
            DBOS(config=self._config(self._membership.executor_id))
            _current_engine = self
            undo.callback(_clear_current_engine)
            with self._membership.startup_lock():
                DBOS.launch()  # jobs run in the current event loop
                with self._database.begin() as connection:
                    dbos_tables.create_unique_running_index(connection)
            self._membership.recover_orphans()
            await self._register_queue()
            self._pump_task = asyncio.create_task(self._pump_loop.run(self._membership.acquire_leadership))
            self._listen_task = asyncio.create_task(listen(self._database, self.notify))
            self._watch_task = asyncio.create_task(self._watch(self._membership))
            self._exit_stack = undo.pop_all()

    def _config(self, executor_id: str) -> DBOSConfig:
        return DBOSConfig(
            name=_APPLICATION,
            system_database_engine=self._database,
            executor_id=executor_id,
            application_version=_VERSION,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",  # INFO has an advertisement and each migration
            # `stop` waits this long for a thread of DBOS.
            notification_listener_polling_interval_sec=self._options.poll_seconds,
        )

    async def _register_queue(self) -> None:
        await DBOS.register_queue_async(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._options.workers,
            polling_interval_sec=self._options.poll_seconds,
            on_conflict="always_update",
        )
        self._client = DBOSClient(
            system_database_engine=self._database,
            serializer=DBOSPortableJSONSerializer(),
            application_name=_APPLICATION,
        )
        workflows = _Workflows(self._client)
        self._retention = Retention(self._inbox, workflows, self._options.retention_days, self._options.expire)

    async def wait_until_lost(self) -> NoReturn:
        """Wait until this process loses its membership, then raise `RemoteError`; all its jobs are being stopped."""
        raise await asyncio.shield(self._watch_task)

    async def _watch(self, membership: Membership) -> RemoteError:
        error = await watch_membership(membership, _LIVENESS_CHECK_SECONDS)
        _log.critical("%s", error)
        self._stop_task = asyncio.create_task(
            self._stop(0)
        )  # no grace period: another process may have recovered the jobs
        return error

    async def stop(self, grace_seconds: float) -> None:
        """Stop after a grace period for running jobs; the next start resumes the others."""
        if self._stop_task is None:
            self._stop_task = asyncio.create_task(self._stop(grace_seconds))
        await self._stop_task

    async def _stop(self, grace_seconds: float) -> None:
        self._watch_task.cancel()
        self._listen_task.cancel()
        self._pump_loop.stop()
        await asyncio.wait({self._pump_task, self._listen_task})
        # One second more, since DBOS checks its jobs once per second.
        timeout = math.ceil(grace_seconds) + 1 if self._runner.running else 0
        with ThreadPoolExecutor(1) as thread:
            destroy = partial(DBOS.destroy, workflow_completion_timeout_sec=timeout)
            destruction = asyncio.get_running_loop().run_in_executor(thread, destroy)
            await self._runner.wait(grace_seconds)
            logging.getLogger("dbos").setLevel(logging.ERROR)  # it warns of each job that is cancelled here
            await self._runner.cancel()
            await destruction
        self._exit_stack.close()
        # DBOS shut down the loop's default executor; components that close later need one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        self._pump_task.result()

    def notify(self) -> None:
        """Wake the pump: the inbox has new deliveries."""
        self._pump_loop.notify()

    async def enqueue_event(self, job: Job, name: str, event: Event) -> None:
        """See `JobServices.enqueue_event`. Saves the event like a delivery, so that a failed job can be retried."""
        await self._add_event(f"{job.delivery_id.partition('.')[0]}.{name}", event)

    async def enqueue_standalone_event(self, name: str, event: Event) -> None:
        """Enqueue an event without a delivery or a job, once per name (without dots). Raises `InboxUnavailable`."""
        await self._add_event(f"{name}.0", event)

    async def _add_event(self, delivery_id: str, event: Event) -> None:
        await self._inbox.add(delivery_id, internal_events.INTERNAL_EVENT, to_json(event, Event))
        self.notify()

    async def check(self) -> None:
        """Raise `Bug` if the pump has stopped, `RemoteError` if the database does not answer."""
        if self._pump_task.done():
            raise Bug("the pump has stopped") from self._pump_task.exception()
        await self._inbox.check()

    async def counts(self) -> dict[str, int]:
        """Count deliveries by stage and outcome, jobs running in this process, and internal errors since the start."""
        return await self._inbox.counts() | {"running": len(self._runner.running), "bugs": self._recorder.bugs}

    def running_jobs(self) -> list[str]:
        """Return the jobs that are running in this process."""
        return sorted(self._runner.running)

    async def purge_tenant(self, tenant: Tenant, before: int) -> None:
        """End a tenant's jobs older than a `seq`, and delete its finished deliveries from inbox and engine."""
        await self._retention.purge_tenant(tenant, before, self._runner.running)

    async def _housekeeping(self) -> None:
        await self._retention.run()

    def enqueue(self, connection: sa.Connection, job: Job, partition: str, delay: float) -> None:
        """Add a job to its partition in the caller's transaction; it starts after `delay` seconds at the earliest."""
        options: EnqueueOptions = {
            "workflow_name": _WORKFLOW,
            "workflow_id": job.id,
            "queue_name": QUEUE,
            "queue_partition_key": partition,
            "priority": priority(job.event),
        }
        if delay:
            options["delay_seconds"] = delay
        event = to_json(job.event, Event).decode()
        self._client.enqueue_in_transaction(connection, options, job.seq, job.delivery_id, job.attempt, event)

    def cancel(self, connection: sa.Connection, jobs: Sequence[str]) -> list[str]:
        """Cancel those of the jobs that have not started, in the caller's transaction, and return them."""
        return dbos_tables.cancel(connection, jobs)

    async def run(self, seq: int, delivery_id: str, attempt: int, event: str) -> dict[str, str]:
        """Run a job and record its outcome. The body of the workflow, called by DBOS only."""
        return await self._runner.run(Job(seq, delivery_id, from_json(Event, event), attempt))

    async def _step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        async def attempt() -> dict[str, Any]:
            with span(name):
                return await checkpoint.attempt(work, self._options.backoff_seconds)

        return cast(T, checkpoint.unwrap(await DBOS.run_step_async({"name": name}, attempt)))


_current_engine: Engine | None = None
"""The engine of this process, for `_workflow`, which DBOS finds by its name."""


def create_tables(database: sa.Engine) -> None:
    """Create or upgrade the engine's tables. On SQLite, `Engine.start` creates them.

    Raises:
        UserError: an older MAS uses the database.
    """
    if database.dialect.name == "postgresql":
        with join(database) as membership, membership.startup_lock():
            DBOS.migrate(database.url.render_as_string(hide_password=False))
            with database.begin() as connection:
                dbos_tables.create_unique_running_index(connection)


def _clear_current_engine() -> None:
    global _current_engine
    _current_engine = None


@DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_MAX_RECOVERY_ATTEMPTS)
async def _workflow(seq: int, delivery_id: str, attempt: int, event: str) -> dict[str, str]:
    if _current_engine is None:
        raise asyncio.CancelledError  # the engine has just stopped; the next one resumes the job
    return await _current_engine.run(seq, delivery_id, attempt, event)
