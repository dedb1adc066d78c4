"""The comments of a security review: one on each finding's line, and one summary of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain import Finding, Level, Location, ReportedFinding, ReviewComment, SecurityReview
from bot.domain.review_markers import FindingMarker
from bot.messages.entries import Permalinks
from bot.messages.markdown import code, code_block, escape_text, fit, pluralize
from bot.messages.security import describe, list_ignored, rule_labels, scanner_footer, severity_label, title_of

SUMMARY_MARKER = "<!-- mas:security summary -->"

_SUMMARY_LIMIT = 60_000
_MAX_FIXED = 50
_COMMANDS = (
    "<sub>`/mas security explain <id>` · `/mas security ignore <id> <why>` · `/mas security review` · `/mas help`</sub>"
)


def review_comment(finding: Finding) -> ReviewComment:
    """Return the comment on a finding's lines. A fix of whole lines is a suggestion that GitHub can apply.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request
    """
    hit, fix = finding.hit, finding.hit.fix
    labels = " · ".join(rule_labels(hit, linked=True))
    parts = [
        f"**{severity_label(hit)}: {escape_text(hit.title)}**",
        describe(finding),
        f"**Fix:** {escape_text(hit.advice)}",
        *([_suggestion(fix.text)] if fix else []),
        f"<sub>{labels} · False positive? `/mas security ignore {finding.id} <why>`</sub>",
        str(FindingMarker(finding.fingerprint, hit.rule)),
    ]
    line, end = (fix.start_line, fix.end_line) if fix else (hit.line, hit.line)
    return ReviewComment(finding.path, line, end, "\n\n".join(parts), finding.fingerprint)


def _suggestion(text: str) -> str:
    """Return a suggestion block. Unlike a code block it keeps trailing whitespace, which is part of the fix."""
    fence = code_block(text).partition("\n")[0]
    return f"{fence}suggestion\n{text}\n{fence}"


def review_body(comments: Sequence[ReviewComment]) -> str:
    """Return the text above the comments of a review."""
    return f"{pluralize(len(comments), 'new security finding')}."


def summary(head: str, review: SecurityReview, fixed: Sequence[ReportedFinding], links: Permalinks) -> str:
    """Return the one comment that sums up the security of a pull request.

    Args:
        fixed: findings that earlier versions of the summary reported and that are gone.
    """
    foot = [
        *_list_fixed(fixed),
        *list_ignored(review),
        *scanner_footer(review.runs),
        *(f"_{escape_text(note)}_" for note in review.notes),
    ]
    foot += [_COMMANDS, SUMMARY_MARKER]
    room = _SUMMARY_LIMIT - sum(len(part) + 2 for part in foot) - 600
    heading = f"### {title_of(review.findings)} at {code(head[:9])}"
    return "\n\n".join([heading, *_table(review.findings, links, room), *foot])


def _table(findings: Sequence[Finding], links: Permalinks, room: int) -> Iterator[str]:
    if not findings:
        yield "No problems found in the changed lines."
        return
    rows = fit((_row(finding, links) for finding in findings), room)
    yield "\n".join(["| severity | finding | place | id |", "|---|---|---|---|", *rows])
    if len(rows) < len(findings):
        yield f"_{pluralize(len(findings) - len(rows), 'more finding')} not shown here; see the check._"


def _row(finding: Finding, links: Permalinks) -> str:
    hit = finding.hit
    place = links(_cell(code(f"{finding.path}:{hit.line}")), links.head, Location(finding.path, hit.line))
    level = hit.severity.name.lower()
    shown = f"**{level}**" if hit.severity >= Level.HIGH else level
    return f"| {shown} | {escape_text(hit.title)} | {place} | {code(finding.id)} |"


def _cell(text: str) -> str:
    """Escape a bar, which ends a table cell even within code (https://github.github.com/gfm/#example-200)."""
    return text.replace("|", "\\|")


def _list_fixed(fixed: Sequence[ReportedFinding]) -> Iterator[str]:
    if fixed:
        lines = [f"- ~~{escape_text(finding.title)}~~ {code(finding.place)}" for finding in fixed[:_MAX_FIXED]]
        more = [f"- … and {len(fixed) - _MAX_FIXED} more"] if len(fixed) > _MAX_FIXED else []
        yield "\n".join(["**Fixed**", "", *lines, *more])


def explain_finding(finding: Finding, links: Permalinks) -> str:
    """Return the reply to `/mas security explain`: the reasons for a finding, its fix, and how to accept it."""
    hit = finding.hit
    place = links(code(f"{finding.path}:{hit.line}"), links.head, Location(finding.path, hit.line))
    source = f"Found by {' · '.join(rule_labels(hit, linked=True))}. Confidence: {hit.confidence.name.lower()}."
    parts = [
        f"### {severity_label(hit)}: {escape_text(hit.title)}",
        f"{place}: {describe(finding)}",
        f"**Fix:** {escape_text(hit.advice)}",
        *([f"Suggested code:\n\n{code_block(hit.fix.text)}"] if hit.fix else []),
        f"{source} [About this rule]({hit.link})." if hit.link else source,
        "To accept this finding, do one of the following:",
        f"- Comment `/mas security ignore {finding.id} <why>`.\n"
        f"- Add a comment to the line: `mas: ignore[{hit.rule.partition('/')[2]}] reason`.\n"
        f"- Disable the rule: add {code(hit.rule)} to `security.without` in `.github/mas.yml`.",
    ]
    return "\n\n".join(parts)


def no_such_finding(name: str, review: SecurityReview) -> str:
    """Return the reply where no finding has this id."""
    if not review.findings:
        return f"No finding {code(name)}. This pull request has no findings."
    known = ", ".join(code(finding.id) for finding in review.findings[:20])
    more = f" and {len(review.findings) - 20} more" if len(review.findings) > 20 else ""
    return f"No finding {code(name)}. This pull request has: {known}{more}."
