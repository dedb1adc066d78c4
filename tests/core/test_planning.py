"""plan(wanted, standing, memory): what is done, and what is left alone."""

from __future__ import annotations

import dataclasses

from bot.domain import (
    AddComment,
    ClosePullRequest,
    DeleteBranch,
    DocsBranch,
    DocsPullRequest,
    DocsState,
    DocsTarget,
    Draft,
    Edit,
    Fact,
    FactKind,
    Location,
    Memory,
    Notice,
    OpenPullRequest,
    PublishBranch,
    Section,
    UpdatePullRequest,
)
from bot.domain.markers import DocsMarker
from bot.planning import DesiredDocs, plan_docs

BASE, HEAD, OTHER = "b" * 40, "a" * 40, "c" * 40
TEXT = "# Use\n\nCall `fetch_all`.\n"
SECTION = Section("README.md", ("Use",), 1, 3)
FACT = Fact(
    FactKind.RENAMED, "function", "app.fetch_all", "app.fetch_many", "fetch_all", "fetch_many",
    Location("app.py", 3), Location("app.py", 4), 0.97,
)  # fmt: skip
EDIT = Edit(
    "README.md", 13, 22, "fetch_all", "fetch_many", 3, SECTION, FACT, "rename", "`fetch_all` is now `fetch_many`.", 0.95
)
DRAFT = Draft(facts=(FACT,), edits=(EDIT,), documents={"README.md": TEXT})
WANTED = DesiredDocs(DocsTarget("main"), BASE, HEAD, "https://forge.example/octo/sample", DRAFT)
NOTHING = dataclasses.replace(WANTED, draft=Draft())
CLEAN = DocsState(base_oid=HEAD, branch=None)


def published(draft: Draft = DRAFT) -> DocsState:
    """What stands after the plan for a draft was done."""
    branch, pull = plan_docs(dataclasses.replace(WANTED, draft=draft), CLEAN, Memory()).actions
    assert isinstance(branch, PublishBranch)
    assert isinstance(pull, OpenPullRequest)
    return DocsState(
        HEAD,
        DocsBranch(branch.branch, OTHER, ours=True, digest=branch.digest),
        (DocsPullRequest(7, "open", pull.title, pull.body, OTHER, "https://forge.example/7"),),
    )


def state(standing: DocsState, value: str) -> DocsState:
    pull = dataclasses.replace(standing.pull_requests[0], state=value)
    return dataclasses.replace(standing, pull_requests=(pull,))


