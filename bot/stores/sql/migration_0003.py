"""From version 2 of the tables to version 3: the audit log over salted digests, with heads.

The old log stays as it is, with the triggers that keep it, and a former version that still runs goes on with it. Its
records stand in the new one too, with hashes of their own, and a record behind them names the old end, so that the old
chain can still be verified by itself.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Sequence

import sqlalchemy as sa

_GENESIS = "0" * 64

_TABLES = (
    """CREATE TABLE store_audit_log (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, number BIGINT NOT NULL,
        at DOUBLE PRECISION NOT NULL, key TEXT NOT NULL, job TEXT NOT NULL, action TEXT NOT NULL,
        phase TEXT NOT NULL, detail TEXT, salt TEXT, digest TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (installation_id, repository_id, number), UNIQUE (installation_id, repository_id, key))""",
    """CREATE TABLE store_audit_head (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, number BIGINT NOT NULL,
        hash TEXT NOT NULL, seal TEXT NOT NULL, PRIMARY KEY (installation_id, repository_id))""",
)

# The one change of a record that there is: a purge takes its detail and its salt.
_IS_PURGE = """(NEW.detail IS NULL AND NEW.salt IS NULL AND NEW.installation_id = OLD.installation_id
    AND NEW.repository_id = OLD.repository_id AND NEW.number = OLD.number AND NEW.at = OLD.at AND NEW.key = OLD.key
    AND NEW.job = OLD.job AND NEW.action = OLD.action AND NEW.phase = OLD.phase AND NEW.digest = OLD.digest
    AND NEW.previous = OLD.previous AND NEW.hash = OLD.hash AND EXISTS (SELECT 1 FROM store_purge
    WHERE store_purge.installation_id = OLD.installation_id AND store_purge.repository_id = OLD.repository_id))"""

_APPEND_ONLY = {
    "sqlite": (
        f"""CREATE TRIGGER store_audit_log_update BEFORE UPDATE ON store_audit_log WHEN NOT {_IS_PURGE}
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
        """CREATE TRIGGER store_audit_log_delete BEFORE DELETE ON store_audit_log
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    ),
    "postgresql": (
        f"""CREATE FUNCTION store_audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'UPDATE' THEN IF {_IS_PURGE} THEN RETURN NEW; END IF; END IF;
        RAISE EXCEPTION 'the audit log is append-only'; END $$""",
        """CREATE TRIGGER store_audit_log_change BEFORE UPDATE OR DELETE ON store_audit_log
        FOR EACH ROW EXECUTE FUNCTION store_audit_log_append_only()""",
        """CREATE TRIGGER store_audit_log_truncate BEFORE TRUNCATE ON store_audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION store_audit_log_append_only()""",
    ),
}

_Row = dict[str, object]


def upgrade_to_3(connection: sa.Connection) -> None:
    """Make the new log, and bring the old one over."""
    for statement in (*_TABLES, *_APPEND_ONLY[connection.dialect.name]):
        connection.exec_driver_sql(statement)
    old = "SELECT * FROM store_audit ORDER BY installation_id, repository_id, number"
    chains: dict[tuple[int, int], list[_Row]] = {}
    for row in connection.execute(sa.text(old)).mappings():
        chains.setdefault((row["installation_id"], row["repository_id"]), []).append(dict(row))
    for tenant, rows in chains.items():
        _copy_chain(connection, tenant, rows)


def _copy_chain(connection: sa.Connection, tenant: tuple[int, int], rows: Sequence[_Row]) -> None:
    end = {
        "at": time.time(),
        "key": "migration/salted",
        "job": "migration",
        "action": "migrate",
        "phase": "done",
        "detail": f"The {len(rows)} records before this one came from a log that ended with {rows[-1]['hash']}.",
    }
    previous, moved = _GENESIS, []
    for number, row in enumerate([*rows, end], start=1):
        moved.append(_build_record(tenant, number, row, previous))
        previous = str(moved[-1]["hash"])
    connection.execute(sa.text(_INSERT), moved)
    head = dict(zip(("installation_id", "repository_id"), tenant, strict=True))
    connection.execute(
        sa.text("INSERT INTO store_audit_head VALUES (:installation_id, :repository_id, :number, :hash, '')"),
        head | {"number": len(moved), "hash": previous},
    )


_INSERT = """INSERT INTO store_audit_log VALUES (:installation_id, :repository_id, :number, :at, :key, :job, :action,
    :phase, :detail, :salt, :digest, :previous, :hash)"""


def _build_record(tenant: tuple[int, int], number: int, row: _Row, previous: str) -> _Row:
    """A record as `bot.audit.next_record` makes it today; here on its own, since a migration never changes."""
    salt = secrets.token_hex(16)
    digest = hashlib.sha256(f"{salt}\n{row['detail']}".encode()).hexdigest()
    said = {name: row[name] for name in ("at", "key", "job", "action", "phase")} | {"number": number, "digest": digest}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return {
        **dict(zip(("installation_id", "repository_id"), tenant, strict=True)),
        **{name: row[name] for name in ("at", "key", "job", "action", "phase", "detail")},
        "number": number,
        "salt": salt,
        "digest": digest,
        "previous": previous,
        "hash": hashlib.sha256(previous.encode() + text.encode()).hexdigest(),
    }
