"""Parsing of deliveries: an event, a reason to ignore it, or an error with a reason; never a crash."""

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

BEFORE, AFTER, NULL_OID = "a" * 40, "b" * 40, "0" * 40
REPOSITORY = Repository(Tenant(77, 42), "acme", "docs.site", "main")


def push(**changes: Any) -> dict[str, Any]:
    """Return a push to the default branch as GitHub sends it: the fields that are read, and one that is not."""
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
    """Return the event for the bot's documentation pull request being closed."""
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


# ------------------------------------------------------------------ pushes, own pull requests, removals


def test_a_push_to_the_default_branch_is_an_event() -> None:
    assert read("push", push()) == Push(REPOSITORY, "main", BEFORE, AFTER, "ada")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (push(ref="refs/tags/v1"), "Only pushes to branches are used."),
        (push(ref="refs/heads/../../x"), "Only pushes to branches are used."),
        (push(ref="refs/heads/mas/docs/main"), "mas/docs/main is a branch of the bot or of a merge queue."),
        (push(ref="refs/heads/gh-readonly-queue/main/pr-1"), "gh-readonly-queue/main/pr-1 is a branch of"),
        (push(repository={"archived": True}), "The repository is archived or disabled."),
        (push(repository={"disabled": True}), "The repository is archived or disabled."),
        (push(installation=None), "The push comes from a webhook that belongs to no installation."),
    ],
)
def test_an_ignored_push_has_a_reason(payload: dict[str, Any], reason: str) -> None:
    ignored = read("push", payload)
    assert isinstance(ignored, IgnoredEvent)
    assert ignored.reason.startswith(reason)


def test_a_deleted_branch_is_an_event() -> None:
    assert read("push", push(after=NULL_OID, ref="refs/heads/topic")) == BranchDeleted(REPOSITORY, "topic")


@pytest.mark.parametrize("branch", ["main", "topic"])
def test_a_new_branch_is_only_indexed(branch: str) -> None:
    assert read("push", push(before=NULL_OID, ref=f"refs/heads/{branch}")) == IndexDue(REPOSITORY, branch)


def test_a_push_to_another_branch_is_an_event() -> None:
    assert read("push", push(ref="refs/heads/topic")) == Push(REPOSITORY, "topic", BEFORE, AFTER, "ada")


@pytest.mark.parametrize("merged", [True, False])
def test_closing_the_bots_pull_request_is_an_event(merged: bool) -> None:
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
def test_a_pull_request_from_another_branch_or_fork_is_not_the_bots(head: dict[str, Any]) -> None:
    assert read("pull_request", closed(head)) == IgnoredEvent("The pull request is not one of the bot's.")


def test_removed_repositories_are_an_event() -> None:
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
def test_a_deleted_installation_is_an_event_for_all_its_repositories(
    named: dict[str, Any], tenants: tuple[Tenant, ...]
) -> None:
    payload = {"action": "deleted", "installation": {"id": 77}, **named}
    assert read("installation", payload) == AppUninstalled(tenants, installation_id=77)


def test_a_deleted_repository_is_an_event() -> None:
    payload = {"action": "deleted", "repository": push()["repository"], "installation": {"id": 77}}
    assert read("repository", payload) == AppUninstalled((Tenant(77, 42),))


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", {**closed(), "installation": None}),
        ("repository", {"action": "deleted", "repository": {"id": 42}}),
    ],
)
def test_events_without_an_installation_are_ignored(event: str, payload: dict[str, Any]) -> None:
    ignored = read(event, payload)
    assert isinstance(ignored, IgnoredEvent)
    assert "belongs to no installation" in ignored.reason


@pytest.mark.parametrize("event", sorted(EVENTS - {"push"}))
def test_other_actions_are_ignored_by_name(event: str) -> None:
    assert read(event, {"action": "pinned", "x": 1}) == IgnoredEvent(f"{event} pinned is not used.")
    assert read(event, {"action": "<b>", "x": 1}) == IgnoredEvent(f"{event} (unknown) is not used.")


# ------------------------------------------------------------------ people's pull requests


def changed(action: str, **changes: Any) -> dict[str, Any]:
    head = {"ref": "topic", "repo": {"id": 42}}
    return {**closed(head, state="open"), "action": action, **changes}


ANALYSED_ACTIONS = ["opened", "synchronize", "reopened", "ready_for_review", "labeled", "unlabeled"]


@pytest.mark.parametrize("action", ANALYSED_ACTIONS)
def test_a_new_or_changed_pull_request_is_analysed(action: str) -> None:
    assert read("pull_request", changed(action)) == PullRequestChanged(REPOSITORY, 7)


def test_a_pull_request_from_a_fork_is_analysed_whatever_its_branch_name() -> None:
    payload = changed("opened")
    payload["pull_request"]["head"] = {"ref": "mas/docs/main", "repo": {"id": 99}}
    assert read("pull_request", payload) == PullRequestChanged(REPOSITORY, 7)


