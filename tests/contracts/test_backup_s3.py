"""Backups in S3-compatible storage: the real client against a minimal local S3 server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.errors import MasError, RemoteError, UserError
from bot.ops.backup import back_up, encryption, restore, s3
from bot.ops.deliveries import migrate_tables
from bot.settings.model import LocalSettings, SettingsError
from tests.objectstorage import KEY_ID, SECRET, ObjectStorage, object_storage

PLACE = "s3://backups/mas/nightly"


@pytest.fixture
def storage() -> Iterator[ObjectStorage]:
    with object_storage() as server:
        yield server


@pytest.fixture
def env(tmp_path: Path, storage: ObjectStorage) -> Path:
    return write_settings(tmp_path, "old", storage.url)


def write_settings(folder: Path, name: str, url: str, key_id: str = KEY_ID, secret: str = SECRET) -> Path:
    env = folder / f"{name}.env"
    env.write_text(
        f"MAS_DATA_DIR={folder / name}\nMAS_BACKUP_KEY=a key of this test's own\nAWS_ENDPOINT_URL={url}\n"
        f"AWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={secret}\n"
    )
    asyncio.run(migrate_tables(LocalSettings.load(env)))
    return env


def mas(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def take(env: Path, place: str = PLACE, keep: int = 14) -> str:
    return back_up(LocalSettings.load(env), place, raw_settings={}, key=None, keep=keep).location


def restore_to(env: Path, place: str) -> str:
    return restore(LocalSettings.load(env), place, key=None, create_tables=lambda _: None)


def test_a_backup_is_uploaded_and_restored(tmp_path: Path, storage: ObjectStorage, env: Path) -> None:
    killed = tmp_path / "old" / "outgoing" / ".mas-1"
    killed.mkdir(parents=True)
    (killed / "packed").write_text("what a killed one left")

    said = mas("backup", PLACE, "--env-file", str(env))
    ((key, data),) = storage.objects.items()
    assert said == f"Wrote s3://backups/{key} ({len(data)} bytes).\n"
    assert data.startswith(encryption.MAGIC)
    assert [path.name for path in killed.parent.iterdir()] == [".lock"]

    new = tmp_path / "new.env"
    new.write_text(env.read_text().replace(str(tmp_path / "old"), str(tmp_path / "new")))
    assert "Restored the backup of 20" in mas("restore", f"s3://backups/{key}", "--env-file", str(new))
    name = key.removeprefix("mas/nightly/")
    assert f"{name}, taken at" in mas("audit", "export", "--env-file", str(new))
    assert [path.name for path in (tmp_path / "new").iterdir() if path.name.startswith(".mas-")] == []


def test_a_large_backup_is_transferred_in_parts(
    tmp_path: Path, storage: ObjectStorage, env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_PART_BYTES", 1000)
    place = take(env)
    assert len([line for line in storage.asked if "partNumber" in line]) > 2

    (tmp_path / "old" / "mas.db").unlink()
    assert restore_to(env, place).startswith("20")


def test_old_backups_are_pruned_and_other_objects_kept(storage: ObjectStorage, env: Path) -> None:
    ours = "mas/nightly/mas-2026010{}T030405Z-7.backup"
    storage.objects = {ours.format(day): b"" for day in range(1, 6)}
    others = {"mas/nightly/notes.txt", "mas/nightly/old/mas-20250101T030405Z.backup", "mas-20250101T030405Z.backup"}
    storage.objects |= dict.fromkeys(others, b"")

    taken = back_up(LocalSettings.load(env), PLACE, raw_settings={}, key=None, keep=3)

    assert taken.pruned == [f"s3://backups/{ours.format(day)}" for day in (1, 2, 3)]
    assert set(storage.objects) == {
        *others, ours.format(4), ours.format(5), taken.location.removeprefix("s3://backups/")
    }  # fmt: skip


def test_a_bucket_without_a_prefix_works(tmp_path: Path, storage: ObjectStorage, env: Path) -> None:
    place = take(env, "s3://backups/")
    assert [f"s3://backups/{key}" for key in storage.objects] == [place]

    (tmp_path / "old" / "mas.db").unlink()
    restore_to(env, place)


def test_a_corrupted_upload_is_deleted_and_older_backups_kept(storage: ObjectStorage, env: Path) -> None:
    older = {"mas/nightly/mas-20260101T030405Z-7.backup": b"older"}
    storage.objects, storage.broken = dict(older), "writes"

    with pytest.raises(RemoteError, match="differed after the upload, so it was deleted"):
        take(env, keep=1)
    assert storage.objects == older


@pytest.mark.parametrize(
    ("broken", "place", "fault"),
    [
        ("GET", PLACE, "refused to list backups in s3://backups/mas/nightly: AccessDenied. Check AWS_ACCESS_KEY_ID"),
        ("PUT", PLACE, "refused to upload a backup in .*: AccessDenied"),
        ("DELETE", PLACE, "refused to delete a backup in .*: AccessDenied"),
        ("region", PLACE, "The bucket of s3://backups/mas/nightly is in another region. Set AWS_REGION"),
        (
            "",
            "s3://nowhere/mas",
            "The bucket of s3://nowhere/mas does not exist at .*: NoSuchBucket. Create it, or use another one",
        ),
    ],
)
def test_a_refused_request_is_reported_with_a_fix(
    storage: ObjectStorage, env: Path, broken: str, place: str, fault: str
) -> None:
    storage.objects, storage.broken = {"mas/nightly/mas-20260101T030405Z-7.backup": b""}, broken

    with pytest.raises(UserError, match=fault) as error:
        take(env, place, keep=1)
    assert is_redacted(error.value)


def test_a_wrong_key_is_reported_and_not_repeated(tmp_path: Path, storage: ObjectStorage) -> None:
    env = write_settings(tmp_path, "wrong", storage.url, key_id="AKIA-ANOTHER")

    with pytest.raises(UserError, match=r"InvalidAccessKeyId\. Check AWS_ACCESS_KEY_ID") as error:
        take(env)
    assert is_redacted(error.value)


@pytest.mark.parametrize("lacking", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_without_a_key_no_request_is_sent(storage: ObjectStorage, env: Path, lacking: str) -> None:
    env.write_text("\n".join(line for line in env.read_text().splitlines() if not line.startswith(lacking)))

    with pytest.raises(UserError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set"):
        take(env)
    assert storage.asked == []


def test_a_failing_storage_is_a_remote_error(
    tmp_path: Path, storage: ObjectStorage, env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(s3._RETRY, "max_retries", 1)
    storage.broken = "all"
    with pytest.raises(RemoteError, match=f"{storage.server_port} failed to list backups: InternalError"):
        take(env)
    with pytest.raises(RemoteError, match=r"127.0.0.1:1 failed to list backups: no answer. Check AWS_ENDPOINT_URL"):
        take(write_settings(tmp_path, "gone", "http://127.0.0.1:1"))


def test_a_missing_backup_is_answered_with_the_newest(storage: ObjectStorage, env: Path) -> None:
    (Path(LocalSettings.load(env).mas_data_dir) / "mas.db").unlink()
    with pytest.raises(UserError, match=r"missing does not exist\. There are no backups in"):
        restore_to(env, f"{PLACE}/missing")

    names = ["mas-20260102T030405Z-7.backup", "mas-20260101T030405Z-9.backup"]
    storage.objects = {f"mas/nightly/{name}": b"" for name in names}
    with pytest.raises(UserError, match=rf"missing does not exist\. The newest backup is {PLACE}/{names[0]}"):
        restore_to(env, f"{PLACE}/missing")


@pytest.mark.parametrize(
    "place", ["s3://", "s3:///mas", "s3://b", "s3://backups/../x", "s3://backups/a//b", "s3://backups/a?b"]
)
def test_an_invalid_location_is_rejected(env: Path, place: str) -> None:
    with pytest.raises(UserError, match=r"is not a valid S3 location\. Use s3://BUCKET/PREFIX"):
        take(env, place)


@pytest.mark.parametrize("place", ["s3://backups", "s3://backups/mas/"])
def test_a_location_without_a_name_is_rejected(env: Path, place: str) -> None:
    (Path(LocalSettings.load(env).mas_data_dir) / "mas.db").unlink()
    with pytest.raises(UserError, match=r"has no backup name\. Use s3://BUCKET/PREFIX/NAME"):
        restore_to(env, place)


def test_a_missing_client_is_reported_with_the_extra(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bot.ops.backup.s3")
    monkeypatch.delattr("bot.ops.backup.s3")
    monkeypatch.setitem(sys.modules, "obstore", None)

    with pytest.raises(UserError, match=r"client is not installed\. Install it: pip install 'mas-docs-bot\[s3\]'"):
        take(env)


@pytest.mark.parametrize("url", ["s3.example.org", "https://s3.example.org/bucket", "https://me:pass@s3.example.org"])
def test_an_invalid_endpoint_is_rejected(tmp_path: Path, url: str) -> None:
    env = tmp_path / "env"
    env.write_text(f"MAS_DATA_DIR={tmp_path / 'data'}\nAWS_ENDPOINT_URL={url}\n")

    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL is not a valid address") as error:
        LocalSettings.load(env)
    assert "pass" not in str(error.value)


def is_redacted(error: MasError) -> bool:
    """Return whether an error contains neither the key nor the text of the storage."""
    return error.__suppress_context__ and not any(word in str(error) for word in (KEY_ID, SECRET, "may not"))
