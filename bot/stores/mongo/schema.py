"""The store's collections in MongoDB, and their migrations.

Collections and fields are named like the tables and columns of `bot.stores.sql.schema`. As there, `MIGRATIONS` is the
source of truth: a migration is never changed after a release. Each one can run twice, also in two processes at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

from bot.errors import UserError

Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]

TENANT_FIELDS = ("installation_id", "repository_id")
BODIES, SETTLED, REJECTIONS = "store_body", "store_settled", "store_rejection"
STATE, AUDIT, HEADS = "store_state", "store_audit_log", "store_audit_head"
INDEX, INDEXED = "store_index", "store_indexed"
VERSIONS = "store_schema_version"

BODY_TTL_SECONDS = 90 * 86_400
"""Age at which the server deletes a blob that was not put again; a running engine deletes it sooner."""

_NAMESPACE_EXISTS = 48
_NUMBER: Document = {"bsonType": ["int", "long"]}
_TEXT: Document = {"bsonType": "string"}
_TIME: Document = {"bsonType": "double", "description": "seconds since 1970"}


async def _create_collection(database: Database, name: str, fields: Mapping[str, Document], *unique: str) -> None:
    """Create a collection whose documents have only these fields.

    Args:
        unique: unique keys, each given by field names separated by spaces, without the tenant's two fields.
    """
    properties = {**dict.fromkeys(TENANT_FIELDS, _NUMBER), **fields}
    schema = {
        "bsonType": "object",
        "required": list(properties),
        "properties": {"_id": {"bsonType": "objectId"}, **properties},
        "additionalProperties": False,
    }
    try:
        await database.create_collection(name, validator={"$jsonSchema": schema})
    except CollectionInvalid:  # the collection exists
        pass
    except OperationFailure as error:  # another process has just created it
        if error.code != _NAMESPACE_EXISTS:
            raise
    for key in unique:
        await database[name].create_index([(field, 1) for field in (*TENANT_FIELDS, *key.split())], unique=True)


async def _upgrade_to_1(database: Database) -> None:
    # A document has at most 16 MiB, so a blob is stored in parts.
    part = {"part": _NUMBER, "parts": _NUMBER, "put_at": _TIME, "put_on": {"bsonType": "date"}}
    await _create_collection(
        database, BODIES, {"digest": _TEXT, "body": {"bsonType": "binData"}, **part}, "digest part"
    )
    await database[BODIES].create_index("put_at")
    await database[BODIES].create_index("put_on", expireAfterSeconds=BODY_TTL_SECONDS)
    await _create_collection(database, SETTLED, {"branch": _TEXT, "since": _TEXT, "seq": _NUMBER}, "branch")
    await _create_collection(database, REJECTIONS, {"fingerprint": _TEXT, "why": _TEXT, "at": _TIME}, "fingerprint")
    await _create_collection(database, STATE, {"name": _TEXT, "value": _TEXT, "seq": _NUMBER}, "name")
    texts = dict.fromkeys(("key", "job", "action", "phase", "digest", "previous", "hash"), _TEXT)
    purgeable: Document = {name: {"bsonType": ["string", "null"]} for name in ("detail", "salt")}
    await _create_collection(database, AUDIT, {"number": _NUMBER, "at": _TIME, **texts, **purgeable}, "number", "key")
    head = {"number": _NUMBER, "hash": _TEXT, "seal": _TEXT, "last": {"bsonType": ["object", "null"]}}
    await _create_collection(database, HEADS, head, "")


async def _upgrade_to_2(database: Database) -> None:
    await _create_collection(database, INDEX, {"name": _TEXT, "value": {"bsonType": "binData"}}, "name")
    texts = dict.fromkeys(("repository", "branch", "commit_id", "model"), _TEXT)
    counts = dict.fromkeys(("done", "files", "seq"), _NUMBER)
    await _create_collection(database, INDEXED, {**texts, "at": _TIME, **counts}, "branch")


MIGRATIONS: tuple[Callable[[Database], Awaitable[None]], ...] = (_upgrade_to_1, _upgrade_to_2)


async def migrate(database: Database) -> None:
    """Upgrade the collections to this program's version.

    Raises:
        UserError: a newer MAS wrote this database.
    """
    current = await check_version(database)
    for version, upgrade in enumerate(MIGRATIONS[current:], start=current + 1):
        await upgrade(database)
        await database[VERSIONS].update_one({"_id": version}, {"$setOnInsert": {}}, upsert=True)


async def check_version(database: Database) -> int:
    """Return the version of the collections, 0 if there are none. Raises like `migrate`."""
    newest = await database[VERSIONS].find_one(sort=[("_id", -1)])
    current: int = newest["_id"] if newest else 0
    if current > len(MIGRATIONS):
        raise UserError(
            f"A newer MAS wrote this database (schema version {current}, supported: up to {len(MIGRATIONS)}).",
            "Install the newer MAS, or use another database in STORE_URL.",
        )
    return current