def test_a_retargeted_pull_request_is_analysed_again() -> None:
    retargeted = changed("edited", changes={"base": {"ref": {"from": "v1"}, "sha": {"from": BEFORE}}})
    assert read("pull_request", retargeted) == PullRequestChanged(REPOSITORY, 7)
    retitled = read("pull_request", changed("edited", changes={"title": {"from": "x"}}))
    assert retitled == IgnoredEvent("Only the title or description of the pull request was edited.")


@pytest.mark.parametrize("action", ANALYSED_ACTIONS[:2])
def test_the_bots_own_pull_request_is_not_analysed(action: str) -> None:
    assert read("pull_request", {**closed(), "action": action}) == IgnoredEvent("The pull request is one of the bot's.")


def test_reopening_the_bots_pull_request_is_an_event() -> None:
    event = read("pull_request", {**closed(), "action": "reopened"})
    assert event == PullRequestReopened(REPOSITORY, 7, "main", "words", "ada")


def test_only_a_person_checking_the_rebase_box_is_a_click() -> None:
    ticked = {**closed(body=f"- [x] {REBASE_CHECKBOX}Start"), "action": "edited", "changes": {"body": {"from": "x"}}}
    assert read("pull_request", ticked) == ButtonClicked(REPOSITORY, 7, "ada", "rebase")
    ours = {**ticked, "sender": {"login": "mas[bot]", "type": "Bot"}}
    assert read("pull_request", ours) == IgnoredEvent("The pull request is one of the bot's.")
    unticked = {**closed(body=f"- [ ] {REBASE_CHECKBOX}Start"), "action": "edited"}
    assert read("pull_request", unticked) == IgnoredEvent("The pull request is one of the bot's.")


# ------------------------------------------------------------------ checks


def run(action: str, **changes: Any) -> dict[str, Any]:
    payload = {name: push()[name] for name in ("repository", "sender", "installation")}
    check = {"external_id": "7:abc", "pull_requests": [], **changes.pop("check_run", {})}
    return {"action": action, "check_run": check, **payload, **changes}


def test_a_rerequested_check_has_its_pull_request_in_its_external_id() -> None:
    assert read("check_run", run("rerequested")) == PullRequestChanged(REPOSITORY, 7)
    foreign = run("rerequested", check_run={"external_id": "x", "pull_requests": [{"number": 8}]})
    assert read("check_run", foreign) == PullRequestChanged(REPOSITORY, 8)
    assert read("check_run", run("rerequested", check_run={"external_id": "0:abc"})) == IgnoredEvent(
        "The check belongs to no pull request."
    )


def test_the_button_of_a_check_is_a_click() -> None:
    clicked = run("requested_action", requested_action={"identifier": "apply"})
    assert read("check_run", clicked) == ButtonClicked(REPOSITORY, 7, "ada", "apply")
    other = run("requested_action", requested_action={"identifier": "launch"})
    assert read("check_run", other) == IgnoredEvent("The check has no such button.")


def test_a_rerequested_check_suite_is_an_event() -> None:
    payload = run("rerequested", check_suite={"pull_requests": [{"number": 9}]})
    assert read("check_suite", payload) == PullRequestChanged(REPOSITORY, 9)
    assert isinstance(read("check_suite", run("rerequested", check_suite={"pull_requests": []})), IgnoredEvent)


def test_a_merge_group_that_requests_checks_is_an_event() -> None:
    payload = run("checks_requested", merge_group={"head_sha": AFTER})
    assert read("merge_group", payload) == MergeGroupChecksRequested(REPOSITORY, AFTER)


# ------------------------------------------------------------------ comments


def comment(action: str = "created", body: str = "/mas help", **changes: Any) -> dict[str, Any]:
    payload = {name: push()[name] for name in ("repository", "sender", "installation")}
    fields = {"id": 5, "body": body, "user": {"login": "ada", "type": "User"}, **changes.pop("comment", {})}
    return {"action": action, "issue": {"number": 7}, "comment": fields, **payload, **changes}


def test_a_comment_that_may_contain_a_command_is_an_event() -> None:
    assert read("issue_comment", comment()) == CommentPosted(REPOSITORY, 7, 5, "ada", "/mas help")
    under_pull = comment(issue={"number": 7, "pull_request": {"url": "x"}})
    assert read("issue_comment", under_pull) == CommentPosted(REPOSITORY, 7, 5, "ada", "/mas help", pull_request=True)
    on_line = {**comment(), "pull_request": {"number": 7}}
    assert read("pull_request_review_comment", on_line) == CommentPosted(
        REPOSITORY, 7, 5, "ada", "/mas help", pull_request=True, review=True
    )


