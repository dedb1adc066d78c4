"""Log lines have the labels of their job, and secrets are redacted in every form."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Literal

import pytest

from bot.telemetry.logs import log_context, make_formatter

SECRETS = {
    "webhook secret": "the-webhook-secret-of-this-test",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\n",
    "database": "postgresql://mas:p%40ss-word-1@db.example/mas",
}
FOREIGN = {
    "token": "ghs_" + "a1B2" * 9,
    "fine-grained token": "github_pat_" + "a1B2" * 12,
    "key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----",
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MiJ9.c2lnbmF0dXJl",
    "address": "https://x-access-token:s3cr3t-of-theirs@github.com/octo/docs",
    "header": "Authorization: Bearer abcdefgh12345678",
}


def line(style: Literal["text", "json"], message: str, *arguments: object, error: BaseException | None = None) -> str:
    """Format a log line."""
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("bot.engine", logging.WARNING, __file__, 1, message, arguments, info)
    return make_formatter(style, SECRETS.values()).format(record)


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("name", [*SECRETS, *FOREIGN])
def test_secrets_are_redacted_in_messages_arguments_errors_and_labels(
    style: Literal["text", "json"], name: str
) -> None:
    secret = {**SECRETS, **FOREIGN}[name]

    with log_context(branch=f"a branch {secret}"):
        said = line(
            style, f"before {secret.replace('%', '%%')} between %s after", secret, error=ValueError(f"no {secret}.")
        )

    recognizable = {"database": "p%40ss-word-1", "private key": "MIIEow", "key": "MIIEvQIBADANBg", "address": "s3cr3t"}
    assert recognizable.get(name, secret.removeprefix("Authorization: Bearer ")) not in said
    assert "[redacted]" in said
    assert "before" in said


def test_a_json_line_follows_the_schema() -> None:
    with log_context(delivery="d-1", repository="octo/docs"):
        said = json.loads(line("json", 'a "quoted"\nline \x1b[31m', error=ValueError("no")))

    assert said["message"] == 'a "quoted"\nline \x1b[31m'
    assert (said["log.level"], said["log.logger"], said["service.name"]) == ("warning", "bot.engine", "mas")
    assert said["labels"] == {"delivery": "d-1", "repository": "octo/docs"}
    assert said["error.type"] == "ValueError"
    assert "ValueError: no" in said["error.stack_trace"]
    assert said["@timestamp"].endswith("+00:00")


def test_a_text_line_ends_with_its_labels_before_the_trace() -> None:
    with log_context(delivery="d-1"), log_context(repository="octo/docs"):
        first, *trace = line("text", "it broke", error=ValueError("no")).splitlines()

    assert first.endswith("WARNING bot.engine: it broke delivery=d-1 repository=octo/docs")
    assert trace[-1] == "ValueError: no"
    assert line("text", "later").endswith("later")


async def test_threads_and_tasks_inherit_labels() -> None:
    async def log_lines() -> list[str]:
        return [line("text", "task"), await asyncio.to_thread(line, "text", "thread")]

    with log_context(delivery="d-1"):
        mine = asyncio.create_task(log_lines())
    with log_context(delivery="d-2"):
        other = asyncio.create_task(log_lines())

    assert [said.endswith("delivery=d-1") for said in await mine] == [True, True]
    assert [said.endswith("delivery=d-2") for said in await other] == [True, True]
