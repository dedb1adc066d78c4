"""Backups: a consistent snapshot of a running bot, restored completely into an empty database, or rejected."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot.audit import find_problems
from bot.cli.main import app
from bot.domain import IndexStatus, Tenant
from bot.domain.audit import AuditEntry
from bot.errors import UserError
from bot.inbox import Inbox
from bot.ops.audit import open_configured_store
from bot.ops.backup import BackupResult, back_up, encryption, restore
from bot.ops.deliveries import migrate_tables
from bot.settings.model import LocalSettings
from bot.stores.database import connect
from bot.stores.factory import create_index_storage
from tests.repositories import commit, repository, run

OURS = Tenant(1, 10)
KEY = "a key of this test's own"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> LocalSettings:
    return at(tmp_path / "data", database_url)


def at(folder: Path, database_url: str, store_url: str | None = None) -> LocalSettings:
    folder.mkdir(exist_ok=True)
    return LocalSettings(
        _env_file=None, mas_data_dir=folder, database_url=database_url, store_url=store_url or database_url
    )  # type: ignore[call-arg, arg-type]


@pytest.fixture
def empty(request: pytest.FixtureRequest, settings: LocalSettings, postgres_server: sa.Engine) -> LocalSettings:
    """The settings of an empty database of the same kind."""
    folder, url = settings.mas_data_dir.with_name("other"), settings.database_url.get_secret_value()
    if url.startswith("sqlite"):
        return at(folder, f"sqlite:///{folder / 'mas.db'}")
    name = f"other_{sa.make_url(url).database}"
    with postgres_server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return at(folder, sa.make_url(url).set(database=name).render_as_string(hide_password=False))


@asynccontextmanager
async def inbox_of(settings: LocalSettings) -> AsyncIterator[Inbox]:
    database = connect(settings.database_url.get_secret_value())
    inbox = Inbox(database)
    await inbox.open()
    yield inbox
    await inbox.close()
    database.dispose()


async def fill(settings: LocalSettings) -> str:
    """Store a body, a delivery and two audit records; return the digest of the body."""
    await migrate_tables(settings)
    async with open_configured_store(settings) as store, inbox_of(settings) as inbox:
        await inbox.add("delivery-1", "push", b"\x00\xff any bytes\n")
        for name in ("one", "two"):
            await store.append_audit_entry(OURS, AuditEntry(name, "job", name, "done", "a line\nand\ta tab \\"))
        return await store.put_blob(OURS, b"a body \x00\xff" * 1000)


async def take(
    settings: LocalSettings, folder: Path, key: str | None = KEY, keep: int = 14, **said: str
) -> BackupResult:
    return await asyncio.to_thread(back_up, settings, str(folder), raw_settings=said, key=key, keep=keep)


def file_of(taken: BackupResult) -> Path:
    return Path(taken.location)


async def restore_to(
    settings: LocalSettings, file: Path | str, key: str | None = KEY, extract: Path | None = None
) -> str:
    def make(said: LocalSettings) -> None:
        asyncio.run(migrate_tables(said))

    return await asyncio.to_thread(lambda: restore(settings, str(file), key=key, create_tables=make, extract=extract))


async def test_a_restored_bot_continues_with_all_its_data(
    settings: LocalSettings, empty: LocalSettings, tmp_path: Path
) -> None:
    digest = await fill(settings)
    await restore_to(empty, (await take(settings, tmp_path / "backups")).location)

    async with open_configured_store(empty) as store, inbox_of(empty) as inbox:
        assert await store.get_blob(OURS, digest) == b"a body \x00\xff" * 1000
        assert [(d.seq, d.delivery_id, d.body) for d in await inbox.waiting(9)] == [
            (1, "delivery-1", b"\x00\xff any bytes\n")
        ]
        await store.append_audit_entry(OURS, AuditEntry("three", "job", "three", "done", ""))
        records = await store.get_audit_log(OURS)
        assert [r.entry.detail for r in records] == ["a line\nand\ta tab \\", "a line\nand\ta tab \\", ""]
        assert find_problems(OURS, records, await store.get_audit_head(OURS)) == []
        assert await inbox.add("delivery-2", "push", b"")
        assert [d.seq for d in await inbox.waiting(9)] == [1, 2]


async def test_indexes_are_excluded_and_not_listed_after_a_restore(
    settings: LocalSettings, empty: LocalSettings, tmp_path: Path
) -> None:
    await fill(settings)
    url = settings.store_url.get_secret_value()
    await asyncio.to_thread(
        create_index_storage(url, OURS).save, {f"chunks/{n}": os.urandom(100_000) for n in range(20)}
    )
    async with open_configured_store(settings) as store:
        indexed = IndexStatus(OURS, "octo/sample", "main", "a" * 40, "model@1", 1700000000.5, 1, 1)
        assert await store.index_catalog.record(indexed, seq=1, create=True)

    taken = await take(settings, tmp_path / "backups")
    await restore_to(empty, taken.location)

    assert file_of(taken).stat().st_size < 1_000_000
    async with open_configured_store(empty) as store:
        assert await store.index_catalog.list_all() == []
    kept = create_index_storage(empty.store_url.get_secret_value(), OURS)
    assert await asyncio.to_thread(kept.list_names, "chunks/") == set()


async def test_a_backup_is_consistent_during_writes(
    settings: LocalSettings, empty: LocalSettings, tmp_path: Path
) -> None:
    await fill(settings)
    begun, over = asyncio.Event(), asyncio.Event()

    async def write() -> int:
        count = 0
        async with open_configured_store(settings) as store:
            while not over.is_set():
                await store.append_audit_entry(OURS, AuditEntry(f"live {count}", "job", "live", "done", "x" * 2000))
                count += 1
                if count == 3:
                    begun.set()
        return count

    writing = asyncio.create_task(write())
    await begun.wait()
    taken = await take(settings, tmp_path / "backups")
    over.set()
    written = await writing
    await restore_to(empty, taken.location)

    async with open_configured_store(empty) as store:
        records = await store.get_audit_log(OURS)
        assert 5 <= len(records) <= 2 + written
        # The log and its head are in two tables: they agree only in a consistent snapshot.
        assert find_problems(OURS, records, await store.get_audit_head(OURS)) == []


@pytest.mark.parametrize("into", ["mongodb", "sqlite"])
async def test_a_separate_store_is_included_during_writes(tmp_path: Path, mongodb_url: str, into: str) -> None:
    settings = at(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'mas.db'}", store_url=mongodb_url)
    store_url = {"mongodb": f"{mongodb_url}_restored", "sqlite": f"sqlite:///{tmp_path / 'store.db'}"}[into]
    empty = at(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'mas.db'}", store_url=store_url)
    digest = await fill(settings)
    over = asyncio.Event()

    async def write() -> None:
        async with open_configured_store(settings) as store:
            for count in itertools.count():
                if over.is_set():
                    return
                await store.append_audit_entry(OURS, AuditEntry(f"live {count}", "job", "live", "done", "x" * 2000))

    writing = asyncio.create_task(write())
    taken = await take(settings, tmp_path / "backups")
    over.set()
    await writing
    await restore_to(empty, taken.location)

    async with open_configured_store(empty) as store, inbox_of(empty) as inbox:
        assert await store.get_blob(OURS, digest) == b"a body \x00\xff" * 1000
        records = await store.get_audit_log(OURS)
        assert [r.entry.action for r in records[:2]] == ["one", "two"]
        assert find_problems(OURS, records, await store.get_audit_head(OURS)) == []
        assert [d.delivery_id for d in await inbox.waiting(9)] == ["delivery-1"]
    (tmp_path / "other" / "mas.db").unlink()
    await restore_to(empty, taken.location)  # as after a kill between the two steps: the store is already complete
    async with open_configured_store(empty) as store:
        await store.append_audit_entry(OURS, AuditEntry("later", "job", "later", "done", ""))
    (tmp_path / "other" / "mas.db").unlink()
    with pytest.raises(UserError, match="already contains data"):
        await restore_to(empty, taken.location)


async def test_a_restore_never_overwrites_data(settings: LocalSettings, empty: LocalSettings, tmp_path: Path) -> None:
    await fill(settings)
    taken = await take(settings, tmp_path / "backups")
    await restore_to(empty, taken.location)

    for full in (settings, empty):
        with pytest.raises(UserError, match=r"already exists, and a restore never overwrites data\. Move it away"):
            await restore_to(full, taken.location)


@pytest.mark.parametrize("how", ["a byte", "the end", "everything but the head", "another key", "no key"])
async def test_a_damaged_backup_and_a_wrong_key_are_rejected(tmp_path: Path, how: str) -> None:
    settings = at(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'mas.db'}")
    await fill(settings)
    file = file_of(await take(settings, tmp_path / "backups"))
    data = bytearray(file.read_bytes())
    if how == "a byte":
        data[len(data) // 2] ^= 1
    elif how == "the end":
        del data[-1000:]
    elif how == "everything but the head":
        del data[len(encryption.MAGIC) + 16 :]
    file.write_bytes(data)
    key = {"another key": "another key than that", "no key": None}.get(how, KEY)
    empty = at(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'mas.db'}")

    with pytest.raises(UserError, match=r"Cannot decrypt the backup: the key is wrong|is encrypted"):
        await restore_to(empty, file, key)
    assert list(empty.mas_data_dir.iterdir()) == []


@pytest.mark.parametrize(
    "what", ["no archive", "no manifest", "another manifest", "one too many", "outside", "changed"]
)
async def test_a_file_that_is_not_a_backup_is_rejected(tmp_path: Path, what: str) -> None:
    settings = at(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'mas.db'}")
    await fill(settings)
    file = file_of(await take(settings, tmp_path / "backups", key=None))
    with tarfile.open(file) as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]
    manifest = json.loads(members["manifest.json"])
    match what:
        case "no manifest":
            del members["manifest.json"]
        case "another manifest":
            manifest["format"] = "another program's"
        case "one too many":
            members["extra"] = b"x"
        case "outside":
            manifest["files"]["../outside"] = manifest["files"]["mas.db"]
            members["../outside"] = members["mas.db"]
        case "changed":
            members["mas.db"] = members["mas.db"][:-1] + b"!"
    if "manifest.json" in members:
        members["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(file, "w:gz") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    if what == "no archive":
        file.write_bytes(b"no archive at all")
    empty = at(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'mas.db'}")

    with pytest.raises(UserError, match="The file is not a complete backup of MAS"):
        await restore_to(empty, file)
    assert list(empty.mas_data_dir.iterdir()) == []
    assert not (tmp_path / "outside").exists()


async def test_settings_and_code_are_included_and_secrets_only_with_a_key(tmp_path: Path) -> None:
    settings = at(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'mas.db'}")
    await fill(settings)
    said = {"GITHUB_WEBHOOK_SECRET": "the secret of webhooks", "MAS_WORKERS": "7", "PATH": "/bin"}
    code = repository(tmp_path / "code")
    made = commit(code, {"a.txt": "a"})

    for key, secret in [(None, "(omitted, because MAS_BACKUP_KEY was not set)"), (KEY, "the secret of webhooks")]:
        folder = tmp_path / f"with {key}"
        taken = await asyncio.to_thread(
            lambda key=key: back_up(settings, str(tmp_path / "b"), raw_settings=said, key=key, keep=9, code=code)
        )
        empty = at(tmp_path / f"other {key}", f"sqlite:///{tmp_path / f'other {key}' / 'mas.db'}")
        await restore_to(empty, taken.location, key, extract=folder)
        kept = json.loads((folder / "settings.json").read_text())
        assert kept == {"GITHUB_WEBHOOK_SECRET": secret, "MAS_WORKERS": "7"}
        assert made in run(code, "bundle", "list-heads", str(folder / "code.bundle"))


async def test_old_backups_are_pruned_and_other_files_kept(tmp_path: Path) -> None:
    settings = at(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'mas.db'}")
    await fill(settings)
    folder = tmp_path / "backups"
    first = await take(settings, folder, keep=2)
    (folder / "notes.txt").write_text("mine")
    second = await take(settings, folder, keep=2)
    third = await take(settings, folder, keep=2)

    assert third.pruned == [first.location]
    assert {p.name for p in folder.iterdir()} == {file_of(second).name, file_of(third).name, "notes.txt", ".lock"}


KILLED = """
import asyncio, os, signal, sys
from bot.ops.backup import back_up, restore, snapshot, storage
from bot.ops.deliveries import migrate_tables
from bot.settings.model import LocalSettings
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
what, folder, url, file = sys.argv[1:]
settings = LocalSettings(_env_file=None, mas_data_dir=folder, database_url=url)
if what == "back_up":
    storage._publish = die
    back_up(settings, file, raw_settings={}, key=None, keep=2)
