"""Logging: text, or JSON in the Elastic Common Schema, with labels of the current job and secrets redacted.

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
"""Shorter secrets are not redacted: they would match ordinary words."""
_SECRET_PATTERN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|\b(?:gh[opsur]_|github_pat_)\w{16,}"
    r"|\bey[\w-]{8,}\.ey[\w-]{8,}\.[\w-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?<=[Bb]earer )[\w.~+/-]{8,}=*",
    re.DOTALL,
)
"""Private keys, GitHub tokens, JSON Web Tokens, and credentials in URLs and headers."""

_labels: ContextVar[dict[str, str]] = ContextVar("mas_log", default={})  # noqa: B039 - never mutated


@contextmanager
def log_context(**labels: str) -> Iterator[None]:
    """Add labels to every log line inside the block, including those of threads and tasks started there."""
    token = _labels.set({**_labels.get(), **labels})
    try:
        yield
    finally:
        _labels.reset(token)


class Redactor:
    """Redacts secrets in texts.

    Args:
        secrets: known secrets; for URLs, the password is redacted too.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {part for secret in secrets for part in _secret_parts(secret) if len(part) >= _MIN_SECRET_CHARS}
        longest_first = sorted(plain, key=len, reverse=True)
        self._known_secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """Return the text with secrets replaced."""
        known = self._known_secrets.sub(_REDACTED, text) if self._known_secrets else text
        return _SECRET_PATTERN.sub(_REDACTED, known)


def _secret_parts(secret: str) -> Iterator[str]:
    yield secret
    if "://" in secret:
        password = urlsplit(secret).password or ""
        yield password
        yield unquote(password)


class _TextFormatter(logging.Formatter):
    """Formats a line of text, with the labels at its end."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = self._redact(super().format(record)).split("\n")  # before splitting: keys have several lines
        labels = "".join(f" {name}={self._redact(value)}" for name, value in _labels.get().items())
        return "\n".join([first + labels, *rest])


class _EcsFormatter(logging.Formatter):
    """Formats one JSON object per line."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
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
            entry["labels"] = {name: self._redact(value) for name, value in labels.items()}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            entry["error.type"] = type(error).__name__
            entry["error.message"] = self._redact(str(error))
            entry["error.stack_trace"] = self._redact("".join(traceback.format_exception(error)))
        return json.dumps(entry, ensure_ascii=False)


def make_formatter(style: Literal["text", "json"], secrets: Iterable[str]) -> logging.Formatter:
    """Return a formatter of a style that redacts these secrets."""
    return (_EcsFormatter if style == "json" else _TextFormatter)(Redactor(secrets))


def configure(level: str, style: Literal["text", "json"], secrets: Iterable[str]) -> None:
    """Log to stderr in a style, with these secrets redacted."""
    handler = logging.StreamHandler()
    handler.setFormatter(make_formatter(style, secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    server = logging.getLogger("aiohttp.server")
    server.removeFilter(_shorten_bad_requests)
    server.addFilter(_shorten_bad_requests)


def _shorten_bad_requests(record: logging.LogRecord) -> bool:
    """Log malformed requests without a stack trace: they are the sender's error, often a port scan."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}", None
    return record.levelno >= logging.getLogger().getEffectiveLevel()
