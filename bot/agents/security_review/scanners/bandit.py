"""Bandit: finds dangerous calls in Python. https://bandit.readthedocs.io/"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.agents.security_review.scanners.lookalikes import is_lookalike
from bot.agents.security_review.scanners.reports import (
    Lines,
    first_sentence,
    parse_level,
    parse_object,
    parse_objects,
    relative_name,
)
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Fix, Hit, Level

_DISABLED_RULES = (
    "B101",  # assert: caused 22 of 32 false alarms on harmless changes
    *(f"B{number}" for number in range(401, 416)),  # an import alone is harmless; the dangerous call has its own rule
)
_SUMMARY_ONLY = frozenset(
    [
        "B104",  # listens on all interfaces: normal for a server in a container
        "B108",  # a path in /tmp: often only read
        "B110",  # try, except, pass: rarely security-relevant
        "B112",  # the same with continue
        "B311",  # random: almost always games and samples
        "B603",  # a child process without a shell: the safe way
        "B607",  # a program found on PATH
    ]
)
"""Rules reported in the summary only."""
_SECRETS = frozenset(["B105", "B106", "B107"])
_LITERAL = re.compile(r"""(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote)).){1,300})(?P=quote)""")
_CWE_BY_RULE = {"B506": 502, "B307": 95, "B102": 95, "B105": 798, "B106": 798, "B107": 798}
"""Overrides of CWE numbers that are too general or differ from the other scanners."""


def _applies_to(path: str) -> bool:
    return path.lower().endswith((".py", ".pyi", ".pyw"))


def _arguments(names: Sequence[str]) -> list[str]:
    return ["-q", "-f", "json", "--ini", "/dev/null", "--ignore-nosec", "-s", ",".join(_DISABLED_RULES), *names]


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    lines = Lines(texts)
    for found in parse_objects(parse_object(report).get("results")):
        name, rule, line = relative_name(found["filename"]), str(found["test_id"]), int(found["line_number"])
        text = lines.of(name)
        if rule in _SECRETS and not _is_secret(text, line):
            continue
        cwe = _CWE_BY_RULE.get(rule) or (found.get("issue_cwe") or {}).get("id")
        known = weakness(cwe)
        severity = parse_level(found["issue_severity"])
        yield (
            name,
            Hit(
                rule=f"bandit/{rule}",
                line=line,
                end_line=max([line, *map(int, found.get("line_range") or [])]),
                severity=Level.LOW if rule in _SUMMARY_ONLY else max(severity, Level.MEDIUM),
                confidence=parse_level(found["issue_confidence"]),
                title="Password in the code" if rule in _SECRETS else first_sentence(found["issue_text"]),
                why=known.why,
                advice=known.advice,
                cwe=cwe,
                owasp=known.owasp,
                link=found.get("more_info"),
                fix=_fix(rule, text, line),
            ),
        )


def _is_secret(text: Sequence[str], line: int) -> bool:
    values = [m["value"] for m in _LITERAL.finditer(text[line - 1])] if 0 < line <= len(text) else []
    return not values or not all(len(value) < MIN_PASSWORD_CHARS or is_lookalike(value) for value in values)


MIN_PASSWORD_CHARS = 4
"""Shorter values are not treated as passwords."""


def _fix(rule: str, text: Sequence[str], line: int) -> Fix | None:
    """Return a safe line with the same behaviour, for rules where one is certain."""
    before = text[line - 1] if 0 < line <= len(text) else ""
    match rule:
        case "B506" if re.search(r"\byaml\.load\([^(),]+\)", before):
            after = re.sub(r"\byaml\.load\(([^(),]+)\)", r"yaml.safe_load(\1)", before)
        case "B501" if before.count("verify=False") == 1:
            after = re.sub(r",\s*verify=False|verify=False,\s*|verify=False", "", before)
        case _:
            return None
    return Fix(line, line, after)


BANDIT = Scanner(
    name="bandit",
    category="code",
    distribution="bandit",
    program="bandit",
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://github.com/PyCQA/bandit",
    licence="Apache-2.0",
    examples=(
        ScannerExample(
            "shop/run.py",
            "import subprocess, yaml\n\n\ndef run(name):\n    subprocess.run(name, shell=True)\n"
            "    assert name\n    return yaml.load(name)\n",
            ((5, "B602"), (7, "B506")),
        ),
        ScannerExample("shop/config.py", 'password = "hunter2hunter2"\napi_password = "changeme"\n', ((1, "B105"),)),
    ),
)
