"""The messages of MAS by surface, with sample values."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator

import yaml

from bot.commands import COMMANDS, CommandServices, Reply
from bot.domain import Annotation, Draft, Edit, FactKind, IndexStatus, Level, ReportedFinding, Tenant, UpsertCheckRun
from bot.domain.search import ScoreParts, SearchResult
from bot.errors import UserError
from bot.messages import (
    check,
    comments,
    config,
    facts,
    history,
    markdown,
    outcomes,
    pull_request,
    replies,
    review_comments,
    sarif,
    search_results,
    security,
)
from bot.repoconfig import CONFIG_PATH, RepoConfig
from tests.snapshots.samples import (
    DRAFT,
    EDITS,
    FINDINGS,
    HEAD,
    INVALID,
    LINKS,
    MARKER,
    NO_FINDINGS,
    NOTES,
    OLD,
    ONE_FINDING,
    REMOVED,
    RENAMED,
    REVIEW,
    SMALL,
    problems,
)

Sections = Iterator[tuple[str, str]]
SURFACES: dict[str, Callable[[], Sections]] = {}


def surface(make: Callable[[], Sections]) -> Callable[[], Sections]:
    """Register a function that yields the title and the text of each message of one surface."""
    SURFACES[make.__name__] = make
    return make


def check_text(run: UpsertCheckRun) -> str:
    """A check as a reader sees it."""
    parts = [f"check: {run.name}", f"title: {run.title}", f"conclusion: {run.conclusion}", run.summary]
    parts += [f"details:\n\n{run.text}"] if run.text else []
    parts += [annotation_text(each) for each in run.annotations]
    parts += [f"button: {button.label} ({button.description})" for button in run.buttons]
    return "\n\n".join(parts)


def annotation_text(each: Annotation) -> str:
    """An annotation: its lines, its title and its message, which GitHub shows as plain text."""
    lines = f"{each.start_line}" if each.start_line == each.end_line else f"{each.start_line}-{each.end_line}"
    return f"annotation: {each.level} at {each.path}:{lines}\n{each.title}\n{each.message}"


@surface
def pull_request_() -> Sections:
    yield "title, several changes", pull_request.title(EDITS)
    yield "title, one change", pull_request.title(EDITS[:2])
    huge = dataclasses.replace(EDITS[0], fact=dataclasses.replace(RENAMED, new="x" * 300))
    yield "title, one change that does not fit", pull_request.title([huge])
    yield "body", pull_request.body(DRAFT, EDITS, LINKS, MARKER, "main")
    yield "body, one edit", pull_request.body(SMALL, SMALL.edits, LINKS, MARKER, "main")
    yield "body, no longer needed", pull_request.withdrawal_body(HEAD, "d" * 64, rejected=False)
    yield "body, declined", pull_request.withdrawal_body(HEAD, "d" * 64, rejected=True)
    yield "commit message", pull_request.commit_message(EDITS, "d" * 64)
    yield "commit message, one change", pull_request.commit_message(EDITS[:2], "d" * 64)
    yield "follow-up body", comments.follow_up_body(7)


@surface
def unprompted_comments() -> Sections:
    yield "no longer needed", comments.WITHDRAWN
    yield "declined", comments.DECLINED
    yield "someone pushed to the branch", comments.FOREIGN_COMMITS_COMMENT
    yield "the default branch was renamed", comments.BRANCH_RENAMED


@surface
def docs_check() -> Sections:
    def docs(draft: Draft, edits: tuple[Edit, ...], *, blocking: bool = False, writable: bool = True) -> str:
        run = check.docs_check(7, HEAD, draft, edits, LINKS, blocking=blocking, writable=writable)
        return check_text(run)

    yield "edits and places to review", docs(DRAFT, EDITS)
    yield "one edit, blocking", docs(SMALL, SMALL.edits, blocking=True)
    yield "one edit, from a fork", docs(SMALL, SMALL.edits, writable=False)
    gone = dataclasses.replace(EDITS[0], fact=REMOVED, reason="`fetch_all` was removed.", rule="gone")
    yield "removed code", docs(dataclasses.replace(DRAFT, edits=(gone,), notices=(), notes=()), (gone,))
    yield "places to review alone", docs(dataclasses.replace(DRAFT, edits=(), notes=()), ())
    yield "no docs affected", docs(Draft(notes=NOTES), ())
    yield "all edits declined", docs(SMALL, ())
    yield "two edits declined", docs(dataclasses.replace(DRAFT, edits=EDITS[1:3], notices=(), notes=()), ())
    yield "skipped by a label", check_text(check.docs_check_skipped(7, HEAD, check.SKIP_LABEL))
    yield "skipped by a trailer", check_text(check.docs_check_skipped(7, HEAD, check.SKIP_TRAILER))
    yield "merge group", check_text(check.docs_check_passed(HEAD, check.CHECKED_BEFORE))


@surface
def code_changes() -> Sections:
    for kind in FactKind:
        fact = dataclasses.replace(RENAMED, kind=kind, parameter="limit", what="option" if "interface" in kind else "")
        yield kind.value, facts.describe_fact(fact)


@surface
def security_check() -> Sections:
    yield "findings", check_text(security.security_check(7, HEAD, REVIEW, LINKS, Level.HIGH))
    yield "one finding", check_text(security.security_check(7, HEAD, ONE_FINDING, LINKS, None))
    yield "no findings", check_text(security.security_check(7, HEAD, NO_FINDINGS, LINKS, None))
    yield "merge group", check_text(security.security_check_passed(HEAD, security.REVIEWED_BEFORE))


@surface
def security_comments() -> Sections:
    for finding in FINDINGS:
        yield f"review comment, {finding.path}", review_comments.review_comment(finding).body
    many = tuple(map(review_comments.review_comment, FINDINGS))
    yield "review", review_comments.review_body(many)
    yield "review, one comment", review_comments.review_body(many[:1])
    fixed = ReportedFinding("1:" + "0" * 20, "bandit/B307", "Text is evaluated as code", "fetchkit/parse.py:4")
    yield "summary", review_comments.summary(HEAD, REVIEW, (fixed,), LINKS)
    yield "summary, one finding", review_comments.summary(HEAD, ONE_FINDING, (), LINKS)
    yield "summary, all fixed", review_comments.summary(HEAD, NO_FINDINGS, (fixed,), LINKS)


@surface
def config_file() -> Sections:
    found = problems(INVALID)
    yield "check, valid", check_text(config.config_check(7, HEAD, ()))
    yield "check, invalid", check_text(config.config_check(7, HEAD, found))
    yield "check, one problem", check_text(config.config_check(7, HEAD, problems("docs: {inclde: [docs]}")))
    yield "check, not YAML", check_text(config.config_check(7, HEAD, problems("docs: [a\nbranches: {")))
    yield "annotation", "\n\n".join(map(annotation_text, config.problem_annotations(found[:1])))
    web = "https://github.com/octo/fetchkit"
    yield "issue title", config.ISSUE_TITLE
    yield "issue", config.issue_body(found, web=web, branch="main", commit=HEAD, last_valid=OLD)
    yield "issue, no valid version", config.issue_body(found[:1], web=web, branch="main", commit=HEAD, last_valid=None)
    yield "issue resolved", config.ISSUE_RESOLVED
    text = yaml.safe_dump(RepoConfig().model_dump(mode="json"), sort_keys=False)
    yield "/mas config", config.config_reply(text, [CONFIG_PATH], ())
    yield "/mas config, no file", config.config_reply("docs:\n  enabled: true\n", [], ())
    files = ["octo/.github/.github/mas.yml", CONFIG_PATH]
    yield "/mas config, problems", config.config_reply("docs:\n  enabled: true\n", files, [str(found[0])])


async def _text(_question: str = "") -> str:
    return ""


SERVICES = CommandServices(_text, _text, _text, _text)


def run_command(name: str, argument: str) -> str:
    """The reply of a command's own handler, or its refusal of the argument."""
    (command,) = [command for command in COMMANDS if command.name == name]
    try:
        reply = asyncio.run(command.handle(argument, SERVICES))  # type: ignore[arg-type]
    except UserError as error:
        return str(error)
    assert isinstance(reply, Reply)
    return reply.text


