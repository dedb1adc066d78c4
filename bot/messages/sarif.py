"""A security review as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

GitHub's subset: https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import bot
from bot.domain import Finding, Hit, IgnoredFinding, Level, SecurityReview

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.CRITICAL: "error", Level.HIGH: "error", Level.MEDIUM: "warning", Level.LOW: "note"}
_SCORES = {Level.CRITICAL: "9.5", Level.HIGH: "8.0", Level.MEDIUM: "5.0", Level.LOW: "2.0"}
"""GitHub reads over 9.0 as critical, 7.0 to 8.9 as high, 4.0 to 6.9 as medium, and less as low."""
MAX_RESULTS = 5_000
"""GitHub's limit for one run."""


def to_sarif(review: SecurityReview) -> str:
    """Return the findings of a review as SARIF. Ignored findings are suppressed results."""
    findings = [*((finding, None) for finding in review.findings), *((each.finding, each) for each in review.ignored)]
    findings = findings[:MAX_RESULTS]
    rules = list({finding.hit.rule: finding.hit for finding, _ in reversed(findings)}.values())[::-1]
    numbers = {hit.rule: number for number, hit in enumerate(rules)}
    driver = {
        "name": "MAS",
        "semanticVersion": bot.__version__,
        "rules": [_rule(hit) for hit in rules],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "mas/security/"},
        "columnKind": "utf16CodeUnits",
        "results": [_result(finding, ignored, numbers[finding.hit.rule]) for finding, ignored in findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(hit: Hit) -> dict[str, Any]:
    tags = ["security", *([f"external/cwe/cwe-{hit.cwe:03}"] if hit.cwe else [])]
    return {
        "id": hit.rule,
        "shortDescription": {"text": hit.title},
        "fullDescription": {"text": hit.why},
        "help": {"text": hit.advice},
        **({"helpUri": hit.link} if hit.link else {}),
        "defaultConfiguration": {"level": _LEVELS[hit.severity]},
        "properties": {"tags": tags, "security-severity": _SCORES[hit.severity]},
    }


def _result(finding: Finding, ignored: IgnoredFinding | None, rule: int) -> dict[str, Any]:
    hit = finding.hit
    place = {
        "artifactLocation": {"uri": quote(finding.path), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": hit.line, "endLine": hit.end_line},
    }
    suppressed = [{"kind": "external", "justification": f"{ignored.by}: {ignored.why}"}] if ignored else []
    return {
        "ruleId": hit.rule,
        "ruleIndex": rule,
        "level": _LEVELS[hit.severity],
        "message": {"text": f"{hit.title}. {hit.why} {hit.advice}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"mas/v1": finding.fingerprint},
        **({"suppressions": suppressed} if suppressed else {}),
    }
