"""`mas review`: print the security findings of a change in a local repository. Writes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rich.text import Text

from bot.analysis.security import review as review_change
from bot.cli.local_config import review_options
from bot.cli.revisions import CommitRange, resolve_range
from bot.cli.terminal import error_console, handle_output_errors, print_lines, print_notes, progress, write
from bot.domain import Finding, Level, SecurityReview
from bot.git import GitRepo
from bot.messages.sarif import to_sarif
from bot.messages.security import CAUSES
from bot.text.terminal_safe import escape_for_terminal

_STYLES = {Level.CRITICAL: "bold red", Level.HIGH: "red", Level.MEDIUM: "yellow", Level.LOW: "dim"}


class ReviewFormat(StrEnum):
    """The output format of a review."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def review(path: str, base: str | None, head: str, output: ReviewFormat) -> bool:
    """Print the findings that the change from `base` to `head` introduces. Return whether there are any.

    Args:
        path: path of the repository.
        base: a revision, or None for the default of `resolve_range`.

    Raises:
        UserError: the repository or a revision does not exist, or the history is too shallow.
    """
    errors = error_console()
    with progress(errors) as report:
        with GitRepo.open(path) as repository:
            span = resolve_range(repository, base, head)
            today = datetime.now(UTC).date().isoformat()
            suppressions, files, problems = review_options(repository, span.base, today)
        result = review_change(path, span.base, span.head, suppressions=suppressions, progress=report, files=files)
        result = replace(result, notes=(*result.notes, *problems))
    with handle_output_errors():
        if output is ReviewFormat.TEXT:
            print_lines(render(result, span))
        else:
            write(as_json(result) if output is ReviewFormat.JSON else to_sarif(result))
            print_notes(errors, (*result.notes, *scanner_problems(result)))
    return bool(result.findings)


def as_json(result: SecurityReview) -> str:
    """Return the review as a JSON object. `docs/security-review.md` describes the fields."""
    document = {
        "findings": [_finding_json(finding) for finding in result.findings],
        "ignored": [
            {**_finding_json(ignored.finding), "by": ignored.by, "reason": ignored.why, "until": ignored.until}
            for ignored in result.ignored
        ],
        "scanners": [
            {
                "name": r.name,
                "version": r.version,
                "files": r.files,
                "seconds": round(r.seconds, 2),
                "trouble": r.trouble,
            }
            for r in result.runs
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _finding_json(finding: Finding) -> dict[str, Any]:
    hit = finding.hit
    fix = {"start_line": hit.fix.start_line, "end_line": hit.fix.end_line, "text": hit.fix.text} if hit.fix else None
    return {
        "id": finding.id,
        "path": finding.path,
        "line": hit.line,
        "end_line": hit.end_line,
        "rule": hit.rule,
        "severity": hit.severity.name.lower(),
        "confidence": hit.confidence.name.lower(),
        "cause": finding.cause,
        "title": hit.title,
        "why": hit.why,
        "advice": hit.advice,
        "cwe": hit.cwe,
        "owasp": hit.owasp,
        "link": hit.link,
        "fix": fix,
        "fingerprint": finding.fingerprint,
    }


def render(result: SecurityReview, span: CommitRange) -> Iterator[Text]:
    """Yield the review as lines of text: findings, most severe first, ignored findings, notes and a summary."""
    for finding in result.findings:
        yield from _render_finding(finding)
    if result.ignored:
        yield Text("Ignored", "bold")
        for ignored in result.ignored:
            until = f", until {ignored.until}" if ignored.until else ""
            hit, path = ignored.finding.hit, escape_for_terminal(ignored.finding.path)
            reason = f" – {escape_for_terminal(ignored.why)} ({escape_for_terminal(ignored.by)}{until})"
            yield Text.assemble(f"  {path}:{hit.line} {hit.title}", (reason, "dim"))
        yield Text()
    for note in (*result.notes, *scanner_problems(result)):
        yield Text(escape_for_terminal(note), "dim")
    yield Text(summary(result, span), "bold")


def _render_finding(finding: Finding) -> Iterator[Text]:
    hit = finding.hit
    location = f"{escape_for_terminal(finding.path)}:{hit.line}"
    yield Text.assemble(
        (hit.severity.name.lower(), _STYLES[hit.severity]), " ", (location, "bold"), " ", escape_for_terminal(hit.title)
    )
    for sentence in filter(None, (hit.why, CAUSES[finding.cause])):
        yield Text(f"  {escape_for_terminal(sentence)}")
    yield Text.assemble(("  → ", "yellow"), escape_for_terminal(hit.advice))
    if hit.fix:
        for line in hit.fix.text.split("\n"):
            yield Text(f"    + {escape_for_terminal(line)}", "green")
    names = [hit.rule, f"CWE-{hit.cwe}" if hit.cwe else "", hit.owasp or "", finding.id]
    yield Text(f"  {' · '.join(filter(None, names))}", "dim")
    yield Text()


def scanner_problems(result: SecurityReview) -> list[str]:
    """Return a sentence for each scanner that did not finish."""
    return [f"{run.name} did not scan everything: {run.trouble}" for run in result.runs if run.trouble]


def summary(result: SecurityReview, span: CommitRange) -> str:
    """Return one line: the findings by severity, and how much was scanned with what."""
    counts = Counter(finding.hit.severity for finding in result.findings)
    by_severity = ", ".join(f"{counts[level]} {level.name.lower()}" for level in sorted(counts, reverse=True))
    number = len(result.findings)
    verdict = f"{number} finding{'' if number == 1 else 's'} ({by_severity})" if number else "No findings"
    scanners = [run.name for run in result.runs if run.files]
    scanned = f"{result.files} changed file{'' if result.files == 1 else 's'} scanned"
    return f"{verdict}; {scanned}{' with ' + ', '.join(scanners) if scanners else ''} ({span})"
