"""Backups in S3-compatible storage, through the client `obstore`.

Uploads are atomic. Each object is read back completely, and deleted if it differs. There is no lock across machines:
concurrent backups get different names, and deleting an already deleted object is not an error.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from bot.errors import RemoteError, UserError
from bot.ops.backup import archive, storage
from bot.settings.model import LocalSettings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig  # exist for type checking only

_PART_BYTES = 8 << 20
_MAX_PARTS = 9_000  # per upload; S3 allows 10,000
_MAX_CONCURRENCY = 4
_OUTGOING_FOLDER = "outgoing"

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_RETRYABLE_STATUSES = {408, 429}

# Retry a part for less than five minutes: a signature expires after that.
_CLIENT: ClientConfig = {
    "allow_http": True,
    "connect_timeout": timedelta(seconds=10),
    "timeout": timedelta(seconds=120),
}
_RETRY: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=280)}


def create_s3_storage(bucket: str, prefix: str, settings: LocalSettings) -> S3Storage:
    """Return the storage under a prefix of a bucket. Sends no request yet.

    Raises:
        UserError: the settings have no access key.
    """
    key, secret = settings.aws_access_key_id.get_secret_value(), settings.aws_secret_access_key.get_secret_value()
    if not key or not secret:
        raise UserError(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set.",
            "Set them to a key that can list, read, write and delete objects in the bucket.",
        )
    endpoint = settings.aws_endpoint_url
    token = settings.aws_session_token.get_secret_value()
    store = S3Store(
        bucket,
        prefix=prefix or None,
        config={
            "access_key_id": key,
            "secret_access_key": secret,
            **({"session_token": token} if token else {}),
            **({"endpoint": endpoint} if endpoint else {}),
            "region": settings.aws_region,
            "disable_bulk_delete": True,  # not supported by all S3-compatible storage
        },
        client_options=_CLIENT,
        retry_config=_RETRY,
    )
    host = urlsplit(endpoint).netloc or "Amazon S3"
    url = "/".join(["s3:/", bucket, prefix]).rstrip("/")
    return S3Storage(url, host, store, settings.mas_data_dir / _OUTGOING_FOLDER)


@dataclass(frozen=True, slots=True)
class S3Storage:
    """Backups under a prefix of a bucket.

    Args:
        url: s3://BUCKET/PREFIX, for messages.
        host: host of the storage, for messages.
        outgoing: local folder in which backups are written before the upload.
    """

    url: str
    host: str
    store: S3Store
    outgoing: Path

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Return a scratch folder in the data folder."""
        self._names()  # report errors of the storage before the work, not after it
        with storage.writer_lock(self.outgoing), storage.scratch_folder(self.outgoing) as scratch:
            yield scratch

    def add(self, file: Path, taken_at: datetime) -> str:
        """Upload the file, and read it back completely."""
        name = storage.backup_name(taken_at, 1 + secrets.randbelow(999_999))
        size, digest = archive.size_and_digest(file)
        with self._translate_errors("upload a backup"):
            obstore.put(
                self.store,
                name,
                file,
                chunk_size=max(_PART_BYTES, size // _MAX_PARTS),
                max_concurrency=_MAX_CONCURRENCY,
            )
        if self._size_and_digest(name) != (size, digest):
            self._delete(name)
            raise RemoteError(f"{self.url}/{name} differed after the upload, so it was deleted. Try again.")
        return f"{self.url}/{name}"

    def prune(self, keep: int) -> list[str]:
        """Delete all but the newest backups."""
        old = self._names()[:-keep]
        for name in old:
            self._delete(name)
        return [f"{self.url}/{name}" for name in old]

    def fetch(self, name: str, scratch: Path) -> Path:
        """Download the backup into the scratch folder."""
        to = scratch / "downloaded"
        with to.open("xb") as file:
            for part in self._parts(name):
                file.write(part)
        return to

    def _names(self) -> list[str]:
        with self._translate_errors("list backups"):
            objects = obstore.list_with_delimiter(self.store)["objects"]
        return storage.sort_by_age(each["path"].rpartition("/")[2] for each in objects)

    def _size_and_digest(self, name: str) -> tuple[int, str]:
        """Download an object, and return its size and SHA-256."""
        digest, size = hashlib.sha256(), 0
        for part in self._parts(name):
            digest.update(part)
            size += len(part)
        return size, digest.hexdigest()

    def _parts(self, name: str) -> Iterator[bytes]:
        """Yield an object in parts, each requested and retried separately."""
        size = self._size(name)
        for start in range(0, size, _PART_BYTES):
            with self._translate_errors("download a backup"):
                part = bytes(obstore.get_range(self.store, name, start=start, end=min(start + _PART_BYTES, size)))
            yield part

    def _size(self, name: str) -> int:
        with self._translate_errors("download a backup"):
            try:
                return obstore.head(self.store, name)["size"]
            except FileNotFoundError:
                newest = self._names()[-1:]
        hint = f"The newest backup is {self.url}/{newest[0]}." if newest else f"There are no backups in {self.url}."
        raise UserError(f"{self.url}/{name} does not exist.", hint)

    def _delete(self, name: str) -> None:
        with self._translate_errors("delete a backup"):
            obstore.delete(self.store, name)

    @contextmanager
    def _translate_errors(self, action: str) -> Iterator[None]:
        """Raise client errors as ours, with only the status and the error code: the client's text may quote secrets."""
        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise self._to_error(action, str(error)) from None

    def _to_error(self, action: str, message: str) -> UserError | RemoteError:
        status = int(found[1]) if (found := _STATUS.search(message)) else 0
        code = found[1] if (found := _CODE.search(message)) else str(status or "no answer")
        if status == 404:
            return UserError(
                f"The bucket of {self.url} does not exist at {self.host}: {code}.", "Create it, or use another one."
            )
        if "redirect" in message or code == "AuthorizationHeaderMalformed":
            return UserError(f"The bucket of {self.url} is in another region.", "Set AWS_REGION to its region.")
        if 400 <= status < 500 and status not in _RETRYABLE_STATUSES:
            return UserError(
                f"{self.host} refused to {action} in {self.url}: {code}.",
                "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the permissions of that key.",
            )
        return RemoteError(f"{self.host} failed to {action}: {code}. Check AWS_ENDPOINT_URL, or try again later.")
