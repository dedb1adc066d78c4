"""What a delivery's body comes to: an event, a reason why not, or a fault with its reason; never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import (
    AppInstalled,
    AppUninstalled,
    BranchDeleted,
    ButtonClicked,
    CommentPosted,
    DefaultBranchChanged,
    Event,
    IndexDue,
    MergeGroupChecksRequested,
    PullRequestChanged,
    PullRequestClosed,
    PullRequestReopened,
    Push,
    Repository,
    Tenant,
)
from bot.domain.markers import REBASE_CHECKBOX
from bot.errors import MasError, RemoteError
from bot.github.events import EVENTS, IgnoredEvent, is_branch_name, parse
from tests.github_schemas import examples

BEFORE, AFTER, NOWHERE = "a" * 40, "b" * 40, "0" * 40
REPOSITORY = Repository(Tenant(77, 42), "acme", "docs.site", "main")


def push(**changes: Any) -> dict[str, Any]:
    """A push to the default branch, as GitHub sends it, in the fields that are read and one that is not."""
    payload: dict[str, Any] = {
        "ref": "refs/heads/main",
        "before": BEFORE,
        "after": AFTER,
        "commits": [],
        "repository": {
            "id": 42,
            "name": "docs.site",
            "owner": {"name": "acme", "login": "acme"},
            "default_branch": "main",
            "archived": False,
            "disabled": False,
        },
        "sender": {"login": "ada"},
        "installation": {"id": 77, "node_id": "MDQ="},
    }
    repository = changes.pop("repository", {})
    return {**payload, **changes, "repository": {**payload["repository"], **repository}}


def closed(head: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Our documentation pull request, closed by somebody."""
    payload = push()
    side = {"ref": "mas/docs/main", "repo": {"id": 42}, **(head or {})}
    pull = {"number": 7, "merged": False, "body": "words", "head": side, "base": {"ref": "main", "repo": {"id": 42}}}
    return {
        "action": "closed",
        "pull_request": {**pull, **changes},
        **{name: payload[name] for name in ("repository", "sender", "installation")},
    }


def read(event: str, payload: Any) -> Any:
    return parse(event, json.dumps(payload).encode())


# ------------------------------------------------------------------ what happened


def test_a_push_to_the_default_branch_is_work() -> None:
    assert read("push", push()) == Push(REPOSITORY, "main", BEFORE, AFTER, "ada")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (push(ref="refs/tags/v1"), "Only pushes to branches are used."),
        (push(ref="refs/heads/../../x"), "Only pushes to branches are used."),
        (push(ref="refs/heads/mas/docs/main"), "mas/docs/main is no branch that people work on."),
        (push(ref="refs/heads/gh-readonly-queue/main/pr-1"), "gh-readonly-queue/main/pr-1 is no branch that"),
        (push(repository={"archived": True}), "The repository is archived or disabled."),
        (push(repository={"disabled": True}), "The repository is archived or disabled."),
        (push(installation=None), "The push comes from a webhook that belongs to no installation."),
    ],
)
def test_a_push_that_is_no_work_says_why(payload: dict[str, Any], reason: str) -> None:
    ignored = read("push", payload)
    assert isinstance(ignored, IgnoredEvent)
    assert ignored.reason.startswith(reason)


def test_a_branch_that_is_deleted_is_told() -> None:
    assert read("push", push(after=NOWHERE, ref="refs/heads/topic")) == BranchDeleted(REPOSITORY, "topic")


@pytest.mark.parametrize("branch", ["main", "topic"])
def test_a_branch_that_is_new_has_nothing_to_compare_with_and_may_be_indexed(branch: str) -> None:
    assert read("push", push(before=NOWHERE, ref=f"refs/heads/{branch}")) == IndexDue(REPOSITORY, branch)


def test_whether_another_branch_is_watched_is_for_its_settings_to_say() -> None:
    assert read("push", push(ref="refs/heads/topic")) == Push(REPOSITORY, "topic", BEFORE, AFTER, "ada")


@pytest.mark.parametrize("merged", [True, False])
def test_our_pull_request_being_closed_is_remembered(merged: bool) -> None:
    assert read("pull_request", closed(merged=merged)) == PullRequestClosed(
        REPOSITORY, 7, base="main", branch="mas/docs/main", merged=merged, body="words", closed_by="ada"
    )


def test_a_pull_request_without_a_body_has_an_empty_one() -> None:
    assert read("pull_request", closed(body=None)).body == ""


@pytest.mark.parametrize(
    "head",
    [
        {"ref": "topic"},
        {"ref": "mas/docs/main", "repo": {"id": 43}},
        {"ref": "mas/docs/main", "repo": None},
    ],
)
def test_a_pull_request_from_elsewhere_is_not_ours(head: dict[str, Any]) -> None:
    assert read("pull_request", closed(head)) == IgnoredEvent("The pull request is not one of mine.")


