"""OSV: finds packages with known vulnerabilities, from a local database. https://osv.dev/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.agents.security_review.lockfiles import is_lockfile
from bot.agents.security_review.scanners.reports import Lines, first_sentence, parse_level, parse_objects, relative_name
from bot.agents.security_review.scanners.scanner import PYTHON, Scanner, ScannerInput
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Fix, Hit, Level

_VULNERABLE, _MALICIOUS = 937, 506


def _arguments(names: Sequence[str]) -> list[str]:
    return list(names)


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    lines = Lines(texts)
    for found in parse_objects(report):
        name, line = relative_name(found["file"]), int(found["line"])
        package, version, fixed = str(found["package"]), str(found["version"]), found["fixed"]
        is_malicious = str(found["id"]).startswith("MAL-")
        known = weakness(_MALICIOUS if is_malicious else _VULNERABLE)
        state = "is malicious" if is_malicious else "has a known vulnerability"
        hit = Hit(
            rule=f"osv/{found['id']}",
            line=line,
            end_line=int(found["end_line"]),
            severity=parse_level(found["severity"]) if found["severity"] else Level.MEDIUM,
            confidence=Level.HIGH,
            title=first_sentence(f"{package} {version} {state} ({found['id']})"),
            why=_as_sentence(found["said"]) or known.why,
            advice=known.advice if is_malicious else _advice(fixed),
            cwe=_MALICIOUS if is_malicious else _VULNERABLE,
            owasp=known.owasp,
            link=f"https://osv.dev/vulnerability/{found['id']}",
            fix=_fix(found, lines.at(name, line)) if fixed and found["is_alone"] else None,
            # A change from one affected version to another introduces nothing new.
            subject=f"{found['ecosystem']}:{package}",
        )
        yield name, hit


def _as_sentence(summary: object) -> str:
    text = str(summary or "").strip()
    return text if not text or text.endswith((".", "…", "!", "?")) else f"{text}."


def _advice(fixed: object) -> str:
    return f"Upgrade to {fixed}." if fixed else "No fixed version is known, so use another package."


def _fix(found: Mapping[str, Any], before: str) -> Fix | None:
    """Return the line with the fixed version, if the old version is on it once."""
    line, old, new = int(found["line"]), f"=={found['version']}", f"=={found['fixed']}"
    return Fix(line, line, before.replace(old, new)) if before.count(old) == 1 else None


OSV = Scanner(
    name="osv",
    category="dependencies",
    distribution="mas-docs-bot",
    program=PYTHON,
    module="bot.analysis.advisories",
    applies_to=is_lockfile,
    arguments=_arguments,
    parse=_parse,
    homepage="https://osv.dev/",
    licence="Apache-2.0",
    success=frozenset({0}),
    extra="osv",
    required_input=ScannerInput("--database", "MAS_OSV_DIR is not an OSV database", setting="MAS_OSV_DIR"),
)
