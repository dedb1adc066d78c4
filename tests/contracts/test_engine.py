"""The engine: each delivery is handled once and in order, even if processes are killed."""

import asyncio
import base64
import json
import logging
import pickle
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain import AppUninstalled, Event, Job, PullRequestClosed, Push, Repository, Tenant
from bot.engine import Engine, EngineOptions, Handler, direct_step
from bot.errors import ConflictError, RemoteError, UserError
from bot.inbox import Inbox
from bot.ports import Step
from bot.stores.database import connect
from tests.processes import forked_process, wait_for_exit

TIMEOUT_SECONDS = 30
CHILD = Path(__file__).with_name("engine_child.py")


@dataclass(frozen=True)
class Ignored:
    reason: str


def parse(event: str, body: bytes) -> Event | Ignored:
    """Parse the tests' payloads: the fields of the event, and the repository's id."""
    data = json.loads(body)
    repository = Repository(Tenant(1, data.pop("repository", 7)), "octo", "docs", "main")
    match event:
        case "push":
            return Push(repository, data["branch"], data["before"], data["after"], "octocat")
        case "closed":
            return PullRequestClosed(repository, data["number"], "main", "mas/docs/main", False, "", "octocat")
        case "uninstalled":
            return AppUninstalled(tuple(Tenant(1, number) for number in data["repositories"]))
        case "broken":
            raise RemoteError("The payload is not JSON.", transient=False)
    return Ignored(f"{event} is of no interest")


@dataclass
class World:
    """A database with an inbox, and methods to run an engine on it."""

    database: sa.Engine
    inbox: Inbox
    seen: list[Any] = field(default_factory=list)

    @asynccontextmanager
    async def engine(self, handle: Handler, *, grace: float = 0, **options: Any) -> AsyncIterator[Engine]:
        options = {"parse": parse, "poll_seconds": 0.02, "backoff_seconds": 0.01} | options
        engine = Engine(self.database, self.inbox, EngineOptions(handle=handle, **options))
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop(grace)

    async def deliver(self, event: str, delivery_id: str, **body: Any) -> None:
        await self.inbox.add(delivery_id, event, json.dumps(body).encode())

    async def push(self, number: int, branch: str = "main", repository: int = 7) -> None:
        """Deliver the push from commit `number - 1` to commit `number`."""
        commits = {"before": f"commit-{number - 1}", "after": f"commit-{number}"}
        await self.deliver(
            "push", f"push-{branch}-{repository}-{number}", branch=branch, repository=repository, **commits
        )

    async def settle(self, engine: Engine) -> dict[str, int]:
        """Wait until all deliveries have ended, and return the counts that are not 0."""
        engine.notify()
        counts: dict[str, int] = {}

        async def is_finished() -> bool:
            counts.update(await engine.counts())
            return not counts["waiting"] + counts["moved"] + counts["running"]

        await until(is_finished)
        return {name: number for name, number in counts.items() if number}

    def query(self, statement: str) -> list[Any]:
        prefix = "" if self.database.dialect.name == "sqlite" else "dbos."
        with self.database.begin() as connection:
            result = connection.execute(sa.text(statement.replace("dbos.", prefix)))
            return [tuple(row) for row in result] if result.returns_rows else []

    async def has(self, question: str) -> bool:
        """Return the result of a yes/no query."""
        return bool(self.query(question)[0][0])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not await condition():  # noqa: ASYNC110 - the database does not report changes
            await asyncio.sleep(0.01)


@pytest.fixture(scope="session")
def used_databases(postgres_server: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, sa.URL]:
    """A database of each kind that an engine has used: with a new one, the first job starts after a second."""

    async def use(url: sa.URL) -> None:
        engine = connect(url.render_as_string(hide_password=False))
        inbox = Inbox(engine)
        await inbox.open()
        async with World(engine, inbox).engine(lambda step, job: result({})()):
            pass
        await inbox.close()
        engine.dispose()

    with postgres_server.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE used")
    urls = {
        "sqlite": sa.make_url(f"sqlite:///{tmp_path_factory.mktemp('used') / 'mas.db'}"),
        "postgresql": postgres_server.url.set(drivername="postgresql", database="used"),
    }
    for url in urls.values():
        asyncio.run(use(url))
    return urls


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, used_databases: dict[str, sa.URL], postgres_server: sa.Engine, tmp_path: Path
) -> str:
    """The URL of a copy of a used database, for each kind."""
    used = used_databases[request.param]
    if request.param == "sqlite":
        assert used.database
        return f"sqlite:///{shutil.copy(used.database, tmp_path)}"
    name = f"engine_{uuid.uuid4().hex}"
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE used")
    return used.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
