"""Verify and export the audit logs; record deployments, operations and settings."""

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
    """A deployment to record. The optional fields hold who approved it and the results of its checks."""

    environment: str
    deployment_id: str
    version: str
    commit_hash: str
    deployer: str
    approval_status: str | None = None
    security_scan_results: str | None = None
    test_results: str | None = None


def open_configured_store(settings: LocalSettings) -> AbstractAsyncContextManager[Store]:
    """Open the configured store until the block ends.

    Raises:
        UserError: the store cannot be opened.
    """
    return open_store(settings.store_url.get_secret_value(), audit_keys=settings.audit_keys)


async def verify(env_file: Path, against: Path | None = None) -> tuple[list[str], list[str]]:
    """Return the problems of the audit logs, and the head of each log; one line each.

    Args:
        against: an earlier export, whose records must still be in the logs.

    Raises:
        UserError: the export cannot be read.
    """
    settings = LocalSettings.load(env_file)
    problems, heads = [], []
    async with open_configured_store(settings) as store:
        logs = {tenant: await store.get_audit_log(tenant) for tenant in await store.list_audited_tenants()}
        for tenant in sorted(logs, key=_sort_key):
            head = await store.get_audit_head(tenant)
            found = find_problems(tenant, logs[tenant], head, settings.audit_keys)
            problems += [f"{log_name(tenant)}: {problem}" for problem in found]
            if head is not None:
                heads.append(f"{log_name(tenant)}: {head.number} records, last hash {head.hash}")
    return problems + _missing_records(logs, against), heads


def _missing_records(logs: Mapping[Tenant, Sequence[AuditRecord]], against: Path | None) -> list[str]:
    if against is None:
        return []
    try:
        lines = [json.loads(line) for line in against.read_text().splitlines()]
        heads = {Tenant(r["installation_id"], r["repository_id"]): (int(r["number"]), str(r["hash"])) for r in lines}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{against} is not an export of audit logs.", "Pass a file from `mas audit export --output`."
        ) from error
    return [
        f"{log_name(tenant)}: record {number} of {against} is missing. The log was replaced or cut off."
        for tenant, (number, hash_) in heads.items()
        if not contains_record(logs.get(tenant, ()), number, hash_)
    ]


def _sort_key(tenant: Tenant) -> tuple[int, int]:
    return tenant.installation_id, tenant.repository_id


def log_name(tenant: Tenant) -> str:
    """Return the name of a tenant's audit log, for messages."""
    name = f"installation {tenant.installation_id}, repository {tenant.repository_id}"
    return "operator log" if tenant == OPERATOR else name


async def export(env_file: Path, out: TextIO, only: Tenant | None = None) -> int:
    """Write the records of all tenants, or of one, as JSON lines, oldest first. Return their number."""
    count = 0
    async with open_configured_store(LocalSettings.load(env_file)) as store:
        tenants = [only] if only else sorted(await store.list_audited_tenants(), key=_sort_key)
        for tenant in tenants:
            for record in await store.get_audit_log(tenant):
                out.write(json.dumps(to_dict(tenant, record), ensure_ascii=False) + "\n")
                count += 1
    return count


async def record_deployment(env_file: Path, deployment: Deployment) -> None:
    """Record a deployment. Idempotent: recording the same one again changes nothing.

    Raises:
        UserError: a different deployment with this environment and id is recorded.
    """
    key = f"deployment/{deployment.environment}/{deployment.deployment_id}"
    fields = asdict(deployment)
    async with open_configured_store(LocalSettings.load(env_file)) as store:
        detail = json.dumps({"timestamp": datetime.now(UTC).isoformat(), **fields}, ensure_ascii=False)
        await store.append_audit_entry(OPERATOR, AuditEntry(key, deployment.deployment_id, "deploy", "done", detail))
        (stored_detail,) = [r.entry.detail for r in await store.get_audit_log(OPERATOR) if r.entry.key == key]
    stored = json.loads(stored_detail or "{}")
    if {name: stored.get(name) for name in fields} != fields:
        raise UserError(
            f"A different deployment {deployment.deployment_id} to {deployment.environment} is already recorded.",
            "Use a unique --deployment-id.",
        )


async def record_operation(settings: LocalSettings, action: str, detail: str, at: float) -> None:
    """Record an operation that an operator ran on the command line.

    Args:
        at: Unix time in seconds.
    """
    async with open_configured_store(settings) as store:
        await store.append_audit_entry(
            OPERATOR, AuditEntry(f"{action}/{at:.6f}", "command line", action, "done", detail)
        )


async def record_settings(store: Store, settings: LocalSettings, at: float) -> None:
    """Record the operator's settings if they differ from those recorded last.

    A secret is recorded as "set"; with an audit key, also with a digest keyed by it, so that a change is visible.

    Args:
        at: Unix time in seconds.
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
    """Return the names of the settings that apply to the whole installation, not to one process."""
    return [name for name in type(settings).model_fields if name not in ("host", "port")]


def _display_value(value: object, keys: Sequence[str]) -> str:
    secret = _secret(value)
    if secret is None:
        return str(value)
    if not secret:
        return "unset"
    return f"set, {hmac.new(keys[0].encode(), secret.encode(), hashlib.sha256).hexdigest()[:16]}" if keys else "set"


def _secret(value: object) -> str | None:
    """Return the text of a secret or of a tuple that contains secrets; None for any other value."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return "\n".join(_secret(part) or str(part) for part in value)
    return None
