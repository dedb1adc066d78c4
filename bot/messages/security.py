"""The security check: each finding with its fix, ignored findings, and the scanners that ran."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Literal

from bot.agents.security_review.review import IN_CODE
from bot.domain import (
    Annotation,
    Finding,
    Hit,
    IgnoredFinding,
    Level,
    Location,
    ScannerRun,
    SecurityReview,
    UpsertCheckRun,
)
from bot.messages.entries import Permalinks
from bot.messages.markdown import code, code_block, escape_text, fit, pluralize

SECURITY_CHECK = "mas / security"

_SUMMARY_LIMIT = 60_000
_MAX_ANNOTATIONS = 200
_MAX_IGNORED = 50
_LEVELS: dict[Level, Literal["notice", "warning", "failure"]] = {
    Level.CRITICAL: "failure",
    Level.HIGH: "failure",
    Level.MEDIUM: "warning",
    Level.LOW: "notice",
}
_NO_FINDINGS = "No problems found in the changed lines."
REVIEWED_BEFORE = "The pull requests in this merge group were reviewed before they were queued."
_SUPPRESSION_HINT = (
    "<sub>False positive? Comment `/mas security ignore <id> <why>`, "
    "or add the comment `mas: ignore[rule] reason` to the line.</sub>"
)
CAUSES = {
    "added": "",
    "removed": "This change removes a security check.",
    "worse": "The code was here before; this change makes it worse.",
}
"""How a change causes a finding, where that is not obvious."""


def security_check(
    number: int, head: str, review: SecurityReview, links: Permalinks, blocking: Level | None
) -> UpsertCheckRun:
    """Return the security check of a pull request.

    Args:
        number: the pull request's. The check's digest carries it, because GitHub does not report it for a fork.
        blocking: the lowest severity that fails the check; None for never.
    """
    findings = review.findings
    foot = [*list_ignored(review), *scanner_footer(review.runs), *(f"_{escape_text(note)}_" for note in review.notes)]
    if findings:
        foot.append(_SUPPRESSION_HINT)
    room = _SUMMARY_LIMIT - sum(len(part) + 2 for part in foot) - 200
    kept = fit((_entry(finding, links) for finding in findings), room)
    if len(kept) < len(findings):
        kept.append(f"_{pluralize(len(findings) - len(kept), 'more finding')} not shown here._")
    fails = blocking is not None and any(finding.hit.severity >= blocking for finding in findings)
    conclusion: Literal["success", "neutral", "failure"] = "failure" if fails else "neutral" if findings else "success"
    title = title_of(findings)
    ran = (f"{run.name} {bool(run.files)} {run.trouble}" for run in review.runs)
    content = [conclusion, title, *kept, *list_ignored(review), *ran, *review.notes, *(f.fingerprint for f in findings)]
    digest = hashlib.sha256("\0".join(content).encode()).hexdigest()
    return UpsertCheckRun(
        SECURITY_CHECK,
        head,
        conclusion,
        title,
        "\n\n".join([*([_NO_FINDINGS] if not findings else kept), *foot]),
        f"{number}:{digest}",
        annotations=tuple(_annotation(finding) for finding in findings[:_MAX_ANNOTATIONS]),
    )


def security_check_passed(head: str, why: str) -> UpsertCheckRun:
    """Return the check of a merge group's commit."""
    return UpsertCheckRun(
        SECURITY_CHECK, head, "success", "Already reviewed", why, f"0:{hashlib.sha256(why.encode()).hexdigest()}"
    )


def title_of(findings: Iterable[Finding]) -> str:
    """Return the number of findings by severity."""
    levels = [finding.hit.severity for finding in findings]
    if not levels:
        return "No security findings"
    if len(levels) == 1:
        return f"1 security finding ({levels[0].name.lower()})"
    counts = [f"{levels.count(level)} {level.name.lower()}" for level in sorted(set(levels), reverse=True)]
    return f"{pluralize(len(levels), 'security finding')} ({', '.join(counts)})"


def severity_label(hit: Hit) -> str:
    """Return the severity of a hit as the first word of a heading."""
    return hit.severity.name.capitalize()


def describe(finding: Finding) -> str:
    """Return why a finding is a problem, and how the change caused it."""
    return " ".join(filter(None, (escape_text(finding.hit.why), CAUSES[finding.cause])))


def _entry(finding: Finding, links: Permalinks) -> str:
    hit = finding.hit
    place = links(code(f"{finding.path}:{hit.line}"), links.head, Location(finding.path, hit.line))
    parts = [
        f"### {severity_label(hit)}: {escape_text(hit.title)}",
        f"{place}: {describe(finding)}",
        f"**Fix:** {escape_text(hit.advice)}",
    ]
    if hit.fix is not None:
        parts.append(f"Suggested code:\n\n{code_block(hit.fix.text)}")
    return "\n\n".join([*parts, f"<sub>{' · '.join([*rule_labels(hit), f'id {code(finding.id)}'])}</sub>"])


def rule_labels(hit: Hit, *, linked: bool = False) -> list[str]:
    """Return the rule, and the CWE and OWASP categories of the weakness."""
    cwe = f"CWE-{hit.cwe}" if hit.cwe else ""
    if cwe and linked:
        cwe = f"[{cwe}](https://cwe.mitre.org/data/definitions/{hit.cwe}.html)"
    return [label for label in (code(hit.rule), cwe, hit.owasp or "") if label]


def list_ignored(review: SecurityReview) -> Iterator[str]:
    """Yield a heading and a list of the ignored findings, each with who ignored it and why."""
    if review.ignored:
        yield "**Ignored**"
        yield "\n".join(_format_ignored(each) for each in review.ignored[:_MAX_IGNORED])


def _format_ignored(ignored: IgnoredFinding) -> str:
    place = code(f"{ignored.finding.path}:{ignored.finding.hit.line}")
    until = f", until {ignored.until}" if ignored.until else ""
    by = "comment in the code" if ignored.by == IN_CODE else ignored.by
    title, why, by = map(escape_text, (ignored.finding.hit.title, ignored.why, by))
    return f"- {place} {title}. Reason: {why} ({by}{until})"


def scanner_footer(runs: Iterable[ScannerRun]) -> Iterator[str]:
    """Yield the scanners that ran, then those that could not scan everything, with the reason."""
    runs = list(runs)
    names = [run.name for run in runs if run.files]
    if names:
        yield f"<sub>Scanned with {', '.join(names)}.</sub>"
    for run in runs:
        if run.trouble:
            yield f"_{escape_text(run.name)} did not scan everything: {escape_text(run.trouble)}_"


def _annotation(finding: Finding) -> Annotation:
    hit = finding.hit
    message = " ".join(filter(None, (hit.why, CAUSES[finding.cause], f"Fix: {hit.advice} ({hit.rule})")))
    return Annotation(finding.path, hit.line, hit.end_line, hit.title, message, _LEVELS[hit.severity])
