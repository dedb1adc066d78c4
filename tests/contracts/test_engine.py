"""The engine: what the inbox holds is worked on once, in order, whatever is killed meanwhile."""

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

PATIENCE_SECONDS = 30
CHILD = Path(__file__).with_name("engine_child.py")


@dataclass(frozen=True)
class Ignored:
    reason: str


def parse(event: str, body: bytes) -> Event | Ignored:
    """The tests' own payloads: the fields of the event, with the repository's number."""
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
    """One installation: a database, its inbox, and the engine that works on it."""

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
        """The push that leads from commit `number - 1` to commit `number`."""
        commits = {"before": f"commit-{number - 1}", "after": f"commit-{number}"}
        await self.deliver(
            "push", f"push-{branch}-{repository}-{number}", branch=branch, repository=repository, **commits
        )

    async def settled(self, engine: Engine) -> dict[str, int]:
        """The counts, once everything has ended."""
        engine.notify()
        counts: dict[str, int] = {}

        async def all_ended() -> bool:
            counts.update(await engine.counts())
            return not counts["waiting"] + counts["moved"] + counts["running"]

        await until(all_ended)
        return {name: number for name, number in counts.items() if number}

    def query(self, statement: str) -> list[Any]:
        prefix = "" if self.database.dialect.name == "sqlite" else "dbos."
        with self.database.begin() as connection:
            result = connection.execute(sa.text(statement.replace("dbos.", prefix)))
            return [tuple(row) for row in result] if result.returns_rows else []

    async def has(self, question: str) -> bool:
        """What a query of one yes or no answers."""
        return bool(self.query(question)[0][0])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - the database tells nobody when it changes
            await asyncio.sleep(0.01)


@pytest.fixture(scope="session")
def used_databases(postgres_server: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, sa.URL]:
    """A database of each kind that an engine has used: a fresh one would wait a second for its first job."""

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
    """A copy of a used database, of each kind in turn."""
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
    """For what only PostgreSQL can do."""
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
    """Work that raises each of the errors in turn, and then succeeds."""
    left = list(errors)

    async def work() -> Any:
        if left:
            raise left.pop(0)
        return then

    return work


