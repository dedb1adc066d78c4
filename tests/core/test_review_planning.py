"""What becomes of a review on the forge: each finding is told once, and people's word on it stands."""

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
HIT = Hit("bandit/B602", 9, 9, Level.HIGH, Level.HIGH, "A shell runs a command", "It may be anybody's.", "Give a list.")


def finding(path: str = "shop.py", severity: Level = Level.HIGH, occurrence: int = 0) -> Finding:
    return Finding(path, replace(HIT, severity=severity), "added", "subprocess.run(c,shell=True)", occurrence)


def made(
    *findings: Finding, ignored: tuple[IgnoredFinding, ...] = (), runs: tuple[ScannerRun, ...] = ()
) -> DesiredReview:
    return DesiredReview("b" * 40, SecurityReview(findings, ignored, runs, files=1), LINKS)


def planned(reviewed: DesiredReview, *threads: ReviewThread, before: ReportedFindings | None = None) -> Plan:
    return plan_review(reviewed, ReviewState(PULL, threads), before or ReportedFindings())[0]


def told(reviewed: DesiredReview) -> ReportedFindings:
    """What the first summary tells."""
    return plan_review(reviewed, ReviewState(PULL, ()), ReportedFindings())[1]


def thread(of: Finding, *, resolved: bool = False, by: str | None = None) -> ReviewThread:
    return ReviewThread(f"T{of.id}", of.fingerprint, of.hit.rule, resolved, by)


def kinds(plan: Plan) -> list[str]:
    return [action.kind for action in plan.actions]


def test_a_new_finding_gets_a_remark_and_a_place_in_the_summary() -> None:
    plan = planned(made(finding()))

    assert kinds(plan) == ["put-check", "put-review", "answer"]
    (review,) = [action for action in plan.actions if isinstance(action, SubmitReview)]
    assert [(r.path, r.line, r.fingerprint) for r in review.remarks] == [("shop.py", 9, finding().fingerprint)]


def test_where_nothing_is_and_nothing_was_there_is_the_check_alone() -> None:
    assert kinds(planned(made())) == ["put-check"]


def test_what_is_of_low_severity_stands_in_the_check_alone() -> None:
    assert kinds(planned(made(finding(severity=Level.LOW)))) == ["put-check"]


@pytest.mark.parametrize("resolved", [False, True])
def test_a_finding_with_a_thread_is_not_told_again(resolved: bool) -> None:
    said = made(finding())
    plan = planned(said, thread(finding(), resolved=resolved, by="maria" if resolved else None))

    assert "put-review" not in kinds(plan)
    assert "settle-thread" not in kinds(plan)


def test_running_again_does_nothing_but_look() -> None:
    said = made(finding())
    plan = planned(said, thread(finding()), before=told(said))

    assert kinds(plan) == ["put-check"]


def test_a_thread_whose_finding_is_gone_is_resolved_and_the_summary_says_so() -> None:
    before = told(made(finding()))
    plan = planned(made(), thread(finding()), before=before)

    assert ResolveThread(f"T{finding().id}", resolved=True) in plan.actions
    (said,) = [action.body for action in plan.actions if isinstance(action, UpsertReply)]
    assert "**Fixed**\n\n- ~~A shell runs a command~~ `shop.py:9`" in said


def test_a_thread_that_we_resolved_is_open_again_when_its_finding_is_back() -> None:
    plan = planned(made(finding()), thread(finding(), resolved=True))

    assert ResolveThread(f"T{finding().id}", resolved=False) in plan.actions


def test_what_a_scanner_that_failed_does_not_find_is_not_taken_for_fixed() -> None:
    before = told(made(finding()))
    failed = made(runs=(ScannerRun("bandit", "1", 1, 60.0, "it took too long."),))
    plan = planned(failed, thread(finding()), before=before)

    assert "settle-thread" not in kinds(plan)
    assert "**Fixed**" not in "".join(action.body for action in plan.actions if isinstance(action, UpsertReply))


def test_a_word_in_the_code_that_quiets_a_finding_is_told() -> None:
    said = planned(made(ignored=(IgnoredFinding(finding(), IN_CODE, "it is a constant"),)))

    assert "it is a constant (comment in the code)" in "".join(
        a.body for a in said.actions if isinstance(a, UpsertReply)
    )


def test_twenty_remarks_stand_open_at_once() -> None:
    many = [finding(occurrence=n) for n in range(30)]
    (first,) = [a for a in planned(made(*many)).actions if isinstance(a, SubmitReview)]
    assert len(first.remarks) == MAX_OPEN_COMMENTS

    open_now = [thread(f) for f in many[:15]]
    (second,) = [a for a in planned(made(*many), *open_now).actions if isinstance(a, SubmitReview)]
    assert len(second.remarks) == MAX_OPEN_COMMENTS - 15


def test_a_fix_comes_as_a_suggestion_for_just_its_lines() -> None:
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
def test_whatever_a_repository_says_draws_nothing_and_is_no_marker(path: str, title: str, why: str, fix: str) -> None:
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
