"""What an operator does with the audit logs: verify them, export them, put deployments and settings on record."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from bot.audit import OPERATOR, contains_record, find_problems, to_dict
from bot.domain import Tenant
from bot.domain.audit import AuditEntry, AuditRecord
from bot.errors import UserError
from bot.ports import Store
from bot.settings.model import LocalSettings
from bot.stores.factory import open_store


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is put on record of a deployment; the last three say by whom and how it was cleared."""

    environment: str
    deployment_id: str
    version: str
    commit_hash: str
    deployer: str
    approval_status: str | None = None
    security_scan_results: str | None = None
    test_results: str | None = None


def open_configured_store(settings: LocalSettings) -> AbstractAsyncContextManager[Store]:
    """The store that the settings name, open until the block ends.

    Raises:
        UserError: it does not open.
    """
    return open_store(settings.store_url.get_secret_value(), audit_keys=settings.audit_keys)


async def verify(env_file: Path, against: Path | None = None) -> tuple[list[str], list[str]]:
    """What is wrong with the audit logs, and where each of them ends; a line each.

    Args:
        against: an earlier export, kept elsewhere: what stood in it must stand still.

    Raises:
        UserError: the export cannot be read.
    """
    settings = LocalSettings.load(env_file)
    wrong, ends = [], []
    async with open_configured_store(settings) as store:
        logs = {tenant: await store.get_audit_log(tenant) for tenant in await store.list_audited_tenants()}
        for tenant in sorted(logs, key=_sort_key):
            head = await store.get_audit_head(tenant)
            wrong += [
                f"{_log_name(tenant)}: {f}" for f in find_problems(tenant, logs[tenant], head, settings.audit_keys)
            ]
            if head is not None:
                ends.append(f"{_log_name(tenant)}: {head.number} records, the last with hash {head.hash}")
    return wrong + _missing_records(logs, against), ends


def _missing_records(logs: Mapping[Tenant, Sequence[AuditRecord]], against: Path | None) -> list[str]:
    if against is None:
        return []
    try:
        before = [json.loads(line) for line in against.read_text().splitlines()]
        stood = {Tenant(r["installation_id"], r["repository_id"]): (int(r["number"]), str(r["hash"])) for r in before}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{against} is no export of audit logs.", "Name a file that `mas audit export` wrote."
        ) from error
    return [
        f"{_log_name(tenant)}: record {number} of {against} stands there no more: the log was written anew."
        for tenant, (number, hash_) in stood.items()
        if not contains_record(logs.get(tenant, ()), number, hash_)
    ]


def _sort_key(tenant: Tenant) -> tuple[int, int]:
    return tenant.installation_id, tenant.repository_id


def _log_name(tenant: Tenant) -> str:
    named = f"installation {tenant.installation_id}, repository {tenant.repository_id}"
    return "the operator's log" if tenant == OPERATOR else named


async def export(env_file: Path, out: TextIO, only: Tenant | None = None) -> int:
    """Write all records, or a tenant's, as JSON, a line each, the oldest first; returns how many."""
    count = 0
    async with open_configured_store(LocalSettings.load(env_file)) as store:
        tenants = [only] if only else sorted(await store.list_audited_tenants(), key=_sort_key)
        for tenant in tenants:
            for record in await store.get_audit_log(tenant):
                out.write(json.dumps(to_dict(tenant, record), ensure_ascii=False) + "\n")
                count += 1
    return count


async def record_deployment(env_file: Path, deployment: Deployment) -> None:
    """Put a deployment on record; the same one twice is there once.

    Raises:
        UserError: another one of this environment and id is on record.
    """
    key = f"deployment/{deployment.environment}/{deployment.deployment_id}"
    said = asdict(deployment)
    async with open_configured_store(LocalSettings.load(env_file)) as store:
        detail = json.dumps({"timestamp": datetime.now(UTC).isoformat(), **said}, ensure_ascii=False)
        await store.append_audit_entry(OPERATOR, AuditEntry(key, deployment.deployment_id, "deploy", "done", detail))
        (stands,) = [r.entry.detail for r in await store.get_audit_log(OPERATOR) if r.entry.key == key]
    kept = json.loads(stands or "{}")
    if {name: kept.get(name) for name in said} != said:
        raise UserError(
            f"Another deployment {deployment.deployment_id} to {deployment.environment} is on record.",
            "Give each deployment an id of its own.",
        )


async def record_operation(settings: LocalSettings, action: str, detail: str, at: float) -> None:
    """Put on record what an operator did by a command.

    Args:
        at: now, in seconds since 1970.
    """
    async with open_configured_store(settings) as store:
        await store.append_audit_entry(
            OPERATOR, AuditEntry(f"{action}/{at:.6f}", "command line", action, "done", detail)
        )


async def record_settings(store: Store, settings: LocalSettings, at: float) -> None:
    """Put the operator's settings on record where they are others than those last on record.

    Of a secret it says that it is set, and with a key for the audit logs also which it is: by a digest under that key.

    Args:
        at: now, in seconds since 1970.
    """
    now = {name: _display_value(getattr(settings, name), settings.audit_keys) for name in _setting_names(settings)}
    configured = [r.entry.detail for r in await store.get_audit_log(OPERATOR) if r.entry.action == "configure"]
    before: dict[str, str] = json.loads(configured[-1] or "{}").get("settings", {}) if configured else {}
    changed = sorted(name for name in now if now[name] != before.get(name))
    if changed:
        detail = json.dumps({"changed": changed, "settings": before | now}, ensure_ascii=False)
        await store.append_audit_entry(
            OPERATOR, AuditEntry(f"configure/{at:.6f}", "start", "configure", "done", detail)
        )


def _setting_names(settings: LocalSettings) -> list[str]:
    """The settings that are the installation's, not one process's."""
    return [name for name in type(settings).model_fields if name not in ("host", "port")]


def _display_value(value: object, keys: Sequence[str]) -> str:
    secret = _secret(value)
    if secret is None:
        return str(value)
    if not secret:
        return "unset"
    return f"set, {hmac.new(keys[0].encode(), secret.encode(), hashlib.sha256).hexdigest()[:16]}" if keys else "set"


def _secret(value: object) -> str | None:
    """The text of a secret, or of a tuple of things with secrets among them; None of what is none."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return "\n".join(_secret(part) or str(part) for part in value)
    return None
