"""`plan_docs`: the actions for a desired state, an observed state and the stored state."""

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
DESIRED = DesiredDocs(DocsTarget("main"), BASE, HEAD, "https://forge.example/octo/sample", DRAFT)
NO_EDITS = dataclasses.replace(DESIRED, draft=Draft())
NO_BRANCH = DocsState(base_oid=HEAD, branch=None)


def state_after_publishing(draft: Draft = DRAFT) -> DocsState:
    """The observed state after the plan for a draft was applied."""
    branch, pull = plan_docs(dataclasses.replace(DESIRED, draft=draft), NO_BRANCH, Memory()).actions
    assert isinstance(branch, PublishBranch)
    assert isinstance(pull, OpenPullRequest)
    return DocsState(
        HEAD,
        DocsBranch(branch.branch, OTHER, ours=True, digest=branch.digest),
        (DocsPullRequest(7, "open", pull.title, pull.body, OTHER, "https://forge.example/7"),),
    )


def with_pull_request_state(state: DocsState, value: str) -> DocsState:
    pull = dataclasses.replace(state.pull_requests[0], state=value)
    return dataclasses.replace(state, pull_requests=(pull,))


def test_a_stale_document_gets_a_branch_and_a_pull_request() -> None:
    branch, pull = plan_docs(DESIRED, NO_BRANCH, Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert (branch.branch, branch.onto, branch.expected) == ("mas/docs/main", HEAD, None)
    assert branch.files == {"README.md": TEXT.replace("fetch_all", "fetch_many")}
    assert branch.message.endswith(f"MAS-Plan: {branch.digest}\n")
    assert isinstance(pull, OpenPullRequest)
    assert pull.title == "docs: `fetch_all` is now `fetch_many`"


def test_nothing_is_done_if_the_state_is_the_desired_one() -> None:
    plan = plan_docs(DESIRED, state_after_publishing(), Memory())

    assert plan.actions == ()
    assert not plan.settles


def test_an_unrelated_push_changes_nothing() -> None:
    later = dataclasses.replace(DESIRED, head=OTHER)
    state = dataclasses.replace(state_after_publishing(), base_oid=OTHER)

    assert plan_docs(later, state, Memory()).actions == ()


def test_a_later_push_updates_branch_and_body_in_place() -> None:
    more = dataclasses.replace(EDIT, old="Call", new="Use", start=7, end=11, reason="Reworded.")
    draft = dataclasses.replace(DRAFT, edits=(more, EDIT))

    branch, pull = plan_docs(dataclasses.replace(DESIRED, draft=draft), state_after_publishing(), Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert branch.expected == OTHER
    assert branch.files["README.md"] == "# Use\n\nUse `fetch_many`.\n"
    assert isinstance(pull, UpdatePullRequest)
    assert pull.number == 7


def test_a_new_notice_alone_updates_the_body_only() -> None:
    notice = Notice("README.md", 3, SECTION, FACT, "`fetch_all` may mean something else here.", 0.4)

    (action,) = plan_docs(
        dataclasses.replace(DESIRED, draft=dataclasses.replace(DRAFT, notices=(notice,))),
        state_after_publishing(),
        Memory(),
    ).actions

    assert isinstance(action, UpdatePullRequest)
    assert "may mean something else" in action.body


def test_a_branch_without_stale_docs_is_settled_without_actions() -> None:
    plan = plan_docs(NO_EDITS, NO_BRANCH, Memory())

    assert plan.actions == ()
    assert plan.settles


def test_the_pull_request_closes_with_a_comment_when_its_cause_disappears() -> None:
    update, comment, close, delete = plan_docs(NO_EDITS, state_after_publishing(), Memory()).actions

    assert isinstance(update, UpdatePullRequest)
    assert DocsMarker.parse(update.body) == DocsMarker(HEAD, DocsMarker.parse(update.body).digest, frozenset(), HEAD)  # type: ignore[union-attr]
    assert isinstance(comment, AddComment)
    assert "no longer needed" in comment.body
    assert close == ClosePullRequest(7)
    assert delete == DeleteBranch("mas/docs/main", OTHER)


def test_a_withdrawn_pull_request_declines_no_edits() -> None:
    update, *_ = plan_docs(NO_EDITS, state_after_publishing(), Memory()).actions
    assert isinstance(update, UpdatePullRequest)
    state = with_pull_request_state(state_after_publishing(), "closed")
    withdrawn = dataclasses.replace(state.pull_requests[0], body=update.body)

    plan = plan_docs(DESIRED, DocsState(HEAD, None, (withdrawn,)), Memory())

    assert len(plan.actions) == 2


def test_edits_of_a_closed_pull_request_are_not_proposed_again() -> None:
    plan = plan_docs(DESIRED, with_pull_request_state(state_after_publishing(), "closed"), Memory())

    assert plan.actions == ()
    assert plan.reason == "the edits were declined earlier"


def test_declined_edits_are_remembered_without_their_pull_request() -> None:
    plan = plan_docs(DESIRED, NO_BRANCH, Memory(rejected=frozenset({EDIT.fingerprint})))

    assert plan.actions == ()


def test_edits_of_a_merged_pull_request_can_be_proposed_again() -> None:
    state = dataclasses.replace(with_pull_request_state(state_after_publishing(), "merged"), branch=None)

    assert len(plan_docs(DESIRED, state, Memory()).actions) == 2


def test_a_persons_commits_are_never_overwritten() -> None:
    state = state_after_publishing()
    assert state.branch
    foreign = dataclasses.replace(state, branch=dataclasses.replace(state.branch, ours=False, digest=None))

    for desired in (DESIRED, NO_EDITS):
        (action,) = plan_docs(desired, foreign, Memory()).actions
        assert isinstance(action, AddComment)
        assert action.number == 7
        assert OTHER in action.marker


def test_a_branch_with_our_name_and_commits_by_others_is_left_alone() -> None:
    foreign = DocsState(HEAD, DocsBranch("mas/docs/main", OTHER, ours=False, digest=None))

    plan = plan_docs(DESIRED, foreign, Memory())

    assert plan.actions == ()
    assert "commits by others" in plan.reason


def test_a_moved_base_is_observed_again() -> None:
    plan = plan_docs(DESIRED, dataclasses.replace(NO_BRANCH, base_oid=OTHER), Memory())

    assert plan.moved
    assert plan.actions == ()


def test_nothing_is_done_for_a_deleted_base() -> None:
    plan = plan_docs(DESIRED, DocsState(None, None), Memory())

    assert plan.actions == ()
    assert not plan.moved


def test_an_old_branch_without_a_pull_request_is_rebuilt() -> None:
    state = dataclasses.replace(with_pull_request_state(state_after_publishing(), "merged"))

    branch, pull = plan_docs(DESIRED, state, Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert (branch.onto, branch.expected) == (HEAD, OTHER)
    assert isinstance(pull, OpenPullRequest)


def test_docs_in_the_workflows_folder_are_not_edited() -> None:
    path = ".github/workflows/README.md"
    edit = dataclasses.replace(EDIT, path=path, section=dataclasses.replace(SECTION, path=path))
    draft = dataclasses.replace(DRAFT, edits=(EDIT, edit), documents={"README.md": TEXT, path: TEXT})

    branch, pull = plan_docs(dataclasses.replace(DESIRED, draft=draft), NO_BRANCH, Memory()).actions

    assert isinstance(branch, PublishBranch)
    assert list(branch.files) == ["README.md"]
    assert isinstance(pull, OpenPullRequest)
    assert f"{path}:3" in pull.body


def test_a_pull_request_with_thousands_of_edits_fits_githubs_limits() -> None:
    edits = [dataclasses.replace(EDIT, old=str(n), path=f"{n}.md") for n in range(3_000)]
    documents = {edit.path: TEXT for edit in edits}
    notices = tuple(Notice("ü" * 1_300 + str(n), 1, SECTION, FACT, "Why.", 0.5) for n in range(30))
    draft = Draft(edits=tuple(edits), notices=notices, documents=documents, notes=("x" * 4_096,) * 9)

    _, pull = plan_docs(dataclasses.replace(DESIRED, draft=draft), NO_BRANCH, Memory()).actions

    assert isinstance(pull, OpenPullRequest)
    assert len(pull.body) <= 60_000
    assert DocsMarker.parse(pull.body)
