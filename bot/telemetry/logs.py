"""The log: text for people, or JSON in the Elastic Common Schema; whose job a line is about, and never a secret.

https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html
"""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

from aiohttp.http import HttpProcessingError

from bot import __version__

_ECS_VERSION = "8.17.0"
_REDACTED = "[redacted]"
_MIN_SECRET_CHARS = 8
"""A shorter secret would take half of the words along."""
_SECRET_PATTERN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|\b(?:gh[opsur]_|github_pat_)\w{16,}"
    r"|\bey[\w-]{8,}\.ey[\w-]{8,}\.[\w-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?<=[Bb]earer )[\w.~+/-]{8,}=*",
    re.DOTALL,
)
"""Private keys, GitHub's tokens, JSON web tokens, credentials in addresses and in headers, whoever's they are."""

_labels: ContextVar[dict[str, str]] = ContextVar("mas_log", default={})  # noqa: B039 - it is never changed in place


@contextmanager
def log_context(**labels: str) -> Iterator[None]:
    """Puts these labels on every line that is logged inside, also by threads and tasks that are begun there."""
    token = _labels.set({**_labels.get(), **labels})
    try:
        yield
    finally:
        _labels.reset(token)


class Redactor:
    """Takes secrets out of texts.

    Args:
        secrets: as they are; of an address it is the password.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {part for secret in secrets for part in _secret_parts(secret) if len(part) >= _MIN_SECRET_CHARS}
        longest_first = sorted(plain, key=len, reverse=True)
        self._known_secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        known = self._known_secrets.sub(_REDACTED, text) if self._known_secrets else text
        return _SECRET_PATTERN.sub(_REDACTED, known)


def _secret_parts(secret: str) -> Iterator[str]:
    yield secret
    if "://" in secret:
        password = urlsplit(secret).password or ""
        yield password
        yield unquote(password)


class _TextFormatter(logging.Formatter):
    """A line as people read it, with what it is about at its end."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = self._redact(super().format(record)).split("\n")  # before: a key is of several lines
        labels = "".join(f" {name}={self._redact(value)}" for name, value in _labels.get().items())
        return "\n".join([first + labels, *rest])


class _EcsFormatter(logging.Formatter):
    """A line as programs read it: one JSON object, whatever the message holds."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "log.level": record.levelname.lower(),
            "message": self._redact(record.getMessage()),
            "ecs.version": _ECS_VERSION,
            "log.logger": record.name,
            "service.name": "mas",
            "service.version": __version__,
            "process.pid": os.getpid(),
        }
        if labels := _labels.get():
            said["labels"] = {name: self._redact(value) for name, value in labels.items()}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            said["error.type"] = type(error).__name__
            said["error.message"] = self._redact(str(error))
            said["error.stack_trace"] = self._redact("".join(traceback.format_exception(error)))
        return json.dumps(said, ensure_ascii=False)


def make_formatter(style: Literal["text", "json"], secrets: Iterable[str]) -> logging.Formatter:
    """Makes lines of that style, without these secrets."""
    return (_EcsFormatter if style == "json" else _TextFormatter)(Redactor(secrets))


def configure(level: str, style: Literal["text", "json"], secrets: Iterable[str]) -> None:
    """Have everything that this process logs go to stderr in that style, without these secrets."""
    handler = logging.StreamHandler()
    handler.setFormatter(make_formatter(style, secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    server = logging.getLogger("aiohttp.server")
    server.removeFilter(_shorten_bad_requests)
    server.addFilter(_shorten_bad_requests)


def _shorten_bad_requests(record: logging.LogRecord) -> bool:
    """Keeps the trace of a request that is no HTTP out of the log: it is the sender's fault, as any scan's is."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}", None
    return record.levelno >= logging.getLogger().getEffectiveLevel()
