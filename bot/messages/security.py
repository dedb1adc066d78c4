"""What the check of a security review says: a table by severity, each finding with its way out, who looked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Literal

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
_NO_FINDINGS = "Nothing dangerous was found in the lines that this change adds or alters."
REVIEWED_BEFORE = "Security was reviewed on the pull requests in this commit."
_SUPPRESSION_HINT = "<sub>`mas: ignore[rule] reason` in a comment on the line quiets a finding.</sub>"
CAUSES = {
    "added": "",
    "removed": " Something that guarded here is gone.",
    "worse": " It was here before, and is worse now.",
}


def security_check(
    number: int, head: str, review: SecurityReview, links: Permalinks, blocking: Level | None
) -> UpsertCheckRun:
    """The check of a pull request's security.

    Args:
        number: the pull request's; the check carries it, for GitHub does not tell it for a fork.
        blocking: from which severity on a finding fails it; None for never.
    """
    findings = review.findings
    foot = [*list_ignored(review), *scanner_footer(review.runs), *(f"_{escape_text(note)}_" for note in review.notes)]
    if findings:
        foot.append(_SUPPRESSION_HINT)
    room = _SUMMARY_LIMIT - sum(len(part) + 2 for part in foot) - 200
    kept = fit((_entry(finding, links) for finding in findings), room)
    if len(kept) < len(findings):
        kept.append(f"_{pluralize(len(findings) - len(kept), 'more finding')} left out here._")
    summary = "\n\n".join([*([_NO_FINDINGS] if not findings else kept), *foot])
    fails = blocking is not None and any(finding.hit.severity >= blocking for finding in findings)
    conclusion: Literal["success", "neutral", "failure"] = "failure" if fails else "neutral" if findings else "success"
    title = title_of(findings)
    # How long the scanners took is told, but is no reason to tell it all anew.
    ran = (f"{run.name} {bool(run.files)} {run.trouble}" for run in review.runs)
    told = [conclusion, title, *kept, *list_ignored(review), *ran, *review.notes, *(f.fingerprint for f in findings)]
    said = "\0".join(told)
    return UpsertCheckRun(
        SECURITY_CHECK,
        head,
        conclusion,
        title,
        summary,
        f"{number}:{hashlib.sha256(said.encode()).hexdigest()}",
        annotations=tuple(_annotation(finding) for finding in findings[:_MAX_ANNOTATIONS]),
    )


def security_check_passed(head: str, why: str) -> UpsertCheckRun:
    """The check of a commit that is no pull request's."""
    return UpsertCheckRun(
        SECURITY_CHECK, head, "success", "Nothing found", why, f"0:{hashlib.sha256(why.encode()).hexdigest()}"
    )


def title_of(findings: Iterable[Finding]) -> str:
    """How many there are, by severity."""
    levels = [finding.hit.severity for finding in findings]
    told = [f"{levels.count(level)} {level.name.lower()}" for level in sorted(set(levels), reverse=True)]
    return f"{pluralize(len(levels), 'finding')}: {', '.join(told)}" if levels else "Nothing found"


def _entry(finding: Finding, links: Permalinks) -> str:
    hit = finding.hit
    place = links(code(f"{finding.path}:{hit.line}"), links.head, Location(finding.path, hit.line))
    parts = [
        f"### {hit.severity.name.capitalize()}: {escape_text(hit.title)}",
        f"{place} – {escape_text(hit.why)}{CAUSES[finding.cause]} **{escape_text(hit.advice)}**",
    ]
    if hit.fix is not None:
        parts.append(f"Instead:\n\n{code_block(hit.fix.text)}")
    return "\n\n".join([*parts, f"<sub>{' · '.join([*rule_labels(hit), code(finding.id)])}</sub>"])


def rule_labels(hit: Hit, *, linked: bool = False) -> list[str]:
    """The rule, and the names that the field has for such a danger."""
    cwe = f"CWE-{hit.cwe}" if hit.cwe else ""
    if cwe and linked:
        cwe = f"[{cwe}](https://cwe.mitre.org/data/definitions/{hit.cwe}.html)"
    return [said for said in (code(hit.rule), cwe, hit.owasp or "") if said]


def list_ignored(review: SecurityReview) -> Iterator[str]:
    """What was ignored, by whom and why."""
    if review.ignored:
        yield "**Ignored**"
        yield "\n".join(_format_ignored(said) for said in review.ignored[:_MAX_IGNORED])


def _format_ignored(ignored: IgnoredFinding) -> str:
    place = code(f"{ignored.finding.path}:{ignored.finding.hit.line}")
    until = f", until {ignored.until}" if ignored.until else ""
    title, why, by = map(escape_text, (ignored.finding.hit.title, ignored.why, ignored.by))
    return f"- {place} {title}: {why} ({by}{until})"


def scanner_footer(runs: Iterable[ScannerRun]) -> Iterator[str]:
    """Who looked, for how long; and whoever did not do their part, and why."""
    runs = list(runs)
    did = [f"{run.name} ({run.seconds:.1f} s)" for run in runs if run.files]
    if did:
        yield f"<sub>Looked at by {', '.join(did)}.</sub>"
    for run in runs:
        if run.trouble:
            yield f"_{escape_text(run.name)} did not look at everything: {escape_text(run.trouble)}_"


def _annotation(finding: Finding) -> Annotation:
    hit = finding.hit
    message = f"{hit.why}{CAUSES[finding.cause]} {hit.advice} ({hit.rule})"
    return Annotation(finding.path, hit.line, hit.end_line, hit.title, message, _LEVELS[hit.severity])