@surface
def help_() -> Sections:
    yield "/mas help", run_command("help", "")


@surface
def refusals() -> Sections:
    yield "unknown command", comments.unknown_command("docs chekc", "docs check")
    yield "unknown command, nothing similar", comments.unknown_command("xyzzy", None)
    yield "no access", comments.not_allowed("stranger", "/mas docs rebase", "write", allows_author=False)
    yield "no access, author allowed", comments.not_allowed("stranger", "/mas docs skip", "write", allows_author=True)
    yield "no access, not a login", comments.not_allowed("a bot[bot]", "/mas docs apply", "write", allows_author=False)
    yield "on an issue", comments.not_available_here("/mas docs apply", replies.PULL_REQUESTS)
    yield (
        "not on a documentation pull request",
        comments.not_available_here("/mas docs rebase", replies.DOCS_PULL_REQUESTS),
    )
    yield "on a documentation pull request", comments.not_on_docs_pull_request("/mas security review")
    yield "/mas docs apply on a documentation pull request", replies.ALREADY_APPLIED
    yield "rate limit", comments.rate_limit_exceeded(10)
    yield "comment changed", comments.COMMENT_CHANGED
    yield "internal error", comments.internal_error("000000000042-0-72d3162e")
    yield "GitHub rejected", replies.github_rejection("Resource not accessible by integration")
    yield "closed pull request", replies.not_open(7)
    yield "base changed", replies.not_for_base(7, "main")
    yield "nothing done", replies.did_nothing(outcomes.SECURITY_DISABLED)
    yield "/mas ask", run_command("ask", "")
    yield "/mas docs explain", run_command("docs explain", "x")
    yield "/mas security explain", run_command("security explain", "x")
    yield "/mas security ignore", run_command("security ignore", "x")
    yield "/mas security ignore 3f9a1c2", run_command("security ignore", "3f9a1c2")
    yield "/mas security ignore, not a date", run_command("security ignore", "3f9a1c2 only in tests until 2027-02-30")


