"""The store's tables, and the way from each version of them to the next.

`MIGRATIONS` is the truth: the n-th function brings version n - 1 to version n. None is ever changed after a release;
a new one is added. The `sa.table` values below are what the queries of today speak of.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from bot.errors import UserError
from bot.stores.records import INDEX_TABLE
from bot.stores.sql.migration_0003 import upgrade_to_3

_TENANT_COLUMNS = ("installation_id", "repository_id")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in (*_TENANT_COLUMNS, *columns)))


BODIES = _table("store_body", "digest", "body", "put_at")
SETTLED = _table("store_settled", "branch", "since", "seq")
REJECTIONS = _table("store_rejection", "fingerprint", "why", "at")
AUDIT = _table(
    "store_audit_log", "number", "at", "key", "job", "action", "phase", "detail", "salt", "digest", "previous", "hash"
)
HEADS = _table("store_audit_head", "number", "hash", "seal")
STATE = _table("store_state", "name", "value", "seq")
PURGES = _table("store_purge")
FORMER_AUDIT = _table("store_audit")
INDEX = _table("store_index", "name", "value")
INDEXED = _table("store_indexed", "branch", "repository", "commit_id", "model", "at", "done", "files", "seq")

KEYS: dict[sa.TableClause, tuple[str, ...]] = {
    BODIES: ("digest",),
    SETTLED: ("branch",),
    REJECTIONS: ("fingerprint",),
    STATE: ("name",),
    AUDIT: ("number",),
    HEADS: (),
}
"""What a tenant's state lies in, each with what is a key there together with the tenant. The audit log and its heads
come last, so that a copy that broke off has no record of what it does not have."""

DERIVED_TABLES = (INDEX, INDEXED)
"""What is made of the repositories and can be made again: it is neither moved nor backed up."""

_TABLES = (
    """CREATE TABLE store_body (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, digest TEXT NOT NULL,
        body {bytes} NOT NULL, put_at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (installation_id, repository_id, digest))""",
    "CREATE INDEX store_body_put_at ON store_body (put_at)",
    """CREATE TABLE store_settled (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, branch TEXT NOT NULL,
        since TEXT NOT NULL, seq BIGINT NOT NULL,
        PRIMARY KEY (installation_id, repository_id, branch))""",
    """CREATE TABLE store_rejection (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, fingerprint TEXT NOT NULL,
        why TEXT NOT NULL, at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (installation_id, repository_id, fingerprint))""",
    """CREATE TABLE store_audit (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, number BIGINT NOT NULL,
        at DOUBLE PRECISION NOT NULL, key TEXT NOT NULL, job TEXT NOT NULL, action TEXT NOT NULL,
        phase TEXT NOT NULL, detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (installation_id, repository_id, number), UNIQUE (installation_id, repository_id, key))""",
    # A row here, written and deleted within one transaction, is what lets a purge past the triggers.
    """CREATE TABLE store_purge (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL,
        PRIMARY KEY (installation_id, repository_id))""",
)

_PURGE_IN_PROGRESS = """EXISTS (SELECT 1 FROM store_purge
    WHERE store_purge.installation_id = OLD.installation_id AND store_purge.repository_id = OLD.repository_id)"""

_APPEND_ONLY = {
    "sqlite": (
        """CREATE TRIGGER store_audit_update BEFORE UPDATE ON store_audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
        f"""CREATE TRIGGER store_audit_delete BEFORE DELETE ON store_audit WHEN NOT {_PURGE_IN_PROGRESS}
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    ),
    "postgresql": (
        f"""CREATE FUNCTION store_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN IF {_PURGE_IN_PROGRESS} THEN RETURN OLD; END IF; END IF;
        RAISE EXCEPTION 'the audit log is append-only'; END $$""",
        """CREATE TRIGGER store_audit_change BEFORE UPDATE OR DELETE ON store_audit
        FOR EACH ROW EXECUTE FUNCTION store_audit_append_only()""",
        """CREATE TRIGGER store_audit_truncate BEFORE TRUNCATE ON store_audit
        FOR EACH STATEMENT EXECUTE FUNCTION store_audit_append_only()""",
    ),
}


def _upgrade_to_1(connection: sa.Connection) -> None:
    dialect = connection.dialect.name
    blob = {"sqlite": "BLOB", "postgresql": "BYTEA"}[dialect]
    for statement in (*_TABLES, *_APPEND_ONLY[dialect]):
        connection.exec_driver_sql(statement.replace("{bytes}", blob))


def _upgrade_to_2(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        """CREATE TABLE store_state (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, name TEXT NOT NULL,
        value TEXT NOT NULL, seq BIGINT NOT NULL,
        PRIMARY KEY (installation_id, repository_id, name))"""
    )


def create_index_table(connection: sa.Connection) -> None:
    """The table of what indexes hold."""
    sqlite = {"bytes": "BLOB", "collation": "", "options": "WITHOUT ROWID"}
    postgresql = {"bytes": "BYTEA", "collation": 'COLLATE "C"', "options": ""}
    own = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    connection.exec_driver_sql(f"CREATE TABLE {INDEX_TABLE.format(**own)}")


def _upgrade_to_4(connection: sa.Connection) -> None:
    create_index_table(connection)
    connection.exec_driver_sql(
        """CREATE TABLE store_indexed (
        installation_id BIGINT NOT NULL, repository_id BIGINT NOT NULL, branch TEXT NOT NULL,
        repository TEXT NOT NULL, commit_id TEXT NOT NULL, model TEXT NOT NULL, at DOUBLE PRECISION NOT NULL,
        done BIGINT NOT NULL, files BIGINT NOT NULL, seq BIGINT NOT NULL,
        PRIMARY KEY (installation_id, repository_id, branch))"""
    )


MIGRATIONS: tuple[Callable[[sa.Connection], None], ...] = (_upgrade_to_1, _upgrade_to_2, upgrade_to_3, _upgrade_to_4)


def migrate(connection: sa.Connection) -> None:
    """Bring the tables forward to this program's version, within the caller's transaction.

    Raises:
        UserError: a newer MAS wrote this database.
    """
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS store_schema_version (version BIGINT PRIMARY KEY)")
    at = connection.execute(sa.text("SELECT coalesce(max(version), 0) FROM store_schema_version")).scalar_one()
    if at > len(MIGRATIONS):
        raise UserError(
            f"A newer MAS wrote this database: its tables are at version {at}, this one knows {len(MIGRATIONS)}.",
            "Install the newer MAS again, or point DATABASE_URL at another database.",
        )
    for version, step in enumerate(MIGRATIONS[at:], start=at + 1):
        step(connection)
        connection.execute(sa.text("INSERT INTO store_schema_version VALUES (:version)"), {"version": version})
