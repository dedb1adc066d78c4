"""The store's collections in MongoDB, and the way from each version of them to the next.

Collections and fields have the names of the tables and columns of `bot.stores.schema`. `MIGRATIONS` is the truth, as
it is there: none is ever changed after a release. Each step can run twice, also by two processes at once.
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
"""When the server itself deletes a body that was not put again: the engine does so sooner, where one runs."""

_NAMESPACE_EXISTS = 48
_NUMBER: Document = {"bsonType": ["int", "long"]}
_TEXT: Document = {"bsonType": "string"}
_TIME: Document = {"bsonType": "double", "description": "seconds since 1970"}


async def _create_collection(database: Database, name: str, fields: Mapping[str, Document], *unique: str) -> None:
    """A collection that holds documents of these fields only; each of `unique` names fields that are a key together
    with the tenant's two numbers."""
    properties = {**dict.fromkeys(TENANT_FIELDS, _NUMBER), **fields}
    schema = {
        "bsonType": "object",
        "required": list(properties),
        "properties": {"_id": {"bsonType": "objectId"}, **properties},
        "additionalProperties": False,
    }
    try:
        await database.create_collection(name, validator={"$jsonSchema": schema})
    except CollectionInvalid:  # it is there: a process made it before us
        pass
    except OperationFailure as error:  # or at this moment
        if error.code != _NAMESPACE_EXISTS:
            raise
    for key in unique:
        await database[name].create_index([(field, 1) for field in (*TENANT_FIELDS, *key.split())], unique=True)


async def _upgrade_to_1(database: Database) -> None:
    # A document may have 16 MiB at most, so that a body lies in parts.
    part = {"part": _NUMBER, "parts": _NUMBER, "put_at": _TIME, "put_on": {"bsonType": "date"}}
    await _create_collection(
        database, BODIES, {"digest": _TEXT, "body": {"bsonType": "binData"}, **part}, "digest part"
    )
    await database[BODIES].create_index("put_at")
    await database[BODIES].create_index("put_on", expireAfterSeconds=BODY_TTL_SECONDS)
    await _create_collection(database, SETTLED, {"branch": _TEXT, "since": _TEXT, "seq": _NUMBER}, "branch")
    await _create_collection(database, REJECTIONS, {"fingerprint": _TEXT, "why": _TEXT, "at": _TIME}, "fingerprint")
    await _create_collection(database, STATE, {"name": _TEXT, "value": _TEXT, "seq": _NUMBER}, "name")
    said = dict.fromkeys(("key", "job", "action", "phase", "digest", "previous", "hash"), _TEXT)
    purgeable: Document = {name: {"bsonType": ["string", "null"]} for name in ("detail", "salt")}
    await _create_collection(database, AUDIT, {"number": _NUMBER, "at": _TIME, **said, **purgeable}, "number", "key")
    head = {"number": _NUMBER, "hash": _TEXT, "seal": _TEXT, "last": {"bsonType": ["object", "null"]}}
    await _create_collection(database, HEADS, head, "")


async def _upgrade_to_2(database: Database) -> None:
    await _create_collection(database, INDEX, {"name": _TEXT, "value": {"bsonType": "binData"}}, "name")
    said = dict.fromkeys(("repository", "branch", "commit_id", "model"), _TEXT)
    counts = dict.fromkeys(("done", "files", "seq"), _NUMBER)
    await _create_collection(database, INDEXED, {**said, "at": _TIME, **counts}, "branch")


MIGRATIONS: tuple[Callable[[Database], Awaitable[None]], ...] = (_upgrade_to_1, _upgrade_to_2)


async def migrate(database: Database) -> None:
    """Bring the collections forward to this program's version.

    Raises:
        UserError: a newer MAS wrote this database.
    """
    at = await check_version(database)
    for version, step in enumerate(MIGRATIONS[at:], start=at + 1):
        await step(database)
        await database[VERSIONS].update_one({"_id": version}, {"$setOnInsert": {}}, upsert=True)


async def check_version(database: Database) -> int:
    """The version of the collections, 0 where there are none. Raises as `migrate` does."""
    newest = await database[VERSIONS].find_one(sort=[("_id", -1)])
    at: int = newest["_id"] if newest else 0
    if at > len(MIGRATIONS):
        raise UserError(
            f"A newer MAS wrote this database: its collections are at version {at}, this one knows {len(MIGRATIONS)}.",
            "Install the newer MAS again, or point STORE_URL at another database.",
        )
    return at