async def world(database: sa.Engine) -> AsyncIterator[World]:
    async with _world(database) as world:
        yield world


@pytest.fixture
async def postgres_world(postgres_url: str) -> AsyncIterator[World]:
    """A world on PostgreSQL only."""
    database = connect(postgres_url)
    async with _world(database) as world:
        yield world
    database.dispose()


@asynccontextmanager
async def _world(database: sa.Engine) -> AsyncIterator[World]:
    inbox = Inbox(database)
    await inbox.open()
    yield World(database, inbox)
    await inbox.close()


def result(value: Any) -> Callable[[], Awaitable[Any]]:
    async def work() -> Any:
        return value

    return work


def failing(*errors: Exception, then: Any = None) -> Callable[[], Awaitable[Any]]:
    """Return work that raises each of the errors in turn, and then succeeds."""
    remaining = list(errors)

    async def work() -> Any:
        if remaining:
            raise remaining.pop(0)
        return then

    return work


class TestAJob:
    async def test_a_delivery_is_handled_and_its_outcome_recorded(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append((job.seq, job.delivery_id, job.event.kind, await step("double", result((1, 2)))))
            return {"reason": "nothing to change"}

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settle(engine) == {"done": 1}
            await engine.check()

        assert world.seen == [(1, "push-main-7-1", "push", [1, 2])]
        assert world.query("select outcome, reason from inbox") == [("done", "nothing to change")]

    async def test_a_duplicate_delivery_runs_once(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(job.id)
            return {}

        async with world.engine(handle) as engine:
            await world.push(1)
            await world.settle(engine)
            await world.push(1)
            assert await world.settle(engine) == {"done": 1}

        assert world.seen == ["000000000001-0-push-main-7-1"]

    async def test_invalid_and_ignored_deliveries_are_recorded_and_do_not_block(self, world: World) -> None:
        async with world.engine(lambda step, job: result({})()) as engine:
            await world.deliver("broken", "d1")
            await world.inbox.add("d2", "push", b"{not what the parser expects")
            await world.deliver("star", "d3")
            await world.deliver("uninstalled", "d4", repositories=[])
            await world.push(5)
            assert await world.settle(engine) == {"done": 1, "failed": 3, "ignored": 1, "bugs": 1}

        assert world.query("select delivery_id, outcome, reason from inbox where seq < 5 order by seq") == [
            ("d1", "failed", "The payload is not JSON."),
            ("d2", "failed", "internal error in delivery d2"),
            ("d3", "ignored", "star is of no interest"),
            ("d4", "failed", "The delivery names no repository."),
        ]

    async def test_a_user_error_ends_the_job_with_its_message_and_hint(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return await step("read", failing(UserError("mas.yml has no `docs`.", "Add it.")))

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settle(engine) == {"failed": 1}

        assert [failure.reason for failure in await world.inbox.failures()] == ["mas.yml has no `docs`. Add it."]

    async def test_a_transient_error_is_retried_a_limited_number_of_times(self, world: World) -> None:
        down = RemoteError("GitHub returned 502.", retry_after=0.01)

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return {"reason": await step("ask", failing(*[down] * (2 if job.seq == 1 else 99), then="answered"))}

        async with world.engine(handle, backoff_seconds=0.0001) as engine:
            await world.push(1)
            await world.push(1, repository=8)
            assert await world.settle(engine) == {"done": 1, "failed": 1}

        assert world.query("select reason from inbox order by seq") == [("answered",), ("GitHub returned 502.",)]

    async def test_an_unavailable_database_is_retried(self, world: World) -> None:
        away = sa.exc.OperationalError("select 1", {}, Exception("the connection is lost"))

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return {"reason": await step("ask", failing(*[away] * (2 if job.seq == 1 else 99), then="answered"))}

        async with world.engine(handle, backoff_seconds=0.0001) as engine:
            await world.push(1)
            await world.push(1, repository=8)
            assert await world.settle(engine) == {"done": 1, "failed": 1}

        assert world.query("select reason from inbox order by seq") == [
            ("answered",),
            ("The database does not answer (OperationalError).",),
        ]

    async def test_an_invalid_statement_is_a_bug_and_not_retried(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            async def ask() -> None:
                world.seen.append(job.id)
                world.query("select * from a_table_that_is_not_there")

            return await step("ask", ask) or {}

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settle(engine) == {"failed": 1, "bugs": 1}

        assert len(world.seen) == 1

    async def test_a_permanent_error_is_not_retried(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return await step("ask", failing(RemoteError("GitHub returned 404.", transient=False), then={}))

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settle(engine) == {"failed": 1}

    async def test_a_bug_is_logged_counted_and_reported_with_the_jobs_id(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return await step("break", failing(ZeroDivisionError("secret detail"), then={}))

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settle(engine) == {"failed": 1, "bugs": 1}

        (failure,) = await world.inbox.failures()
        assert failure.reason == "internal error in job 000000000001-0-push-main-7-1"
        assert "ZeroDivisionError" in caplog.text

    async def test_the_pump_continues_after_a_bug(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        errors = [ZeroDivisionError("no such day"), RemoteError("not now")]

        async def expire(before: float) -> None:
            if errors:
                raise errors.pop(0)

        async with world.engine(lambda step, job: result({})(), expire=expire) as engine:
            await until(lambda: result(not errors)())
            await world.push(1)
            assert await world.settle(engine) == {"done": 1, "bugs": 1}
            await engine.check()

        assert "ZeroDivisionError: no such day" in caplog.text
        assert "not now" in caplog.text

    async def test_a_failed_job_can_be_retried(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(job.attempt)
            return await step("first time", failing(*[UserError("No.")] * (1 - job.attempt), then={}))

        async with world.engine(handle) as engine:
            await world.push(1)
            await world.settle(engine)
            assert await world.inbox.retry("push-main-7-1")
            assert await world.settle(engine) == {"done": 1}

        assert world.seen == [0, 1]

    async def test_a_direct_step_runs_without_an_engine(self) -> None:
        assert await direct_step("any", result({"a": 1})) == {"a": 1}


class TestOrder:
    async def test_jobs_of_a_repository_run_one_at_a_time_in_order_of_arrival(self, world: World) -> None:
        running: list[str] = []

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            running.append(job.delivery_id)
            await step("look", result(None))
            world.seen.append(list(running))
            running.remove(job.delivery_id)
            return {}

        # Ids that sort against the order of arrival, so that only `seq` has that order.
        ids = [f"{99 - n}" for n in range(15)]
        async with world.engine(handle) as engine:
            for delivery_id in ids:
                await world.deliver("closed", delivery_id, number=1)
            assert await world.settle(engine) == {"done": 15}

        assert world.seen == [[delivery_id] for delivery_id in ids]

    async def test_repositories_do_not_wait_for_one_another(self, world: World) -> None:
        both = asyncio.Barrier(2)

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            await both.wait()
            return {}

        async with world.engine(handle) as engine:
            await world.push(1, repository=7)
            await world.push(1, repository=8)
            assert await world.settle(engine) == {"done": 2}


class TestCoalescing:
    async def test_a_burst_becomes_one_job_from_the_first_commit_to_the_last(self, world: World) -> None:
        for number in (1, 2, 3):  # before the engine starts, so that they are in one batch
            await world.push(number)
        await world.push(9, branch="other")
        async with world.engine(self.handler(world)) as engine:
            assert await world.settle(engine) == {"done": 2, "superseded": 2}

        assert sorted(world.seen) == [("main", "commit-0", "commit-3"), ("other", "commit-8", "commit-9")]

    async def test_waiting_jobs_are_superseded_and_a_running_one_continues(self, world: World) -> None:
        started, resume = asyncio.Event(), asyncio.Event()

        async with world.engine(self.handler(world, started, resume)) as engine:
            await world.push(1)
            engine.notify()
            await started.wait()
            for number in (2, 3, 4):
                await world.push(number)
                engine.notify()
                await until(lambda: world.has("select count(*) = 0 from inbox where moved_at is null"))
            resume.set()
            assert await world.settle(engine) == {"done": 2, "superseded": 2}

        assert world.seen == [("main", "commit-0", "commit-1"), ("main", "commit-1", "commit-4")]

    async def test_a_failed_push_is_included_in_the_next_one(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            if job.seq == 1:
                raise UserError("Not today.")
            return await self.handler(world)(step, job)

        async with world.engine(handle) as engine:
            await world.push(1)
            await world.settle(engine)
            await world.push(2)
            assert await world.settle(engine) == {"done": 1, "failed": 1}

            await world.inbox.retry("push-main-7-1")
            assert await world.settle(engine) == {"done": 1, "superseded": 1}

        assert world.seen == [("main", "commit-0", "commit-2")]

    @staticmethod
    def handler(world: World, started: asyncio.Event | None = None, resume: asyncio.Event | None = None) -> Handler:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            assert isinstance(job.event, Push)
            if started and resume:
                started.set()
                await resume.wait()
            world.seen.append((job.event.branch, job.event.before, job.event.after))
            return {}

        return handle


class TestRestart:
    async def test_an_interrupted_job_resumes_after_its_last_step(self, world: World) -> None:
        first_done = asyncio.Event()

        async def interrupted(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(await step("first", result("first run")))
            first_done.set()
            await asyncio.Event().wait()
            return {}

        async def resumed(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(await step("first", result("second run")))
            return {}

        async with world.engine(interrupted) as engine:
            await world.push(1)
            engine.notify()
            await first_done.wait()
        assert world.query("select outcome from inbox") == [(None,)]

        async with world.engine(resumed) as engine:
            assert await world.settle(engine) == {"done": 1}
        assert world.seen == ["first run", "first run"]

    async def test_a_stop_with_grace_lets_running_jobs_finish(self, world: World) -> None:
        started = asyncio.Event()

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            started.set()
            for number in range(3):
                await step(f"{number}", result(number))
            return {}

        async with world.engine(handle, grace=TIMEOUT_SECONDS) as engine:
            await world.push(1)
            engine.notify()
            await started.wait()

        assert world.query("select outcome from inbox") == [("done",)]

    async def test_a_replayed_step_raises_the_same_error(self, world: World) -> None:
        caught = asyncio.Event()

        def handler(work: Callable[[], Awaitable[Any]], then: Callable[[], Awaitable[Any]]) -> Handler:
            async def handle(step: Step, job: Job) -> dict[str, Any]:
                try:
                    await step("apply", work)
                except ConflictError as conflict:
                    caught.set()
                    await then()
                    return {"reason": str(conflict)}
                return {"reason": "applied"}

            return handle

        async with world.engine(handler(failing(ConflictError("main moved")), asyncio.Event().wait)) as engine:
            await world.push(1)
            engine.notify()
            await caught.wait()
        async with world.engine(handler(result("applied"), result(None))) as engine:
            assert await world.settle(engine) == {"done": 1}

        assert world.query("select reason from inbox") == [("main moved",)]

    @pytest.mark.slow
    async def test_killed_at_every_step_boundary_no_finished_step_runs_again(
        self, world: World, database_url: str, tmp_path: Path
    ) -> None:
        from tests.contracts import engine_child  # here, since it imports this module

        await world.push(1)
        log = tmp_path / "steps"

        async def code(boundary: str) -> int | None:
            with forked_process(engine_child.run, database_url, str(log), boundary) as child:
                return await wait_for_exit(child)

        for boundary in range(5):
            assert await code(f"{boundary}") == -signal.SIGKILL
        assert await code("none") == 0

        assert log.read_text().split() == ["step-0", "step-1", "step-2", "step-3"]
        assert world.query("select outcome, reason, attempt from inbox") == [("done", "all four", 0)]


class TestGuards:
    async def test_names_and_versions_in_the_database_never_change(self, world: World) -> None:
        async with world.engine(lambda step, job: result({})()) as engine:
            await world.push(1)
            await world.settle(engine)

        columns = "workflow_uuid, name, queue_name, queue_partition_key, application_version, serialization"
        assert world.query(f"select {columns} from dbos.workflow_status") == [
            ("000000000001-0-push-main-7-1", "handle", "repositories", "7", "1", "portable_json")
        ]

    async def test_a_planted_pickle_runs_nothing_and_blocks_nothing(self, world: World, tmp_path: Path) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(job.seq)
            return {}

        planted = base64.b64encode(pickle.dumps({"args": (_Touch(tmp_path / "code ran"),), "kwargs": {}})).decode()
        async with world.engine(handle, workers=1) as engine:
            await world.push(1)
            await world.settle(engine)
        world.query("update dbos.workflow_status set status = 'ENQUEUED', serialization = 'py_pickle'")
        world.query(f"update dbos.workflow_input set inputs = '{planted}'")
        world.query("update inbox set outcome = null")

        async with world.engine(handle) as engine:
            await until(lambda: world.has("select status = 'ERROR' from dbos.workflow_status"))
            await world.push(2)
            engine.notify()
            await until(lambda: world.has("select count(*) = 1 from inbox where outcome = 'done'"))

        async with world.engine(handle) as engine:
            assert await world.settle(engine) == {"done": 1, "failed": 1}
        assert world.seen == [1, 2]
        assert not (tmp_path / "code ran").exists()
        assert "the engine gave up job 000000000001-0-push-main-7-1 (ERROR)" in (await world.inbox.failures())[0].reason

    async def test_a_second_process_on_a_sqlite_file_is_rejected(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'mas.db'}"
        database = connect(url)
        async with _world(database) as world, world.engine(lambda step, job: result({})()):
            second = await _child(url, tmp_path / "steps", "none")
        database.dispose()

        assert second.returncode == 3
        assert second.stdout.startswith("Another MAS process uses this data, and SQLite allows one process only.")

    async def test_a_process_that_lost_its_lock_stops_and_the_next_one_resumes_its_jobs(
        self, postgres_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        world, started = postgres_world, asyncio.Event()

        async def endless(step: Step, job: Job) -> dict[str, Any]:
            started.set()
            await asyncio.Event().wait()
            return {}

        monkeypatch.setattr("bot.engine.engine._LIVENESS_CHECK_SECONDS", 0.05)
        async with world.engine(endless, grace=TIMEOUT_SECONDS) as engine:
            await world.push(1)
            engine.notify()
            await started.wait()
            world.query("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 771")
            with pytest.raises(RemoteError, match="another process may have recovered its jobs"):
                await engine.wait_until_lost()
            await until(lambda: result(not engine.running_jobs())())
        assert "It stops" in caplog.text

        async with world.engine(lambda step, job: result({})()) as engine:
            assert await world.settle(engine) == {"done": 1}

    async def test_a_stopped_process_releases_its_locks(self, world: World) -> None:
        for _ in range(2):
            async with world.engine(lambda step, job: result({})()) as engine:
                await engine.check()

    async def test_old_records_are_deleted_from_inbox_and_engine(self, world: World) -> None:
        async with world.engine(lambda step, job: step("one", result({}))) as engine:
            await world.push(1)
            await world.settle(engine)

        expired: list[float] = []

        async def expire(before: float) -> None:
            expired.append(before)

        async with world.engine(lambda step, job: result({})(), retention_days=-1, expire=expire):
            await until(lambda: world.has("select count(*) = 0 from dbos.workflow_status"))
            await until(lambda: world.has("select count(*) = 0 from inbox"))

        assert expired

        assert world.query("select * from dbos.operation_outputs") == []
        assert world.query("select * from dbos.workflow_input") == []

    async def test_purging_a_tenant_deletes_its_workflows_too(self, world: World) -> None:
        async with world.engine(lambda step, job: step("one", result({}))) as engine:
            await world.push(1, repository=7)
            await world.push(1, repository=8)
            await world.settle(engine)
            await engine.purge_tenant(Tenant(1, 7), before=9)

        assert world.query("select queue_partition_key from dbos.workflow_status") == [("8",)]
        assert world.query("select repository_id from inbox natural join inbox_body") == [(8,)]

    async def test_dbos_prints_and_logs_nothing(
        self, world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        async with world.engine(lambda step, job: result({})()) as engine:
            await world.push(1)
            await world.settle(engine)

        assert capfd.readouterr() == ("", "")
        assert "dbos" not in caplog.text.lower()


class _Touch:
    """Creates a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


async def _child(url: str, log: Path, kill_at: str) -> subprocess.CompletedProcess[str]:
    """Run a process that handles the inbox until it is empty, or kills itself at a step boundary."""
    command = [sys.executable, str(CHILD), url, str(log), kill_at]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