snapshot._advance_sequences = die
os.link = die
restore(settings, file, key="a key of this test's own", create_tables=lambda each: asyncio.run(migrate_tables(each)))
"""


async def run_killed(what: str, settings: LocalSettings, file: Path | str) -> None:
    """Run a process that is killed before a backup is published, or during a restore."""
    url = settings.database_url.get_secret_value()
    command = [sys.executable, "-c", KILLED, what, str(settings.mas_data_dir), url, str(file)]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL


async def test_a_killed_backup_or_restore_can_be_repeated(
    settings: LocalSettings, empty: LocalSettings, tmp_path: Path
) -> None:
    digest = await fill(settings)
    folder = tmp_path / "backups"

    await run_killed("back_up", settings, folder)
    assert list(folder.glob("mas-*")) == []
    taken = await take(settings, folder)
    assert list(folder.glob(".mas-*")) == []

    await run_killed("restore", empty, taken.location)
    await restore_to(empty, taken.location)
    async with open_configured_store(empty) as store:
        assert await store.get_blob(OURS, digest) == b"a body \x00\xff" * 1000
        assert len(await store.get_audit_log(OURS)) == 2
    with suppress(FileNotFoundError):
        assert [p.name for p in empty.mas_data_dir.iterdir() if "restoring" in p.name] == []


async def test_a_backup_of_another_kind_of_database_is_rejected(tmp_path: Path, postgres_url: str) -> None:
    settings = at(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'mas.db'}")
    await fill(settings)
    file = file_of(await take(settings, tmp_path / "backups"))

    with pytest.raises(UserError, match="The backup is of a sqlite database, but DATABASE_URL is of another kind"):
        await restore_to(at(tmp_path / "other", postgres_url), file)


def test_the_commands_print_and_record_what_they_did(tmp_path: Path) -> None:
    envs = {}
    for name in ("old", "new"):
        envs[name] = tmp_path / f"{name}.env"
        envs[name].write_text(f"MAS_DATA_DIR={tmp_path / name}\nMAS_BACKUP_KEY={KEY}\n")

    def mas(*arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    old, new = (str(env) for env in envs.values())
    assert mas("migrate", "--env-file", old) == "The database schema is up to date.\n"
    first, second = (mas("backup", str(tmp_path / "b"), "--keep", "1", "--env-file", old) for _ in range(2))
    (file,) = (tmp_path / "b").glob("*.backup")
    assert f"{file.name} (" in second
    assert f"Deleted {first.split()[1]}." in second
    assert "Restored the backup of 20" in mas("restore", str(file), "--env-file", new)

    records = [json.loads(line) for line in mas("audit", "export", "--env-file", new).splitlines()]
    assert [(r["action"], file.name in r["detail"]) for r in records] == [("backup", False), ("restore", True)]
