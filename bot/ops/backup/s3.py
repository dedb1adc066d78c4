"""Back-ups in S3-compatible storage, through the client `obstore`.

An object is there whole or not at all. It counts once all of it was read again; what comes back otherwise is deleted.
Nobody is locked out: two back-ups at once get two names, and deleting what the other one deleted is no fault.
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
    from obstore.store import ClientConfig, RetryConfig  # there for types only

_PART_BYTES = 8 << 20
_MAX_PARTS = 9_000  # of one upload; S3 takes 10,000
_MAX_CONCURRENCY = 4
_OUTGOING_FOLDER = "outgoing"

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_RETRYABLE_STATUSES = {408, 429}  # a 4xx that is nobody's mistake

# A part is repeated for five minutes at most: a signature is good for no longer.
_CLIENT: ClientConfig = {
    "allow_http": True,
    "connect_timeout": timedelta(seconds=10),
    "timeout": timedelta(seconds=120),
}
_RETRY: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=280)}


def create_s3_storage(bucket: str, prefix: str, settings: LocalSettings) -> S3Storage:
    """The back-ups under a prefix of a bucket, with what the settings say of the storage; nothing is asked of it yet.

    Raises:
        UserError: the settings have no key.
    """
    key, secret = settings.aws_access_key_id.get_secret_value(), settings.aws_secret_access_key.get_secret_value()
    if not key or not secret:
        raise UserError(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set.",
            "Set them to a key of the storage that may list, read, write and delete there.",
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
            "disable_bulk_delete": True,  # not all that call themselves compatible have it
        },
        client_options=_CLIENT,
        retry_config=_RETRY,
    )
    host = urlsplit(endpoint).netloc or "Amazon S3"
    url = "/".join(["s3:/", bucket, prefix]).rstrip("/")
    return S3Storage(url, host, store, settings.mas_data_dir / _OUTGOING_FOLDER)


@dataclass(frozen=True, slots=True)
class S3Storage:
    """Back-ups under a prefix of a bucket.

    Args:
        url: what people call it by: s3://BUCKET/PREFIX.
        host: where the storage answers.
        outgoing: a folder on this machine in which they are written first.
    """

    url: str
    host: str
    store: S3Store
    outgoing: Path

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder in the data folder; what a killed back-up left there is removed."""
        self._names()  # what is wrong with the storage is said before the work, not after it
        with storage.writer_lock(self.outgoing), storage.scratch_folder(self.outgoing) as made:
            yield made

    def add(self, file: Path, taken_at: datetime) -> str:
        """Upload it and read all of it again."""
        name = storage.backup_name(taken_at, 1 + secrets.randbelow(999_999))
        size, digest = archive.size_and_digest(file)
        with self._translate_errors("take a back-up"):
            obstore.put(
                self.store,
                name,
                file,
                chunk_size=max(_PART_BYTES, size // _MAX_PARTS),
                max_concurrency=_MAX_CONCURRENCY,
            )
        if self._size_and_digest(name) != (size, digest):
            self._delete(name)
            raise RemoteError(f"{self.url}/{name} came back otherwise than it was written, and was deleted.")
        return f"{self.url}/{name}"

    def prune(self, keep: int) -> list[str]:
        """Delete all but the newest."""
        gone = self._names()[:-keep]
        for name in gone:
            self._delete(name)
        return [f"{self.url}/{name}" for name in gone]

    def fetch(self, name: str, scratch: Path) -> Path:
        """Download it."""
        to = scratch / "brought"
        with to.open("xb") as file:
            for part in self._parts(name):
                file.write(part)
        return to

    def _names(self) -> list[str]:
        with self._translate_errors("list back-ups"):
            there = obstore.list_with_delimiter(self.store)["objects"]
        return storage.sort_by_age(each["path"].rpartition("/")[2] for each in there)

    def _size_and_digest(self, name: str) -> tuple[int, str]:
        """An object's size and SHA-256, by all that comes back of it."""
        digest, size = hashlib.sha256(), 0
        for part in self._parts(name):
            digest.update(part)
            size += len(part)
        return size, digest.hexdigest()

    def _parts(self, name: str) -> Iterator[bytes]:
        """An object in parts, each asked for, and asked for again, by itself."""
        size = self._size(name)
        for start in range(0, size, _PART_BYTES):
            with self._translate_errors("give a back-up"):
                part = bytes(obstore.get_range(self.store, name, start=start, end=min(start + _PART_BYTES, size)))
            yield part

    def _size(self, name: str) -> int:
        with self._translate_errors("give a back-up"):
            try:
                return obstore.head(self.store, name)["size"]
            except FileNotFoundError:
                newest = self._names()[-1:]
        remedy = f"The newest one there is {self.url}/{newest[0]}." if newest else "No back-up is there."
        raise UserError(f"{self.url}/{name} is not there.", remedy)

    def _delete(self, name: str) -> None:
        with self._translate_errors("delete a back-up"):
            obstore.delete(self.store, name)

    @contextmanager
    def _translate_errors(self, action: str) -> Iterator[None]:
        """A failure in our words: of the client's text, which quotes the storage's, only a status and a code go on."""
        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise self._to_error(action, str(error)) from None

    def _to_error(self, action: str, message: str) -> UserError | RemoteError:
        status = int(found[1]) if (found := _STATUS.search(message)) else 0
        code = found[1] if (found := _CODE.search(message)) else str(status or "no answer")
        if status == 404:
            return UserError(f"{self.host} has no bucket of {self.url}: {code}.", "Make it, or name another one.")
        if "redirect" in message or code == "AuthorizationHeaderMalformed":
            return UserError(f"{self.host} has {self.url} in another region.", "Set AWS_REGION to the bucket's.")
        if 400 <= status < 500 and status not in _RETRYABLE_STATUSES:
            return UserError(
                f"{self.host} does not {action} in {self.url}: {code}.",
                "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what that key may do.",
            )
        return RemoteError(f"{self.host} did not {action}: {code}. Check AWS_ENDPOINT_URL, or try again later.")