def test_where_the_app_was_removed_everything_is_to_be_forgotten() -> None:
    payload = {"action": "removed", "installation": {"id": 77}, "repositories_removed": [{"id": 42}, {"id": 43}]}
    assert read("installation_repositories", payload) == AppUninstalled((Tenant(77, 42), Tenant(77, 43)))


@pytest.mark.parametrize(
    ("named", "tenants"),
    [
        ({"repositories": [{"id": 42}, {"id": 43}]}, (Tenant(77, 42), Tenant(77, 43))),
        ({"repositories": []}, ()),
        ({"repositories": None}, ()),
        ({}, ()),
    ],
)
def test_an_installation_that_ended_is_to_be_forgotten_as_a_whole(
    named: dict[str, Any], tenants: tuple[Tenant, ...]
) -> None:
    payload = {"action": "deleted", "installation": {"id": 77}, **named}
    assert read("installation", payload) == AppUninstalled(tenants, installation_id=77)


def test_a_deleted_repository_is_to_be_forgotten() -> None:
    payload = {"action": "deleted", "repository": push()["repository"], "installation": {"id": 77}}
    assert read("repository", payload) == AppUninstalled((Tenant(77, 42),))


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", {**closed(), "installation": None}),
        ("repository", {"action": "deleted", "repository": {"id": 42}}),
    ],
)
def test_what_belongs_to_no_installation_is_ignored(event: str, payload: dict[str, Any]) -> None:
    ignored = read(event, payload)
    assert isinstance(ignored, IgnoredEvent)
    assert "belongs to no installation" in ignored.reason


@pytest.mark.parametrize("event", sorted(EVENTS - {"push"}))
def test_other_actions_are_ignored_by_name(event: str) -> None:
    assert read(event, {"action": "pinned", "x": 1}) == IgnoredEvent(f"{event} pinned is not used.")
    assert read(event, {"action": "<b>", "x": 1}) == IgnoredEvent(f"{event} (unknown) is not used.")


# ------------------------------------------------------------------ pull requests of others


def changed(action: str, **changes: Any) -> dict[str, Any]:
    head = {"ref": "topic", "repo": {"id": 42}}
    return {**closed(head, state="open"), "action": action, **changes}


LOOKED_AT = ["opened", "synchronize", "reopened", "ready_for_review", "labeled", "unlabeled"]


@pytest.mark.parametrize("action", LOOKED_AT)
def test_a_pull_request_that_is_new_or_changed_is_looked_at(action: str) -> None:
    assert read("pull_request", changed(action)) == PullRequestChanged(REPOSITORY, 7)


def test_one_from_a_fork_is_looked_at_whatever_its_branch_is_called() -> None:
    payload = changed("opened")
    payload["pull_request"]["head"] = {"ref": "mas/docs/main", "repo": {"id": 99}}
    assert read("pull_request", payload) == PullRequestChanged(REPOSITORY, 7)


def test_one_that_was_pointed_at_another_branch_is_looked_at_again() -> None:
    retargeted = changed("edited", changes={"base": {"ref": {"from": "v1"}, "sha": {"from": BEFORE}}})
    assert read("pull_request", retargeted) == PullRequestChanged(REPOSITORY, 7)
    said = read("pull_request", changed("edited", changes={"title": {"from": "x"}}))
    assert said == IgnoredEvent("Only the words of the pull request were edited.")


@pytest.mark.parametrize("action", LOOKED_AT[:2])
def test_our_own_pull_request_is_not_looked_at(action: str) -> None:
    assert read("pull_request", {**closed(), "action": action}) == IgnoredEvent("The pull request is one of mine.")


def test_our_pull_request_opened_again_is_told() -> None:
    found = read("pull_request", {**closed(), "action": "reopened"})
    assert found == PullRequestReopened(REPOSITORY, 7, "main", "words", "ada")


def test_a_box_that_a_person_ticks_in_our_pull_request_is_a_wish() -> None:
    ticked = {**closed(body=f"- [x] {REBASE_CHECKBOX}Start"), "action": "edited", "changes": {"body": {"from": "x"}}}
    assert read("pull_request", ticked) == ButtonClicked(REPOSITORY, 7, "ada", "rebase")
    ours = {**ticked, "sender": {"login": "mas[bot]", "type": "Bot"}}
    assert read("pull_request", ours) == IgnoredEvent("The pull request is one of mine.")
    unticked = {**closed(body=f"- [ ] {REBASE_CHECKBOX}Start"), "action": "edited"}
    assert read("pull_request", unticked) == IgnoredEvent("The pull request is one of mine.")


