"""`mas audit`: verify and export the logs, and record deployments."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot.audit import OPERATOR
from bot.cli.main import app
from bot.domain import Tenant
from bot.domain.audit import AuditEntry
from bot.errors import UserError
from bot.ops.audit import Deployment, open_configured_store, record_deployment, record_settings, verify
from bot.settings.model import LocalSettings
from bot.stores.database import connect

OURS = Tenant(1, 10)


@pytest.fixture
async def env(tmp_path: Path) -> Path:
    """The settings of an installation with a log of three records."""
    file = tmp_path / "bot.env"
    file.write_text(f"MAS_DATA_DIR={tmp_path}\nMAS_AUDIT_KEY=0123456789abcdef\n")
    async with open_configured_store(LocalSettings.load(file)) as store:
        for name in ("one", "two", "three"):
            await store.append_audit_entry(OURS, AuditEntry(name, "job", name, "done", f"by {name}"))
    return file


def mas(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


async def test_intact_logs_verify_and_their_heads_are_listed(env: Path) -> None:
    wrong, ends = await verify(env)

    assert wrong == []
    (line,) = ends
    assert line.startswith("installation 1, repository 10: 3 records, last hash ")


def test_a_tampered_log_exits_with_1(env: Path, tmp_path: Path) -> None:
    with connect(f"sqlite:///{tmp_path / 'mas.db'}").begin() as connection:
        connection.execute(sa.text("DROP TRIGGER store_audit_log_update"))
        connection.execute(sa.text("UPDATE store_audit_log SET detail = 'by nobody' WHERE number = 2"))

    code, said = mas("audit", "verify", "--env-file", str(env))

    assert code == 1
    assert "installation 1, repository 10: Record 2 does not follow" in said


async def test_a_rolled_back_log_is_detected_by_an_export(env: Path, tmp_path: Path) -> None:
    before = (tmp_path / "mas.db").read_bytes()
    async with open_configured_store(LocalSettings.load(env)) as store:
        await store.append_audit_entry(OURS, AuditEntry("four", "job", "four", "done", ""))
    to = ("--output", str(tmp_path / "log.jsonl"), "--env-file", str(env))
    code, said = await asyncio.to_thread(mas, "audit", "export", *to)
    assert (code, said.split()[0]) == (0, "4")
    assert await verify(env, tmp_path / "log.jsonl") == ([], (await verify(env))[1])

    (tmp_path / "mas.db").write_bytes(before)

    assert (await verify(env))[0] == [], "without the export it verifies"
    (wrong,) = (await verify(env, tmp_path / "log.jsonl"))[0]
    assert "record 4 of" in wrong
    assert "is missing" in wrong


def test_a_file_that_is_not_an_export_is_rejected(env: Path) -> None:
    with pytest.raises(UserError, match="is not an export of audit logs"):
        raise mas_error("audit", "verify", "--against", str(env), "--env-file", str(env))


def mas_error(*arguments: str) -> BaseException:
    error = CliRunner().invoke(app, list(arguments)).exception
    assert error
    return error


def test_an_export_contains_each_record_completely(env: Path) -> None:
    _, said = mas("audit", "export", "--env-file", str(env))

    records = [json.loads(line) for line in said.splitlines()]
    assert [(r["number"], r["action"], r["detail"]) for r in records] == [
        (1, "one", "by one"),
        (2, "two", "by two"),
        (3, "three", "by three"),
    ]
    assert records[1]["previous"] == records[0]["hash"]


async def test_a_deployment_is_recorded_once_with_all_fields(env: Path) -> None:
    arguments = ["--environment", "production", "--deployment-id", "d-7", "--version", "1.2.0", "--commit", "a" * 40]
    arguments += ["--deployer", "maria", "--approved-by", "paul", "--security-status", "passed"]
    arguments += ["--test-status", "passed", "--env-file", str(env)]
    for _ in range(2):
        assert (await asyncio.to_thread(mas, "audit", "record-deployment", *arguments))[0] == 0

    async with open_configured_store(LocalSettings.load(env)) as store:
        (record,) = await store.get_audit_log(OPERATOR)
    said = json.loads(record.entry.detail or "")
    assert list(said) == [
        "timestamp", "environment", "deployment_id", "version", "commit_hash", "deployer", "approval_status",
        "security_scan_results", "test_results",
    ]  # fmt: skip
    with pytest.raises(UserError, match="A different deployment d-7 to production is already recorded"):
        await record_deployment(env, Deployment("production", "d-7", "1.2.1", "b" * 40, "maria"))


async def test_changed_settings_are_recorded_without_secrets(tmp_path: Path) -> None:
    def settings(**others: str) -> LocalSettings:
        return LocalSettings(_env_file=None, mas_data_dir=tmp_path, mas_api_tokens=f"{'t' * 32}=*", **others)  # type: ignore[call-arg, arg-type]

    key = "an audit key of some length"
    async with open_configured_store(settings()) as store:
        await record_settings(store, settings(mas_audit_key=key), 1.0)
        await record_settings(store, settings(mas_audit_key=key, port="9000"), 2.0)
        await record_settings(store, settings(mas_audit_key=key, mas_workers="7"), 3.0)
        first, second = [r.entry.detail or "" for r in await store.get_audit_log(OPERATOR)]

    assert json.loads(second)["changed"] == ["mas_workers"]
    assert json.loads(second)["settings"]["mas_workers"] == "7"
    assert "t" * 32 not in first
    assert key not in first
    assert json.loads(first)["settings"]["mas_api_tokens"].startswith("set, ")