class TestAJob:
    async def test_a_delivery_is_worked_on_and_its_outcome_is_on_record(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append((job.seq, job.delivery_id, job.event.kind, await step("double", result((1, 2)))))
            return {"reason": "nothing to change"}

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settled(engine) == {"done": 1}
            await engine.check()

        assert world.seen == [(1, "push-main-7-1", "push", [1, 2])]
        assert world.query("select outcome, reason from inbox") == [("done", "nothing to change")]

    async def test_a_delivery_that_comes_twice_runs_once(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(job.id)
            return {}

        async with world.engine(handle) as engine:
            await world.push(1)
            await world.settled(engine)
            await world.push(1)
            assert await world.settled(engine) == {"done": 1}

        assert world.seen == ["000000000001-0-push-main-7-1"]

    async def test_bad_and_unwanted_deliveries_are_on_record_and_block_nothing(self, world: World) -> None:
        async with world.engine(lambda step, job: result({})()) as engine:
            await world.deliver("broken", "d1")
            await world.inbox.add("d2", "push", b"{not what the parser expects")
            await world.deliver("star", "d3")
            await world.deliver("uninstalled", "d4", repositories=[])
            await world.push(5)
            assert await world.settled(engine) == {"done": 1, "failed": 3, "ignored": 1, "bugs": 1}

        assert world.query("select delivery_id, outcome, reason from inbox where seq < 5 order by seq") == [
            ("d1", "failed", "The payload is not JSON."),
            ("d2", "failed", "internal error; delivery d2"),
            ("d3", "ignored", "star is of no interest"),
            ("d4", "failed", "The delivery names no repository."),
        ]

    async def test_an_error_of_the_users_ends_the_job_with_its_message_and_remedy(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return await step("read", failing(UserError("mas.yml has no `docs`.", "Add it.")))

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settled(engine) == {"failed": 1}

        assert [failure.reason for failure in await world.inbox.failures()] == ["mas.yml has no `docs`. Add it."]

    async def test_what_fails_in_passing_is_tried_again_and_in_the_end_given_up(self, world: World) -> None:
        down = RemoteError("GitHub answered 502.", retry_after=0.01)

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return {"reason": await step("ask", failing(*[down] * (2 if job.seq == 1 else 99), then="answered"))}

        async with world.engine(handle, backoff_seconds=0.0001) as engine:
            await world.push(1)
            await world.push(1, repository=8)
            assert await world.settled(engine) == {"done": 1, "failed": 1}

        assert world.query("select reason from inbox order by seq") == [("answered",), ("GitHub answered 502.",)]

    async def test_a_database_that_is_away_for_a_while_ends_no_job(self, world: World) -> None:
        away = sa.exc.OperationalError("select 1", {}, Exception("the connection is lost"))

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return {"reason": await step("ask", failing(*[away] * (2 if job.seq == 1 else 99), then="answered"))}

        async with world.engine(handle, backoff_seconds=0.0001) as engine:
            await world.push(1)
            await world.push(1, repository=8)
            assert await world.settled(engine) == {"done": 1, "failed": 1}

        assert world.query("select reason from inbox order by seq") == [
            ("answered",),
            ("The database does not answer (OperationalError).",),
        ]

    async def test_a_faulty_statement_is_a_bug_and_not_tried_again(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            async def ask() -> None:
                world.seen.append(job.id)
                world.query("select * from a_table_that_is_not_there")

            return await step("ask", ask) or {}

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settled(engine) == {"failed": 1, "bugs": 1}

        assert len(world.seen) == 1

    async def test_what_will_not_pass_is_not_tried_again(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return await step("ask", failing(RemoteError("GitHub answered 404.", transient=False), then={}))

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settled(engine) == {"failed": 1}

    async def test_a_bug_is_logged_counted_and_admitted_with_the_jobs_id(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            return await step("break", failing(ZeroDivisionError("secret detail"), then={}))

        async with world.engine(handle) as engine:
            await world.push(1)
            assert await world.settled(engine) == {"failed": 1, "bugs": 1}

        (failure,) = await world.inbox.failures()
        assert failure.reason == "internal error; job 000000000001-0-push-main-7-1"
        assert "ZeroDivisionError" in caplog.text

    async def test_a_bug_in_the_pump_is_logged_and_counted_and_the_pump_goes_on(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        troubles = [ZeroDivisionError("no such day"), RemoteError("not now")]

        async def expire(before: float) -> None:
            if troubles:
                raise troubles.pop(0)

        async with world.engine(lambda step, job: result({})(), expire=expire) as engine:
            await until(lambda: result(not troubles)())
            await world.push(1)
            assert await world.settled(engine) == {"done": 1, "bugs": 1}
            await engine.check()

        assert "ZeroDivisionError: no such day" in caplog.text
        assert "not now" in caplog.text

    async def test_a_failed_job_can_be_run_again(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(job.attempt)
            return await step("first time", failing(*[UserError("No.")] * (1 - job.attempt), then={}))

        async with world.engine(handle) as engine:
            await world.push(1)
            await world.settled(engine)
            assert await world.inbox.retry("push-main-7-1")
            assert await world.settled(engine) == {"done": 1}

        assert world.seen == [0, 1]

    async def test_without_an_engine_a_step_just_runs(self) -> None:
        assert await direct_step("any", result({"a": 1})) == {"a": 1}


class TestOrder:
    async def test_jobs_of_a_repository_run_one_at_a_time_in_the_order_they_came(self, world: World) -> None:
        running: list[str] = []

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            running.append(job.delivery_id)
            await step("look", result(None))
            world.seen.append(list(running))
            running.remove(job.delivery_id)
            return {}

        # Ids that sort against the order of arrival: only `seq` can put them right.
        ids = [f"{99 - n}" for n in range(15)]
        async with world.engine(handle) as engine:
            for delivery_id in ids:
                await world.deliver("closed", delivery_id, number=1)
            assert await world.settled(engine) == {"done": 15}

        assert world.seen == [[delivery_id] for delivery_id in ids]

    async def test_repositories_do_not_wait_for_one_another(self, world: World) -> None:
        both = asyncio.Barrier(2)

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            await both.wait()
            return {}

        async with world.engine(handle) as engine:
            await world.push(1, repository=7)
            await world.push(1, repository=8)
            assert await world.settled(engine) == {"done": 2}


class TestCoalescing:
    async def test_a_burst_becomes_one_job_from_the_first_commit_to_the_last(self, world: World) -> None:
        for number in (1, 2, 3):  # before the engine looks, which else may do so between two of them
            await world.push(number)
        await world.push(9, branch="other")
        async with world.engine(self.handler(world)) as engine:
            assert await world.settled(engine) == {"done": 2, "superseded": 2}

        assert sorted(world.seen) == [("main", "commit-0", "commit-3"), ("other", "commit-8", "commit-9")]

    async def test_jobs_that_have_not_begun_are_taken_back_and_one_that_has_goes_on(self, world: World) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async with world.engine(self.handler(world, begun, go_on)) as engine:
            await world.push(1)
            engine.notify()
            await begun.wait()
            for number in (2, 3, 4):
                await world.push(number)
                engine.notify()
                await until(lambda: world.has("select count(*) = 0 from inbox where moved_at is null"))
            go_on.set()
            assert await world.settled(engine) == {"done": 2, "superseded": 2}

        assert world.seen == [("main", "commit-0", "commit-1"), ("main", "commit-1", "commit-4")]

    async def test_a_push_that_failed_is_taken_along_by_the_next_one(self, world: World) -> None:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            if job.seq == 1:
                raise UserError("Not today.")
            return await self.handler(world)(step, job)

        async with world.engine(handle) as engine:
            await world.push(1)
            await world.settled(engine)
            await world.push(2)
            assert await world.settled(engine) == {"done": 1, "failed": 1}

            await world.inbox.retry("push-main-7-1")
            assert await world.settled(engine) == {"done": 1, "superseded": 1}

        assert world.seen == [("main", "commit-0", "commit-2")]

    @staticmethod
    def handler(world: World, begun: asyncio.Event | None = None, go_on: asyncio.Event | None = None) -> Handler:
        async def handle(step: Step, job: Job) -> dict[str, Any]:
            assert isinstance(job.event, Push)
            if begun and go_on:
                begun.set()
                await go_on.wait()
            world.seen.append((job.event.branch, job.event.before, job.event.after))
            return {}

        return handle


class TestAnotherLife:
    async def test_what_a_stop_cuts_off_goes_on_after_its_last_step(self, world: World) -> None:
        first_done = asyncio.Event()

        async def cut_off(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(await step("first", result("one life")))
            first_done.set()
            await asyncio.Event().wait()
            return {}

        async def goes_on(step: Step, job: Job) -> dict[str, Any]:
            world.seen.append(await step("first", result("another life")))
            return {}

        async with world.engine(cut_off) as engine:
            await world.push(1)
            engine.notify()
            await first_done.wait()
        assert world.query("select outcome from inbox") == [(None,)]

        async with world.engine(goes_on) as engine:
            assert await world.settled(engine) == {"done": 1}
        assert world.seen == ["one life", "one life"]

    async def test_a_stop_with_grace_lets_what_runs_come_to_its_end(self, world: World) -> None:
        begun = asyncio.Event()

        async def handle(step: Step, job: Job) -> dict[str, Any]:
            begun.set()
            for number in range(3):
                await step(f"{number}", result(number))
            return {}

        async with world.engine(handle, grace=PATIENCE_SECONDS) as engine:
            await world.push(1)
            engine.notify()
            await begun.wait()

        assert world.query("select outcome from inbox") == [("done",)]

    async def test_moved_reaches_the_handler_also_when_the_step_is_replayed(self, world: World) -> None:
        caught = asyncio.Event()

        def handler(work: Callable[[], Awaitable[Any]], then: Callable[[], Awaitable[Any]]) -> Handler:
            async def handle(step: Step, job: Job) -> dict[str, Any]:
                try:
                    await step("apply", work)
                except ConflictError as moved:
                    caught.set()
                    await then()
                    return {"reason": str(moved)}
                return {"reason": "applied"}

            return handle

        async with world.engine(handler(failing(ConflictError("main moved")), asyncio.Event().wait)) as engine:
            await world.push(1)
            engine.notify()
            await caught.wait()
        async with world.engine(handler(result("applied"), result(None))) as engine:
            assert await world.settled(engine) == {"done": 1}

        assert world.query("select reason from inbox") == [("main moved",)]

    @pytest.mark.slow
    async def test_killed_at_every_step_boundary_no_finished_step_runs_again(
        self, world: World, database_url: str, tmp_path: Path
    ) -> None:
        from tests.contracts import engine_child  # here, since it imports from us

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
            await world.settled(engine)

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
            await world.settled(engine)
        world.query("update dbos.workflow_status set status = 'ENQUEUED', serialization = 'py_pickle'")
        world.query(f"update dbos.workflow_input set inputs = '{planted}'")
        world.query("update inbox set outcome = null")

        async with world.engine(handle) as engine:
            await until(lambda: world.has("select status = 'ERROR' from dbos.workflow_status"))
            await world.push(2)
            engine.notify()
            await until(lambda: world.has("select count(*) = 1 from inbox where outcome = 'done'"))

        async with world.engine(handle) as engine:
            assert await world.settled(engine) == {"done": 1, "failed": 1}
        assert world.seen == [1, 2]
        assert not (tmp_path / "code ran").exists()
        assert "the engine gave it up (ERROR)" in (await world.inbox.failures())[0].reason

    async def test_a_second_process_on_a_sqlite_file_is_refused_in_plain_words(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'mas.db'}"
        database = connect(url)
        async with _world(database) as world, world.engine(lambda step, job: result({})()):
            second = await _child(url, tmp_path / "steps", "none")
        database.dispose()

        assert second.returncode == 3
        assert second.stdout.startswith("Another MAS works on this data, and a SQLite file takes one process only.")

    async def test_a_process_that_lost_its_lock_stops_and_its_work_goes_on_in_the_next_one(
        self, postgres_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        world, begun = postgres_world, asyncio.Event()

        async def endless(step: Step, job: Job) -> dict[str, Any]:
            begun.set()
            await asyncio.Event().wait()
            return {}

        monkeypatch.setattr("bot.engine.engine._LIVENESS_CHECK_SECONDS", 0.05)
        async with world.engine(endless, grace=PATIENCE_SECONDS) as engine:
            await world.push(1)
            engine.notify()
            await begun.wait()
            world.query("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 771")
            with pytest.raises(RemoteError, match="another may have its jobs now"):
                await engine.wait_until_lost()
            await until(lambda: result(not engine.running_jobs())())
        assert "it stops" in caplog.text

        async with world.engine(lambda step, job: result({})()) as engine:
            assert await world.settled(engine) == {"done": 1}

    async def test_a_process_that_is_gone_holds_nothing(self, world: World) -> None:
        for _ in range(2):
            async with world.engine(lambda step, job: result({})()) as engine:
                await engine.check()

    async def test_what_is_old_is_deleted_from_inbox_and_engine(self, world: World) -> None:
        async with world.engine(lambda step, job: step("one", result({}))) as engine:
            await world.push(1)
            await world.settled(engine)

        expired: list[float] = []

        async def expire(before: float) -> None:
            expired.append(before)

        async with world.engine(lambda step, job: result({})(), retention_days=-1, expire=expire):
            await until(lambda: world.has("select count(*) = 0 from dbos.workflow_status"))
            await until(lambda: world.has("select count(*) = 0 from inbox"))

        assert expired

        assert world.query("select * from dbos.operation_outputs") == []
        assert world.query("select * from dbos.workflow_input") == []

    async def test_forgetting_a_tenant_empties_the_engine_too(self, world: World) -> None:
        async with world.engine(lambda step, job: step("one", result({}))) as engine:
            await world.push(1, repository=7)
            await world.push(1, repository=8)
            await world.settled(engine)
            await engine.purge_tenant(Tenant(1, 7), before=9)

        assert world.query("select queue_partition_key from dbos.workflow_status") == [("8",)]
        assert world.query("select repository_id from inbox natural join inbox_body") == [(8,)]

    async def test_the_engine_advertises_nothing(
        self, world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        async with world.engine(lambda step, job: result({})()) as engine:
            await world.push(1)
            await world.settled(engine)

        assert capfd.readouterr() == ("", "")
        assert "dbos" not in caplog.text.lower()


class _Touch:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


async def _child(url: str, log: Path, kill_at: str) -> subprocess.CompletedProcess[str]:
    """Another process that works on the inbox until it is empty, or kills itself at a step boundary."""
    command = [sys.executable, str(CHILD), url, str(log), kill_at]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