# ------------------------------------------------------------------ checks


def run(action: str, **changes: Any) -> dict[str, Any]:
    payload = {name: push()[name] for name in ("repository", "sender", "installation")}
    check = {"external_id": "7:abc", "pull_requests": [], **changes.pop("check_run", {})}
    return {"action": action, "check_run": check, **payload, **changes}


def test_a_check_that_is_asked_for_again_names_its_pull_request_itself() -> None:
    assert read("check_run", run("rerequested")) == PullRequestChanged(REPOSITORY, 7)
    foreign = run("rerequested", check_run={"external_id": "x", "pull_requests": [{"number": 8}]})
    assert read("check_run", foreign) == PullRequestChanged(REPOSITORY, 8)
    assert read("check_run", run("rerequested", check_run={"external_id": "0:abc"})) == IgnoredEvent(
        "The check belongs to no pull request."
    )


def test_the_button_of_a_check_is_a_wish() -> None:
    clicked = run("requested_action", requested_action={"identifier": "apply"})
    assert read("check_run", clicked) == ButtonClicked(REPOSITORY, 7, "ada", "apply")
    other = run("requested_action", requested_action={"identifier": "launch"})
    assert read("check_run", other) == IgnoredEvent("The check has no such button.")


def test_all_checks_of_a_commit_asked_for_again() -> None:
    payload = run("rerequested", check_suite={"pull_requests": [{"number": 9}]})
    assert read("check_suite", payload) == PullRequestChanged(REPOSITORY, 9)
    assert isinstance(read("check_suite", run("rerequested", check_suite={"pull_requests": []})), IgnoredEvent)


def test_a_merge_queue_that_waits_is_told() -> None:
    payload = run("checks_requested", merge_group={"head_sha": AFTER})
    assert read("merge_group", payload) == MergeGroupChecksRequested(REPOSITORY, AFTER)


# ------------------------------------------------------------------ comments


def comment(action: str = "created", body: str = "/mas help", **changes: Any) -> dict[str, Any]:
    payload = {name: push()[name] for name in ("repository", "sender", "installation")}
    said = {"id": 5, "body": body, "user": {"login": "ada", "type": "User"}, **changes.pop("comment", {})}
    return {"action": action, "issue": {"number": 7}, "comment": said, **payload, **changes}


def test_a_comment_that_may_hold_a_command_is_told() -> None:
    assert read("issue_comment", comment()) == CommentPosted(REPOSITORY, 7, 5, "ada", "/mas help")
    under_pull = comment(issue={"number": 7, "pull_request": {"url": "x"}})
    assert read("issue_comment", under_pull) == CommentPosted(REPOSITORY, 7, 5, "ada", "/mas help", pull_request=True)
    on_line = {**comment(), "pull_request": {"number": 7}}
    assert read("pull_request_review_comment", on_line) == CommentPosted(
        REPOSITORY, 7, 5, "ada", "/mas help", pull_request=True, review=True
    )


def test_an_edited_comment_says_what_it_said_before() -> None:
    edited = comment("edited", changes={"body": {"from": "/mas hlep"}})
    assert read("issue_comment", edited).previous == "/mas hlep"
    assert read("issue_comment", comment("edited")) == IgnoredEvent("The comment's words are as they were.")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (comment(body="Thanks!"), "The comment holds no command."),
        (comment(body=None), "The comment holds no command."),
        (comment(comment={"user": {"login": "mas[bot]", "type": "Bot"}}), "The comment is not a person's."),
        (comment(comment={"user": None}), "The comment is not a person's."),
        (comment(sender={"login": "helper[bot]", "type": "Bot"}), "The comment is not a person's."),
        (
            comment("edited", changes={"body": {"from": "x"}}, sender={"login": "eve", "type": "User"}),
            "Somebody else edited the comment.",
        ),
        (comment(installation=None), "The comment comes from a webhook that belongs to no installation."),
    ],
)
def test_a_comment_that_is_nobodys_wish_says_why(payload: dict[str, Any], reason: str) -> None:
    assert read("issue_comment", payload) == IgnoredEvent(reason)


# ------------------------------------------------------------------ life


def test_another_default_branch_is_told() -> None:
    payload = {**run("edited"), "changes": {"default_branch": {"from": "master"}}}
    assert read("repository", payload) == DefaultBranchChanged(REPOSITORY, "master")
    assert isinstance(read("repository", {**run("edited"), "changes": {"description": {"from": "x"}}}), IgnoredEvent)


