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

_ECS = "8.17.0"
_GONE = "[redacted]"
_SHORTEST = 8
"""A shorter secret would take half of the words along."""
_LOOKS_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|\b(?:gh[opsur]_|github_pat_)\w{16,}"
    r"|\bey[\w-]{8,}\.ey[\w-]{8,}\.[\w-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?<=[Bb]earer )[\w.~+/-]{8,}=*",
    re.DOTALL,
)
"""Private keys, GitHub's tokens, JSON web tokens, credentials in addresses and in headers, whoever's they are."""

_about: ContextVar[dict[str, str]] = ContextVar("mas_log", default={})  # noqa: B039 - it is never changed in place


@contextmanager
def about(**labels: str) -> Iterator[None]:
    """Puts these labels on every line that is logged inside, also by threads and tasks that are begun there."""
    token = _about.set({**_about.get(), **labels})
    try:
        yield
    finally:
        _about.reset(token)


class Redaction:
    """Takes secrets out of texts.

    Args:
        secrets: as they are; of an address it is the password.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {part for secret in secrets for part in _parts(secret) if len(part) >= _SHORTEST}
        longest_first = sorted(plain, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        known = self._known.sub(_GONE, text) if self._known else text
        return _LOOKS_SECRET.sub(_GONE, known)


def _parts(secret: str) -> Iterator[str]:
    yield secret
    if "://" in secret:
        password = urlsplit(secret).password or ""
        yield password
        yield unquote(password)


class _Text(logging.Formatter):
    """A line as people read it, with what it is about at its end."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = self._redaction(super().format(record)).split("\n")  # before: a key is of several lines
        labels = "".join(f" {name}={self._redaction(value)}" for name, value in _about.get().items())
        return "\n".join([first + labels, *rest])


class _Ecs(logging.Formatter):
    """A line as programs read it: one JSON object, whatever the message holds."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "log.level": record.levelname.lower(),
            "message": self._redaction(record.getMessage()),
            "ecs.version": _ECS,
            "log.logger": record.name,
            "service.name": "mas",
            "service.version": __version__,
            "process.pid": os.getpid(),
        }
        if labels := _about.get():
            said["labels"] = {name: self._redaction(value) for name, value in labels.items()}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            said["error.type"] = type(error).__name__
            said["error.message"] = self._redaction(str(error))
            said["error.stack_trace"] = self._redaction("".join(traceback.format_exception(error)))
        return json.dumps(said, ensure_ascii=False)


def formatter(style: Literal["text", "json"], secrets: Iterable[str]) -> logging.Formatter:
    """Makes lines of that style, without these secrets."""
    return (_Ecs if style == "json" else _Text)(Redaction(secrets))


def set_up(level: str, style: Literal["text", "json"], secrets: Iterable[str]) -> None:
    """Have everything that this process logs go to stderr in that style, without these secrets."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(style, secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    server = logging.getLogger("aiohttp.server")
    server.removeFilter(_in_a_line)
    server.addFilter(_in_a_line)


def _in_a_line(record: logging.LogRecord) -> bool:
    """Keeps the trace of a request that is no HTTP out of the log: it is the sender's fault, as any scan's is."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}", None
    return record.levelno >= logging.getLogger().getEffectiveLevel()
