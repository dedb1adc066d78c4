"""Encryption of a stream: AES-256-GCM in chunks, numbered, the last one marked, so that nothing can be cut or moved.

The layout is that of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015): `magic salt (length chunk)*`. The key of each
file comes from the operator's and a salt of its own, so that counting nonces from 0 never uses one twice.
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
    """Whether a file begins as a sealed one does; it stands at its beginning again."""
    begins = file.read(len(MAGIC))
    file.seek(0)
    return begins == MAGIC


def encrypt(plain: BinaryIO, encrypted: BinaryIO, key: str) -> None:
    """Encrypt all of one file into another."""
    salt = os.urandom(_SALT_BYTES)
    cipher = AESGCM(_derive_key(key, salt))
    encrypted.write(MAGIC + salt)
    chunk = plain.read(CHUNK_BYTES)
    for number in range(2**32):
        following = plain.read(CHUNK_BYTES)
        made = cipher.encrypt(_nonce(number), chunk, b"last" if not following else b"more")
        encrypted.write(_LENGTH.pack(len(made)) + made)
        if not following:
            return
        chunk = following


def decrypt(encrypted: BinaryIO, plain: BinaryIO, key: str) -> None:
    """Decrypt all of one file into another.

    Raises:
        UserError: the key is not the one, or the file was changed or cut off.
    """
    encrypted.seek(len(MAGIC))
    cipher = AESGCM(_derive_key(key, encrypted.read(_SALT_BYTES)))
    try:
        for number, (chunk, last) in enumerate(_chunks(encrypted)):
            plain.write(cipher.decrypt(_nonce(number), chunk, b"last" if last else b"more"))
    except InvalidTag:
        raise UserError(
            "The back-up does not open: the key is another one, or the file was changed.",
            "Set MAS_BACKUP_KEY to the key it was made with, or take another back-up.",
        ) from None


def _chunks(encrypted: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Each chunk, and whether it is the last; what is cut off comes out as a chunk that does not decrypt."""
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