def test_under_a_new_name_the_index_is_found_by_it() -> None:
    assert read("repository", run("renamed")) == IndexDue(REPOSITORY, "main")


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("installation", "suspend"),
        ("installation", "new_permissions_accepted"),
        ("repository", "transferred"),
        ("repository", "archived"),
        ("repository", "unarchived"),
        ("repository", "privatized"),
        ("repository", "publicized"),
    ],
)
def test_what_needs_no_work_is_on_record_with_what_it_means(event: str, action: str) -> None:
    ignored = read(event, {"action": action})
    assert isinstance(ignored, IgnoredEvent)
    assert "is not used" not in ignored.reason


@pytest.mark.parametrize(
    ("event", "action"),
    [("installation", "created"), ("installation", "unsuspend"), ("installation_repositories", "added")],
)
def test_where_the_app_comes_to_work_its_repositories_are_to_be_indexed(event: str, action: str) -> None:
    assert read(event, {"action": action, "installation": {"id": 77}}) == AppInstalled(77)
    assert isinstance(read(event, {"action": action}), IgnoredEvent)


def test_other_events_are_ignored_unread() -> None:
    assert parse("star", b"not even JSON") == IgnoredEvent("star is not used.")
    assert parse("<b>!</b>", b"") == IgnoredEvent("An unknown event is not used.")


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_githubs_own_examples_are_all_understood(event: str) -> None:
    found = examples(event)
    assert found
    for example in found:
        parse(event, json.dumps({**example, "installation": {"id": 77}}).encode())


# ------------------------------------------------------------------ what cannot be used


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b'{"ref": NaN', "it is not JSON"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"x": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, "it is nested too deeply"),
        (b"payload=%7B%7D", "set the webhook's content type to application/json"),
        (b"[]", "the body"),
        (b"{}", "ref: Field required"),
    ],
)
@pytest.mark.parametrize("event", ["push"])
def test_a_body_that_is_not_what_it_promises_says_so(event: str, body: bytes, why: str) -> None:
    with pytest.raises(RemoteError, match="cannot be used") as error:
        parse(event, body)
    assert why in str(error.value)
    assert not error.value.transient


@pytest.mark.parametrize(
    "payload",
    [
        push(before="a" * 39),
        push(after="A" * 40),
        push(after="a" * 40 + "\n"),
        push(repository={"name": ".."}),
        push(repository={"name": "a/b"}),
        push(repository={"name": "a\n"}),
        push(repository={"owner": {"login": "../etc"}}),
        push(repository={"owner": {"login": "-x"}}),
        push(repository={"id": 0}),
        push(repository={"id": "42"}),
        push(repository={"id": 2**63}),
        push(repository={"id": True}),
        push(repository={"default_branch": "-evil"}),
        push(sender={"login": "<script>"}),
        push(installation={"id": -1}),
        push(installation={}),
    ],
)
def test_hostile_values_are_refused_and_not_repeated(payload: dict[str, Any]) -> None:
    with pytest.raises(RemoteError) as error:
        read("push", payload)
    assert "<script>" not in str(error.value)
    assert "evil" not in str(error.value)


@pytest.mark.parametrize("base", ["..", "a b", "-x", ""])
def test_a_pull_request_between_no_branches_is_refused(base: str) -> None:
    with pytest.raises(RemoteError, match="names no branches"):
        read("pull_request", closed(base={"ref": base, "repo": None}))


@pytest.mark.parametrize("name", ["main", "feature/a.b-c_d", "ünïcode", "release@1", "a" * 255])
def test_names_of_branches_that_git_takes(name: str) -> None:
    assert is_branch_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "@", "-x", ".x", "/x", "x/", "x.", "a//b", "a/.b", "a..b", "a.lock", "a.lock/b", "a@{1}", "a" * 256]
    + [f"a{bad}b" for bad in " ~^:?*[\\\n\0\x7f"],
)
def test_names_of_branches_that_git_refuses(name: str) -> None:
    assert not is_branch_name(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        "ref",
        "before",
        "repository",
        "sender",
        "installation",
        "action",
        "pull_request",
        "after",
        "comment",
        "changes",
        "check_run",
    ]
)


@given(event=st.sampled_from(sorted(EVENTS)), body=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_own_errors(event: str, body: bytes) -> None:
    _judged(event, body)


@given(event=st.sampled_from(sorted(EVENTS)), changes=st.dictionaries(KEYS, JSON, max_size=3), inner=JSON)
def test_no_shape_raises_anything_but_our_own_errors(event: str, changes: dict[str, Any], inner: Any) -> None:
    _judged(event, json.dumps({**push(), **closed(), **changes}).encode())
    _judged(event, json.dumps({**closed(), "action": "deleted", "repositories": inner}).encode())
    _judged(event, json.dumps(inner).encode())


def _judged(event: str, body: bytes) -> None:
    try:
        found = parse(event, body)
    except MasError as error:
        assert len(str(error)) < 500
    else:
        assert isinstance(found, IgnoredEvent | Event)