def test_an_edited_comment_has_its_previous_text() -> None:
    edited = comment("edited", changes={"body": {"from": "/mas hlep"}})
    assert read("issue_comment", edited).previous == "/mas hlep"
    assert read("issue_comment", comment("edited")) == IgnoredEvent("The comment's text did not change.")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (comment(body="Thanks!"), "The comment contains no command."),
        (comment(body=None), "The comment contains no command."),
        (comment(comment={"user": {"login": "mas[bot]", "type": "Bot"}}), "The comment is not by a person."),
        (comment(comment={"user": None}), "The comment is not by a person."),
        (comment(sender={"login": "helper[bot]", "type": "Bot"}), "The comment is not by a person."),
        (
            comment("edited", changes={"body": {"from": "x"}}, sender={"login": "eve", "type": "User"}),
            "Someone other than the author edited the comment.",
        ),
        (comment(installation=None), "The comment comes from a webhook that belongs to no installation."),
    ],
)
def test_an_ignored_comment_has_a_reason(payload: dict[str, Any], reason: str) -> None:
    assert read("issue_comment", payload) == IgnoredEvent(reason)


# ------------------------------------------------------------------ repositories and installations


def test_a_changed_default_branch_is_an_event() -> None:
    payload = {**run("edited"), "changes": {"default_branch": {"from": "master"}}}
    assert read("repository", payload) == DefaultBranchChanged(REPOSITORY, "master")
    assert isinstance(read("repository", {**run("edited"), "changes": {"description": {"from": "x"}}}), IgnoredEvent)


def test_a_renamed_repository_is_reindexed() -> None:
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
def test_known_actions_are_ignored_with_their_meaning(event: str, action: str) -> None:
    ignored = read(event, {"action": action})
    assert isinstance(ignored, IgnoredEvent)
    assert "is not used" not in ignored.reason


@pytest.mark.parametrize(
    ("event", "action"),
    [("installation", "created"), ("installation", "unsuspend"), ("installation_repositories", "added")],
)
def test_an_installation_or_its_extension_is_an_event(event: str, action: str) -> None:
    assert read(event, {"action": action, "installation": {"id": 77}}) == AppInstalled(77)
    assert isinstance(read(event, {"action": action}), IgnoredEvent)


def test_other_events_are_ignored_without_parsing() -> None:
    assert parse("star", b"not even JSON") == IgnoredEvent("star is not used.")
    assert parse("<b>!</b>", b"") == IgnoredEvent("An unknown event is not used.")


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_all_of_githubs_examples_are_parsed(event: str) -> None:
    found = examples(event)
    assert found
    for example in found:
        parse(event, json.dumps({**example, "installation": {"id": 77}}).encode())


# ------------------------------------------------------------------ invalid payloads


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b'{"ref": NaN', "it is not JSON"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"x": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, "it is nested too deeply"),
        (b"payload=%7B%7D", "Set the webhook's content type to application/json"),
        (b"[]", "the body"),
        (b"{}", "ref: Field required"),
    ],
)
@pytest.mark.parametrize("event", ["push"])
def test_an_invalid_body_has_a_reason(event: str, body: bytes, why: str) -> None:
    with pytest.raises(RemoteError, match="payload is invalid") as error:
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
def test_hostile_values_are_rejected_and_not_repeated(payload: dict[str, Any]) -> None:
    with pytest.raises(RemoteError) as error:
        read("push", payload)
    assert "<script>" not in str(error.value)
    assert "evil" not in str(error.value)


@pytest.mark.parametrize("base", ["..", "a b", "-x", ""])
def test_a_pull_request_with_invalid_branch_names_is_rejected(base: str) -> None:
    with pytest.raises(RemoteError, match="branch names are invalid"):
        read("pull_request", closed(base={"ref": base, "repo": None}))


@pytest.mark.parametrize("name", ["main", "feature/a.b-c_d", "ünïcode", "release@1", "a" * 255])
def test_valid_branch_names(name: str) -> None:
    assert is_branch_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "@", "-x", ".x", "/x", "x/", "x.", "a//b", "a/.b", "a..b", "a.lock", "a.lock/b", "a@{1}", "a" * 256]
    + [f"a{bad}b" for bad in " ~^:?*[\\\n\0\x7f"],
)
def test_invalid_branch_names(name: str) -> None:
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
def test_arbitrary_bytes_raise_only_our_own_errors(event: str, body: bytes) -> None:
    _parse_or_reject(event, body)


@given(event=st.sampled_from(sorted(EVENTS)), changes=st.dictionaries(KEYS, JSON, max_size=3), inner=JSON)
def test_arbitrary_json_raises_only_our_own_errors(event: str, changes: dict[str, Any], inner: Any) -> None:
    _parse_or_reject(event, json.dumps({**push(), **closed(), **changes}).encode())
    _parse_or_reject(event, json.dumps({**closed(), "action": "deleted", "repositories": inner}).encode())
    _parse_or_reject(event, json.dumps(inner).encode())


def _parse_or_reject(event: str, body: bytes) -> None:
    try:
        found = parse(event, body)
    except MasError as error:
        assert len(str(error)) < 500
    else:
        assert isinstance(found, IgnoredEvent | Event)