@surface
def docs_commands() -> Sections:
    yield "check", replies.check_updated(HEAD, "1 suggested edit, 1 place to review")
    yield "check, no docs affected", replies.check_updated(HEAD, "No docs affected")
    for outcome in (outcomes.UP_TO_DATE, outcomes.edits_proposed(3, 2), outcomes.NO_DOCS_AFFECTED):
        yield f"check on a documentation pull request, {outcome}", replies.branch_updated(outcome)
    for outcome in (outcomes.DECLINED_BEFORE, outcomes.NO_LONGER_NEEDED, outcomes.FOREIGN_COMMITS):
        yield f"check on a documentation pull request, {outcome}", replies.branch_updated(outcome)
    yield "apply", replies.edits_committed(1, 1, "https://github.com/octo/fetchkit/commit/" + HEAD)
    yield "apply, several", replies.edits_committed(3, 2, "https://github.com/octo/fetchkit/commit/" + HEAD)
    yield "apply, nothing", replies.NOTHING_TO_APPLY
    yield "apply, fork", replies.BRANCH_IN_FORK
    yield "apply, branch moved", replies.BRANCH_MOVED
    yield "apply, protected branch", replies.pull_request_instead("topic")
    yield "rebase", replies.branch_rebuilt("main", OLD)
    yield "rebase, branch changed", comments.BRANCH_CHANGED
    for number in (0, 1, 3):
        yield f"skip, {number}", comments.edits_rejected(number)
    yield "explain", comments.explain_edit(1, DRAFT, EDITS[:2], LINKS)
    for total in (0, 1, 6):
        yield f"explain, {total} edits", comments.no_such_edit(99, total)
    yield "hidden marker of a reply", comments.reply_marker(42)


@surface
def security_commands() -> Sections:
    yield "review", replies.check_updated(HEAD, security.title_of(FINDINGS))
    yield "explain", review_comments.explain_finding(FINDINGS[1], LINKS)
    yield "explain, no link", review_comments.explain_finding(FINDINGS[2], LINKS)
    yield "explain, no such finding", review_comments.no_such_finding("fffffff", REVIEW)
    yield "explain, no findings", review_comments.no_such_finding("fffffff", NO_FINDINGS)
    yield "ignore", replies.finding_ignored("3f9a1c2", None)
    yield "ignore, for a time", replies.finding_ignored("3f9a1c2", "2099-01-31")


