"""Types of settings. A validator's message continues after the name of the variable, and never contains a secret."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from bot.settings.api_tokens import TokenScope, parse_tokens
from bot.settings.data_dir import validate_folder

MIN_SECRET_LENGTH = 16
"""Minimum length of a webhook secret: a shorter one can be guessed offline from one signed body."""
DATABASE_URL_FORMATS = "sqlite:///FILE or postgresql://USER@HOST/NAME"
STORE_URL_FORMATS = "sqlite:///FILE, postgresql://USER@HOST/NAME or mongodb://USER@HOST/NAME (MONGODB_URI sets it too)"


def _validate_api_url(value: str) -> str:
    try:
        url = urlsplit(value.rstrip("/"))
        host = url.hostname if url.port != 0 else None
    except ValueError:
        host = None
    if not host or url.username or url.password or url.query or url.fragment:
        raise ValueError("is not a plain URL. Use https://api.github.com, or https://HOST/api/v3.")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(host)):
        raise ValueError("must start with https://. Plain http is allowed only for this machine.")
    if host == "github.com" or (not url.path and not host.startswith("api.")):
        raise ValueError("is not the address of an API. Use https://api.github.com, or https://HOST/api/v3.")
    return url.geturl()


def _validate_collector_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("is not an http or https address. Use http://HOST:4318.")
    return value


def _validate_osv_database(value: Path | None) -> Path | None:
    if value is not None and not value.expanduser().exists():
        raise ValueError(f"points to {value}, which does not exist. Use a folder or zip file of OSV's JSON files.")
    return value


def _validate_database_url(value: SecretStr) -> SecretStr:
    return _validate_sql_url(value, DATABASE_URL_FORMATS)


def _validate_store_url(value: SecretStr) -> SecretStr:
    mongodb = value.get_secret_value().startswith(("mongodb://", "mongodb+srv://"))
    return value if mongodb else _validate_sql_url(value, STORE_URL_FORMATS)


def _validate_sql_url(value: SecretStr, formats: str) -> SecretStr:
    url = value.get_secret_value()
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError(f"is not a supported database. Use {formats}.")
    if url.partition("?")[0] == "sqlite:///":
        raise ValueError(f"has no file name. Use {formats}.")
    if not url.startswith("sqlite:") and not _is_url(url):
        raise ValueError(f"is not a valid URL. Use {formats}.")
    return value


def _validate_redis_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("is not a Redis URL. Use redis://:PASSWORD@HOST:6379/0, or rediss://… for TLS.")
    return value


def _parse_api_tokens(value: Any) -> Any:
    return parse_tokens(value) if isinstance(value, str) else value


def _parse_audit_keys(value: Any) -> Any:
    keys = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if any(len(_reveal(key)) < MIN_SECRET_LENGTH for key in keys):
        raise ValueError(
            f"has an empty key, or one of fewer than {MIN_SECRET_LENGTH} characters. "
            "Create one with `openssl rand -hex 32`."
        )
    return tuple(keys)


def _validate_backup_key(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < MIN_SECRET_LENGTH:
        raise ValueError(f"has fewer than {MIN_SECRET_LENGTH} characters. Create a key with `openssl rand -hex 32`.")
    return value


def _validate_storage_url(value: str) -> str:
    if value and not re.fullmatch(r"https?://(\[[\da-fA-F:]+\]|[A-Za-z\d.-]+)(:\d{1,5})?/*", value):
        raise ValueError("is not a valid address. Use https://HOST or https://HOST:PORT, without the bucket.")
    return value.rstrip("/")


def _parse_webhook_secrets(value: Any) -> Any:
    secrets = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not secrets or any(len(_reveal(secret)) < MIN_SECRET_LENGTH for secret in secrets):
        raise ValueError(
            f"has an empty secret, or one of fewer than {MIN_SECRET_LENGTH} characters. "
            "Create one with `openssl rand -hex 32`, and set it on the App's settings page too."
        )
    return tuple(secrets)


def _reveal(secret: str | SecretStr) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret


def _is_url(text: str) -> bool:
    # Imported here: SQLAlchemy is slow to load, and only PostgreSQL URLs need it.
    import sqlalchemy as sa

    try:
        return bool(sa.make_url(text))
    except (sa.exc.ArgumentError, ValueError):  # ValueError: the port is not a number
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_private_key(text: str) -> str:
    """Return the PEM of an unencrypted RSA key, given as PEM, as PEM with escaped line ends, or as base64 of PEM.

    Raises:
        ValueError: the text is not such a key.
    """
    # Imported here: only the commands with the App's key need cryptography.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = text.strip().strip("'\"").replace("\\r", "").replace("\\n", "\n")
    try:
        if "-----BEGIN" not in pem:
            pem = base64.b64decode("".join(pem.split()), validate=True).decode()
        key = load_pem_private_key(pem.encode(), password=None)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(
            "is not a readable private key. Generate one on the App's settings page, and use its .pem file."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("is not an RSA key. Generate one on the App's settings page, and use its .pem file.")
    return pem


ApiUrl = Annotated[str, AfterValidator(_validate_api_url)]
CollectorUrl = Annotated[str, AfterValidator(_validate_collector_url)]
DataDir = Annotated[Path, AfterValidator(validate_folder)]
OsvDatabase = Annotated[Path | None, AfterValidator(_validate_osv_database)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_validate_database_url)]
StoreUrl = Annotated[SecretStr, AfterValidator(_validate_store_url)]
RedisUrl = Annotated[SecretStr, AfterValidator(_validate_redis_url)]
ApiTokens = Annotated[tuple[tuple[SecretStr, TokenScope], ...], NoDecode, BeforeValidator(_parse_api_tokens)]
AuditKeys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_parse_audit_keys)]
BackupKey = Annotated[SecretStr, AfterValidator(_validate_backup_key)]
StorageUrl = Annotated[str, AfterValidator(_validate_storage_url)]
WebhookSecrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_parse_webhook_secrets)]
