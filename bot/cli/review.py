"""What MAS would say of the security of a change of a repository on this machine. Nothing is written."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.analysis.security import review as reviewed
from bot.cli.local_config import review_options
from bot.cli.revisions import CommitRange, resolve_range
from bot.cli.terminal import handle_output_errors, progress, write
from bot.domain import Finding, Level, SecurityReview
from bot.git import GitRepo
from bot.messages.sarif import to_sarif
from bot.text.terminal_safe import escape_for_terminal

_STYLES = {Level.CRITICAL: "bold red", Level.HIGH: "red", Level.MEDIUM: "yellow", Level.LOW: "dim"}
_CAUSES = {
    "added": "",
    "removed": "Something that guarded here is gone.",
    "worse": "It was here before, and is worse now.",
}


class ReviewFormat(StrEnum):
    """How a review is told."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def review(path: str, base: str | None, head: str, output: ReviewFormat) -> bool:
    """Print what the change from `base` to `head` brings that is dangerous; returns whether there is something.

    Args:
        path: of the repository.
        base: a revision; None for where `head` left the default branch.

    Raises:
        UserError: no such repository or revision, or a history that does not reach back far enough.
    """
    errors = Console(stderr=True, highlight=False, emoji=False)
    with progress(errors) as say:
        with GitRepo.open(path) as repository:
            span = resolve_range(repository, base, head)
            today = datetime.now(UTC).date().isoformat()
            quiet, files, mistakes = review_options(repository, span.base, today)
        found = reviewed(path, span.base, span.head, suppressions=quiet, progress=say, files=files)
        found = replace(found, notes=(*found.notes, *mistakes))
    with handle_output_errors():
        if output is ReviewFormat.TEXT:
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
            console = Console(highlight=False, emoji=False)
            for line in render(found, span):
                console.print(line, soft_wrap=True)
        else:
            write(as_json(found) if output is ReviewFormat.JSON else to_sarif(found))
            for note in (*found.notes, *scanner_problems(found)):
                errors.print(escape_for_terminal(note), markup=False, soft_wrap=True)
    return bool(found.findings)


def as_json(result: SecurityReview) -> str:
    """The review as one JSON object; `docs/security-review.md` says what is in it."""
    whole = {
        "findings": [_finding_json(finding) for finding in result.findings],
        "ignored": [
            {**_finding_json(said.finding), "by": said.by, "reason": said.why, "until": said.until}
            for said in result.ignored
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
    return json.dumps(whole, indent=2) + "\n"


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
    """The review line by line as people read it: findings, the worst first, what was ignored, then a summary."""
    for finding in result.findings:
        yield from _render_finding(finding)
    if result.ignored:
        yield Text("Ignored", "bold")
        for said in result.ignored:
            until = f", until {said.until}" if said.until else ""
            place = f"  {escape_for_terminal(said.finding.path)}:{said.finding.hit.line} {said.finding.hit.title}"
            yield Text.assemble(
                place, (f" – {escape_for_terminal(said.why)} ({escape_for_terminal(said.by)}{until})", "dim")
            )
        yield Text()
    for note in (*result.notes, *scanner_problems(result)):
        yield Text(escape_for_terminal(note), "dim")
    yield Text(summary(result, span), "bold")


def _render_finding(finding: Finding) -> Iterator[Text]:
    hit = finding.hit
    place = f"{escape_for_terminal(finding.path)}:{hit.line}"
    yield Text.assemble(
        (hit.severity.name.lower(), _STYLES[hit.severity]), " ", (place, "bold"), " ", escape_for_terminal(hit.title)
    )
    for sentence in filter(None, (hit.why, _CAUSES[finding.cause])):
        yield Text(f"  {escape_for_terminal(sentence)}")
    yield Text.assemble(("  → ", "yellow"), escape_for_terminal(hit.advice))
    if hit.fix:
        for line in hit.fix.text.split("\n"):
            yield Text(f"    + {escape_for_terminal(line)}", "green")
    names = [hit.rule, f"CWE-{hit.cwe}" if hit.cwe else "", hit.owasp or "", finding.id]
    yield Text(f"  {' · '.join(filter(None, names))}", "dim")
    yield Text()


def scanner_problems(result: SecurityReview) -> list[str]:
    """A sentence on each scanner that did not do its part."""
    return [f"{run.name} did not look at everything: {run.trouble}" for run in result.runs if run.trouble]


def summary(result: SecurityReview, span: CommitRange) -> str:
    """One line: what was found, and what looked at how much."""
    counts = Counter(finding.hit.severity for finding in result.findings)
    by = ", ".join(f"{counts[level]} {level.name.lower()}" for level in sorted(counts, reverse=True))
    number = len(result.findings)
    verdict = f"{number} finding{'' if number == 1 else 's'} ({by})" if number else "Nothing dangerous found"
    ran = [run.name for run in result.runs if run.files]
    looked = f"{result.files} changed file{'' if result.files == 1 else 's'} looked at"
    return f"{verdict}; {looked}{' by ' + ', '.join(ran) if ran else ''} ({span})"
