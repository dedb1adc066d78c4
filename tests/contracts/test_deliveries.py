"""`mas failed` and `mas retry`: failed deliveries are listed, and can be queued again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import UserError
from bot.inbox import Inbox
from bot.ops.deliveries import list_failures, retry
from bot.stores.database import connect


@pytest.fixture
async def env_file(tmp_path: Path) -> Path:
    """The settings of an installation with one failed delivery."""
    env = tmp_path / "bot.env"
    env.write_text(f"MAS_DATA_DIR={tmp_path}\n")
    database = connect(f"sqlite:///{tmp_path / 'mas.db'}")
    inbox = Inbox(database)
    await inbox.open()
    await inbox.add("delivery-1", "push", b"{}")
    (waiting,) = await inbox.waiting(10)
    with database.begin() as connection:
        inbox.write_outcome(
            connection, waiting.seq, waiting.attempt, "failed", "github.com\x1b[31m rejected the App's credentials."
        )
    await inbox.close()
    database.dispose()
    return env


async def test_a_failure_is_listed_with_its_reason_and_without_control_characters(env_file: Path) -> None:
    (line,) = await list_failures(env_file)

    assert line.startswith("delivery-1  push  ")
    assert line.endswith("rejected the App's credentials.")
    assert "\x1b" not in line


async def test_a_failed_delivery_is_queued_again(env_file: Path, tmp_path: Path) -> None:
    await retry(env_file, "delivery-1")

    assert await list_failures(env_file) == []
    database = connect(f"sqlite:///{tmp_path / 'mas.db'}")
    inbox = Inbox(database)
    await inbox.open()
    assert [(d.delivery_id, d.attempt) for d in await inbox.waiting(10)] == [("delivery-1", 1)]
    await inbox.close()
    database.dispose()


async def test_an_unknown_delivery_is_rejected(env_file: Path) -> None:
    with pytest.raises(UserError, match="There is no failed delivery delivery-2"):
        await retry(env_file, "delivery-2")


async def test_an_unreadable_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "mas.db").write_text("no database at all\n" * 100)
    (tmp_path / "bot.env").write_text(f"MAS_DATA_DIR={tmp_path}\n")

    with pytest.raises(UserError, match=r"Cannot open the database: file is not a database\. Check DATABASE_URL"):
        await list_failures(tmp_path / "bot.env")