def test_a_stale_document_gets_a_branch_and_a_pull_request() -> None:
    branch, pull = plan_docs(WANTED, CLEAN, Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert (branch.branch, branch.onto, branch.expected) == ("mas/docs/main", HEAD, None)
    assert branch.files == {"README.md": TEXT.replace("fetch_all", "fetch_many")}
    assert branch.message.endswith(f"MAS-Plan: {branch.digest}\n")
    assert isinstance(pull, OpenPullRequest)
    assert pull.title == "docs: `fetch_all` is now `fetch_many`"


def test_what_stands_already_is_left_alone() -> None:
    decided = plan_docs(WANTED, published(), Memory())

    assert decided.actions == ()
    assert not decided.settles


def test_an_unrelated_push_does_not_touch_what_stands() -> None:
    later = dataclasses.replace(WANTED, head=OTHER)
    standing = dataclasses.replace(published(), base_oid=OTHER)

    assert plan_docs(later, standing, Memory()).actions == ()


def test_a_later_push_updates_branch_and_body_in_place() -> None:
    more = dataclasses.replace(EDIT, old="Call", new="Use", start=7, end=11, reason="Said otherwise.")
    draft = dataclasses.replace(DRAFT, edits=(more, EDIT))

    branch, pull = plan_docs(dataclasses.replace(WANTED, draft=draft), published(), Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert branch.expected == OTHER
    assert branch.files["README.md"] == "# Use\n\nUse `fetch_many`.\n"
    assert isinstance(pull, UpdatePullRequest)
    assert pull.number == 7


def test_a_new_notice_alone_updates_the_body_only() -> None:
    notice = Notice("README.md", 3, SECTION, FACT, "`fetch_all` may mean something else here.", 0.4)

    (action,) = plan_docs(
        dataclasses.replace(WANTED, draft=dataclasses.replace(DRAFT, notices=(notice,))), published(), Memory()
    ).actions

    assert isinstance(action, UpdatePullRequest)
    assert "may mean something else" in action.body


def test_nothing_stale_settles_the_branch_without_a_word() -> None:
    decided = plan_docs(NOTHING, CLEAN, Memory())

    assert decided.actions == ()
    assert decided.settles


def test_when_the_cause_goes_away_the_pull_request_closes_with_a_word_of_why() -> None:
    update, comment, close, delete = plan_docs(NOTHING, published(), Memory()).actions

    assert isinstance(update, UpdatePullRequest)
    assert DocsMarker.parse(update.body) == DocsMarker(HEAD, DocsMarker.parse(update.body).digest, frozenset(), HEAD)  # type: ignore[union-attr]
    assert isinstance(comment, AddComment)
    assert "no longer needed" in comment.body
    assert close == ClosePullRequest(7)
    assert delete == DeleteBranch("mas/docs/main", OTHER)


def test_the_pull_request_that_was_withdrawn_turns_nothing_down() -> None:
    update, *_ = plan_docs(NOTHING, published(), Memory()).actions
    assert isinstance(update, UpdatePullRequest)
    standing = state(published(), "closed")
    withdrawn = dataclasses.replace(standing.pull_requests[0], body=update.body)

    decided = plan_docs(WANTED, DocsState(HEAD, None, (withdrawn,)), Memory())

    assert len(decided.actions) == 2


def test_edits_of_a_closed_pull_request_are_not_proposed_again() -> None:
    decided = plan_docs(WANTED, state(published(), "closed"), Memory())

    assert decided.actions == ()
    assert decided.reason == "the edits were declined earlier"


def test_edits_turned_down_are_remembered_when_the_pull_request_is_out_of_sight() -> None:
    decided = plan_docs(WANTED, CLEAN, Memory(rejected=frozenset({EDIT.fingerprint})))

    assert decided.actions == ()


def test_edits_of_a_merged_pull_request_may_come_again() -> None:
    standing = dataclasses.replace(state(published(), "merged"), branch=None)

    assert len(plan_docs(WANTED, standing, Memory()).actions) == 2


def test_a_persons_commits_are_never_overwritten() -> None:
    standing = published()
    assert standing.branch
    taken = dataclasses.replace(standing, branch=dataclasses.replace(standing.branch, ours=False, digest=None))

    for wanted in (WANTED, NOTHING):
        (action,) = plan_docs(wanted, taken, Memory()).actions
        assert isinstance(action, AddComment)
        assert action.number == 7
        assert OTHER in action.marker


def test_a_branch_of_our_name_that_is_not_ours_is_left_and_said() -> None:
    taken = DocsState(HEAD, DocsBranch("mas/docs/main", OTHER, ours=False, digest=None))

    decided = plan_docs(WANTED, taken, Memory())

    assert decided.actions == ()
    assert "commits by others" in decided.reason


def test_a_moved_base_is_looked_at_again() -> None:
    decided = plan_docs(WANTED, dataclasses.replace(CLEAN, base_oid=OTHER), Memory())

    assert decided.moved
    assert decided.actions == ()


def test_a_deleted_base_ends_it() -> None:
    decided = plan_docs(WANTED, DocsState(None, None), Memory())

    assert decided.actions == ()
    assert not decided.moved


def test_an_old_branch_without_a_pull_request_is_built_anew() -> None:
    standing = dataclasses.replace(state(published(), "merged"))

    branch, pull = plan_docs(WANTED, standing, Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert (branch.onto, branch.expected) == (HEAD, OTHER)
    assert isinstance(pull, OpenPullRequest)


def test_docs_beside_workflows_are_noticed_and_not_edited() -> None:
    path = ".github/workflows/README.md"
    edit = dataclasses.replace(EDIT, path=path, section=dataclasses.replace(SECTION, path=path))
    draft = dataclasses.replace(DRAFT, edits=(EDIT, edit), documents={"README.md": TEXT, path: TEXT})

    branch, pull = plan_docs(dataclasses.replace(WANTED, draft=draft), CLEAN, Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert list(branch.files) == ["README.md"]
    assert isinstance(pull, OpenPullRequest)
    assert f"{path}:3" in pull.body


def test_a_pull_request_of_thousands_of_edits_fits_in_what_github_takes() -> None:
    edits = [dataclasses.replace(EDIT, old=str(n), path=f"{n}.md") for n in range(3_000)]
    documents = {edit.path: TEXT for edit in edits}
    notices = tuple(Notice("ü" * 1_300 + str(n), 1, SECTION, FACT, "Why.", 0.5) for n in range(30))
    draft = Draft(edits=tuple(edits), notices=notices, documents=documents, notes=("x" * 4_096,) * 9)

    _, pull = plan_docs(dataclasses.replace(WANTED, draft=draft), CLEAN, Memory()).actions

    assert isinstance(pull, OpenPullRequest)
    assert len(pull.body) <= 60_000
    assert DocsMarker.parse(pull.body)
