"""What a security review says under a pull request: a remark beside each dangerous line, and one summary of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain import Finding, Level, Location, ReportedFinding, ReviewComment, SecurityReview
from bot.domain.review_markers import FindingMarker
from bot.messages.entries import Permalinks
from bot.messages.markdown import code, code_block, escape_text, fit, pluralize
from bot.messages.security import CAUSES, list_ignored, rule_labels, scanner_footer, title_of

SUMMARY_MARKER = "<!-- mas:security summary -->"

_SUMMARY_LIMIT = 60_000
_MAX_FIXED = 50
_COMMANDS = (
    "<sub>`/mas security explain <id>` · `/mas security ignore <id> <why>` · `/mas security review` · `/mas help`</sub>"
)


def review_comment(finding: Finding) -> ReviewComment:
    """What is said beside a finding; a fix of whole lines comes as a suggestion that a click applies.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request
    """
    hit, fix = finding.hit, finding.hit.fix
    parts = [
        f"**{hit.severity.name.capitalize()}: {escape_text(hit.title)}**",
        f"{escape_text(hit.why)}{CAUSES[finding.cause]} {escape_text(hit.advice)}",
        *([_suggestion(fix.text)] if fix else []),
        f"<sub>{' · '.join(rule_labels(hit, linked=True))} · not so? `/mas security ignore {finding.id} <why>`</sub>",
        str(FindingMarker(finding.fingerprint, hit.rule)),
    ]
    line, end = (fix.start_line, fix.end_line) if fix else (hit.line, hit.line)
    return ReviewComment(finding.path, line, end, "\n\n".join(parts), finding.fingerprint)


def _suggestion(text: str) -> str:
    """The lines as they should be; nothing in them ends the block, and no blank at a line's end is lost."""
    fence = code_block(text).partition("\n")[0]
    return f"{fence}suggestion\n{text}\n{fence}"


def review_body(comments: Sequence[ReviewComment]) -> str:
    """The word above the remarks of a review."""
    those = "this line" if len(comments) == 1 else f"these {len(comments)} places"
    return f"Security review: look at {those} before you merge."


def summary(head: str, review: SecurityReview, fixed: Sequence[ReportedFinding], links: Permalinks) -> str:
    """The one comment on a pull request that says where its security stands.

    Args:
        fixed: what was told before and is no longer there.
    """
    foot = [
        *_list_fixed(fixed),
        *list_ignored(review),
        *scanner_footer(review.runs),
        *(f"_{escape_text(note)}_" for note in review.notes),
    ]
    foot += [_COMMANDS, SUMMARY_MARKER]
    room = _SUMMARY_LIMIT - sum(len(part) + 2 for part in foot) - 600
    head_line = f"### Security: {_lower_first(title_of(review.findings))} at {code(head[:9])}"
    return "\n\n".join([head_line, *_table(review.findings, links, room), *foot])


def _lower_first(said: str) -> str:
    return said[:1].lower() + said[1:]


def _table(findings: Sequence[Finding], links: Permalinks, room: int) -> Iterator[str]:
    if not findings:
        yield "What this change adds or alters holds nothing dangerous that I know of."
        return
    rows = fit((_row(finding, links) for finding in findings), room)
    yield "\n".join(["| severity | what | where | id |", "|---|---|---|---|", *rows])
    if len(rows) < len(findings):
        yield f"_{pluralize(len(findings) - len(rows), 'more finding')} left out here; the check has more._"


def _row(finding: Finding, links: Permalinks) -> str:
    hit = finding.hit
    place = links(_cell(code(f"{finding.path}:{hit.line}")), links.head, Location(finding.path, hit.line))
    level = hit.severity.name.lower()
    shown = f"**{level}**" if hit.severity >= Level.HIGH else level
    return f"| {shown} | {escape_text(hit.title)} | {place} | {code(finding.id)} |"


def _cell(text: str) -> str:
    """A bar ends a cell even within code (https://github.github.com/gfm/#example-200)."""
    return text.replace("|", "\\|")


def _list_fixed(fixed: Sequence[ReportedFinding]) -> Iterator[str]:
    if fixed:
        lines = [f"- ~~{escape_text(told.title)}~~ {code(told.place)}" for told in fixed[:_MAX_FIXED]]
        more = [f"- and {len(fixed) - _MAX_FIXED} more"] if len(fixed) > _MAX_FIXED else []
        yield "\n".join(["**Fixed since**", "", *lines, *more])


def explain_finding(finding: Finding, links: Permalinks) -> str:
    """Why a finding is one, in full, and what can be done."""
    hit = finding.hit
    place = links(code(f"{finding.path}:{hit.line}"), links.head, Location(finding.path, hit.line))
    sure = {Level.LOW: "not very", Level.MEDIUM: "fairly"}.get(hit.confidence, "very")
    parts = [
        f"### {hit.severity.name.capitalize()}: {escape_text(hit.title)}",
        f"{place} – {escape_text(hit.why)}{CAUSES[finding.cause]}",
        f"**The way out:** {escape_text(hit.advice)}",
        *([f"Instead:\n\n{code_block(hit.fix.text)}"] if hit.fix else []),
        f"Found by {' · '.join(rule_labels(hit, linked=True))}, which is {sure} sure of it."
        + (f" [What the rule says]({hit.link})." if hit.link else ""),
        f"If it is meant so: `/mas security ignore {finding.id} <why>`, or in a comment on the line "
        f"`mas: ignore[{hit.rule.partition('/')[2]}] reason`; `security.without` in `.github/mas.yml` switches a "
        "rule off.",
    ]
    return "\n\n".join(parts)


def no_such_finding(name: str, review: SecurityReview) -> str:
    """The answer where an id is that of no finding."""
    if not review.findings:
        return f"I find nothing dangerous here now, so there is no {code(name)}."
    known = ", ".join(code(finding.id) for finding in review.findings[:20])
    return f"There is no finding {code(name)} here now. There is: {known}."