@surface
def search_commands() -> Sections:
    parts = ScoreParts(1, 1, 1, 1)
    doc = SearchResult(
        "docs/cache.md", 3, 5, "doc", ("Cache", "Clearing"), "## Clearing\n\nCall `clear()`.\n", 3, 1, parts
    )
    source = SearchResult("fetchkit/cache.py", 9, 10, "code", (), "def clear():\n    _pages.clear()\n", 9, 1, parts)
    yield "ask", search_results.format_passages([doc, source], LINKS)
    yield "ask, nothing found", search_results.NOT_FOUND
    yield "ask, not indexed", search_results.NOT_INDEXED
    yield "ask, disabled", replies.INDEX_DISABLED
    yield "reindex", replies.index_queued("main")


@surface
def status() -> Sections:
    at = 1_788_000_000.0

    def index(branch: str, commit: str, done: int, files: int) -> IndexStatus:
        return IndexStatus(Tenant(1, 2), "octo/fetchkit", branch, commit, "minilm", at, done, files)

    indexes = [index("main", HEAD, 1_250, 1_250), index("1.x", HEAD, 40, 1_250), index("2.x", "", 7, 90)]
    indexes += [index("3.x", "", 0, 0), index("one", HEAD, 1, 1)]
    yield "search index", "\n\n".join(history.index_lines(indexes))
    results = [
        ("issue_comment", at, None, None),
        ("push", at, "done", outcomes.edits_proposed(3, 2)),
        ("pull_request", at, "done", "1 suggested edit, 1 place to review"),
        ("pull_request", at, "failed", "GitHub answered 502"),
    ]
    yield "activity", history.history(results)
    yield "no activity", history.history([])


@surface
def job_results() -> Sections:
    constants = {name: value for name, value in vars(outcomes).items() if name.isupper()}
    yield from constants.items()
    yield "no_such_branch", outcomes.no_such_branch("topic")
    yield "base_moved", outcomes.base_moved("main", HEAD)
    yield "branch_deleted", outcomes.branch_deleted("topic")
    yield "branches_queued", "\n".join(map(outcomes.branches_queued, (1, 12)))
    yield "command_handled", outcomes.command_handled("docs apply", "maria", ok=True)
    yield "command_handled, not done", outcomes.command_handled(outcomes.UNKNOWN_COMMAND, "maria", ok=False)
    yield "decision", "\n".join(outcomes.decision(7, merged=merged) for merged in (True, False))
    yield "default_branch_changed", outcomes.default_branch_changed("master", "main")
    yield "edits_proposed", "\n".join(outcomes.edits_proposed(*each) for each in ((1, 1), (3, 2)))
    yield "foreign_branch", outcomes.foreign_branch("mas/docs/main")
    yield "index_complete", outcomes.index_complete("main", HEAD)
    yield "index_partial", outcomes.index_partial("main")
    yield "index_superseded", outcomes.index_superseded("main")
    yield "index_too_large", outcomes.index_too_large("main")
    yield "restart_limit", outcomes.restart_limit("main", 5)
    yield "new_commits", outcomes.new_commits(7)
    yield "no_marker", outcomes.no_marker(7)
    yield "not_indexed", outcomes.not_indexed("topic")
    yield "not_reviewed", "\n".join(outcomes.not_reviewed(7, is_own=own) for own in (True, False))
    yield "not_watched", outcomes.not_watched("topic")
    yield "rate_limited", outcomes.rate_limited("maria")
    yield "reopening", outcomes.reopening(7, "maria")
    yield "repositories_deleted", "\n".join(map(outcomes.repositories_deleted, (1, 3)))
    yield "base_change", outcomes.base_change(7, "develop")


@surface
def code_scanning() -> Sections:
    yield "SARIF", markdown.code_block(sarif.to_sarif(dataclasses.replace(REVIEW, findings=FINDINGS[:2])), "json")


def render(name: str) -> str:
    """The messages of a surface, each under a comment with its title."""
    sections = (f"<!-- {title} -->\n\n{text.rstrip()}\n" for title, text in SURFACES[name]())
    return "\n---\n\n".join(sections)
