"""Stream encryption: AES-256-GCM in numbered chunks, the last one marked, which detects truncation and reordering.

The layout follows STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015): `magic salt (length chunk)*`. The key of each
file is derived from the operator's key and a random salt, so counting nonces from 0 never reuses one.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bot.errors import UserError

MAGIC = b"MAS sealed 1\n"
CHUNK_BYTES = 1 << 20
_SALT_BYTES, _TAG_BYTES = 16, 16
_LENGTH = struct.Struct(">I")


def is_encrypted(file: BinaryIO) -> bool:
    """Return whether a file starts with the magic bytes of an encrypted one. Rewinds the file."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def encrypt(plain: BinaryIO, encrypted: BinaryIO, key: str) -> None:
    """Encrypt a file into another."""
    salt = os.urandom(_SALT_BYTES)
    cipher = AESGCM(_derive_key(key, salt))
    encrypted.write(MAGIC + salt)
    chunk = plain.read(CHUNK_BYTES)
    for number in range(2**32):
        next_chunk = plain.read(CHUNK_BYTES)
        data = cipher.encrypt(_nonce(number), chunk, b"last" if not next_chunk else b"more")
        encrypted.write(_LENGTH.pack(len(data)) + data)
        if not next_chunk:
            return
        chunk = next_chunk


def decrypt(encrypted: BinaryIO, plain: BinaryIO, key: str) -> None:
    """Decrypt a file into another.

    Raises:
        UserError: the key is wrong, or the file was changed or truncated.
    """
    encrypted.seek(len(MAGIC))
    cipher = AESGCM(_derive_key(key, encrypted.read(_SALT_BYTES)))
    try:
        for number, (chunk, last) in enumerate(_chunks(encrypted)):
            plain.write(cipher.decrypt(_nonce(number), chunk, b"last" if last else b"more"))
    except InvalidTag:
        raise UserError(
            "Cannot decrypt the backup: the key is wrong, or the file was changed.",
            "Set MAS_BACKUP_KEY to the key that it was written with, or use another backup.",
        ) from None


def _chunks(encrypted: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield each chunk, and whether it is the last. A truncated file yields a chunk that does not decrypt."""
    head = encrypted.read(_LENGTH.size)
    while True:
        length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
        chunk = encrypted.read(min(length, CHUNK_BYTES + _TAG_BYTES))
        head = encrypted.read(_LENGTH.size)
        yield chunk, not head
        if not head:
            return


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _derive_key(key: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(key.encode())
