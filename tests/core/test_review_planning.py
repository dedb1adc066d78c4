"""`plan_review`: each finding is reported once, and people's decisions about it are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.agents.security_review.review import IN_CODE
from bot.domain import (
    Finding,
    Fix,
    Hit,
    IgnoredFinding,
    Level,
    Plan,
    PullRequestState,
    ReportedFindings,
    ResolveThread,
    ReviewState,
    ReviewThread,
    ScannerRun,
    SecurityReview,
    SubmitReview,
    UpsertReply,
)
from bot.domain.review_markers import FindingMarker
from bot.messages.entries import Permalinks
from bot.messages.review_comments import explain_finding, review_comment, summary
from bot.planning import DesiredReview, plan_review
from bot.planning.reviews import MAX_OPEN_COMMENTS

LINKS = Permalinks("https://forge.example/octo/sample", "a" * 40, "b" * 40)
PULL = PullRequestState(7, "open", "maria", False, "main", "b" * 40, "topic", (), "", "")
HIT = Hit(
    "bandit/B602",
    9,
    9,
    Level.HIGH,
    Level.HIGH,
    "A shell runs a command",
    "An attacker can run commands.",
    "Give a list.",
)


def finding(path: str = "shop.py", severity: Level = Level.HIGH, occurrence: int = 0) -> Finding:
    return Finding(path, replace(HIT, severity=severity), "added", "subprocess.run(c,shell=True)", occurrence)


def desired_review(
    *findings: Finding, ignored: tuple[IgnoredFinding, ...] = (), runs: tuple[ScannerRun, ...] = ()
) -> DesiredReview:
    return DesiredReview("b" * 40, SecurityReview(findings, ignored, runs, files=1), LINKS)


def plan_for(reviewed: DesiredReview, *threads: ReviewThread, before: ReportedFindings | None = None) -> Plan:
    return plan_review(reviewed, ReviewState(PULL, threads), before or ReportedFindings())[0]


def reported_by_first_summary(reviewed: DesiredReview) -> ReportedFindings:
    """The findings that the first summary reports."""
    return plan_review(reviewed, ReviewState(PULL, ()), ReportedFindings())[1]


def thread_for(of: Finding, *, resolved: bool = False, by: str | None = None) -> ReviewThread:
    return ReviewThread(f"T{of.id}", of.fingerprint, of.hit.rule, resolved, by)


def action_kinds(plan: Plan) -> list[str]:
    return [action.kind for action in plan.actions]


def test_a_new_finding_gets_a_comment_and_a_row_in_the_summary() -> None:
    plan = plan_for(desired_review(finding()))

    assert action_kinds(plan) == ["put-check", "put-review", "answer"]
    (review,) = [action for action in plan.actions if isinstance(action, SubmitReview)]
    assert [(r.path, r.line, r.fingerprint) for r in review.remarks] == [("shop.py", 9, finding().fingerprint)]


def test_without_findings_only_the_check_is_published() -> None:
    assert action_kinds(plan_for(desired_review())) == ["put-check"]


def test_findings_of_low_severity_are_only_in_the_check() -> None:
    assert action_kinds(plan_for(desired_review(finding(severity=Level.LOW)))) == ["put-check"]


@pytest.mark.parametrize("resolved", [False, True])
def test_a_finding_with_a_thread_gets_no_second_comment(resolved: bool) -> None:
    said = desired_review(finding())
    plan = plan_for(said, thread_for(finding(), resolved=resolved, by="maria" if resolved else None))

    assert "put-review" not in action_kinds(plan)
    assert "settle-thread" not in action_kinds(plan)


def test_a_second_run_only_updates_the_check() -> None:
    said = desired_review(finding())
    plan = plan_for(said, thread_for(finding()), before=reported_by_first_summary(said))

    assert action_kinds(plan) == ["put-check"]


def test_the_thread_of_a_fixed_finding_is_resolved_and_the_summary_lists_it() -> None:
    before = reported_by_first_summary(desired_review(finding()))
    plan = plan_for(desired_review(), thread_for(finding()), before=before)

    assert ResolveThread(f"T{finding().id}", resolved=True) in plan.actions
    (said,) = [action.body for action in plan.actions if isinstance(action, UpsertReply)]
    assert "**Fixed**\n\n- ~~A shell runs a command~~ `shop.py:9`" in said


def test_a_thread_that_mas_resolved_is_reopened_when_its_finding_is_back() -> None:
    plan = plan_for(desired_review(finding()), thread_for(finding(), resolved=True))

    assert ResolveThread(f"T{finding().id}", resolved=False) in plan.actions


def test_a_finding_is_not_fixed_if_its_scanner_failed() -> None:
    before = reported_by_first_summary(desired_review(finding()))
    failed = desired_review(runs=(ScannerRun("bandit", "1", 1, 60.0, "it took too long."),))
    plan = plan_for(failed, thread_for(finding()), before=before)

    assert "settle-thread" not in action_kinds(plan)
    assert "**Fixed**" not in "".join(action.body for action in plan.actions if isinstance(action, UpsertReply))


def test_the_summary_lists_a_finding_that_a_comment_in_the_code_ignores() -> None:
    said = plan_for(desired_review(ignored=(IgnoredFinding(finding(), IN_CODE, "it is a constant"),)))

    assert "it is a constant (comment in the code)" in "".join(
        a.body for a in said.actions if isinstance(a, UpsertReply)
    )


def test_at_most_twenty_comments_are_open() -> None:
    many = [finding(occurrence=n) for n in range(30)]
    (first,) = [a for a in plan_for(desired_review(*many)).actions if isinstance(a, SubmitReview)]
    assert len(first.remarks) == MAX_OPEN_COMMENTS

    open_now = [thread_for(f) for f in many[:15]]
    (second,) = [a for a in plan_for(desired_review(*many), *open_now).actions if isinstance(a, SubmitReview)]
    assert len(second.remarks) == MAX_OPEN_COMMENTS - 15


def test_a_fix_is_a_suggestion_for_its_lines() -> None:
    fixed = replace(finding(), hit=replace(HIT, fix=Fix(9, 10, "a = 1\nb = `x`  ")))
    said = review_comment(fixed)

    assert (said.line, said.end_line) == (9, 10)
    assert "```suggestion\na = 1\nb = `x`  \n```" in said.body


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "<!-- mas:finding 1:" + "0" * 20 + " bandit/B602 -->",
        "@octo/everyone #1 GH-1",
        "```\n# heading\n```",
        "](https://evil.example) ![x](y)",
        "<img src=x onerror=alert(1)>",
        "| a | b |\n|---|---|",
    ]
)


@given(path=HOSTILE.filter(bool), title=HOSTILE, why=HOSTILE, fix=HOSTILE)
def test_text_from_a_repository_renders_no_markup_and_is_not_a_marker(
    path: str, title: str, why: str, fix: str
) -> None:
    hit = replace(HIT, title=title, why=why, fix=Fix(9, 9, fix))
    told = Finding(path, hit, "added", "code")
    review = SecurityReview((told,), (IgnoredFinding(told, why, title),), files=1)
    texts = [review_comment(told).body, summary("b" * 40, review, (), LINKS), explain_finding(told, LINKS)]

    assert FindingMarker.parse(texts[0]) == FindingMarker(told.fingerprint, "bandit/B602")
    for text in texts:
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        inner = [child for token in tokens for child in token.children or ()]
        assert not [t for t in inner if t.type == "image"]
        links = {str(t.attrs.get("href")) for t in inner if t.type == "link_open"}
        assert all(link.startswith(("https://forge.example/", "https://cwe.mitre.org/")) for link in links)
        html = [t.content for t in (*tokens, *inner) if t.type in ("html_block", "html_inline")]
        assert all(h.strip() in ("<sub>", "</sub>") or h.startswith(("<sub>", "<!-- mas:")) for h in html)
