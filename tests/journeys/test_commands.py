"""What people say is answered once: eyes, an answer, a rocket or a confused face."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.markers import REBASE_CHECKBOX
from bot.server.service import Service
from github_sandbox.conversations import Comment, Conversation, PullRequest
from tests.journeys.scene import (
    CODE,
    GUIDE,
    MENDED,
    PROJECT,
    RENAMED,
    Scene,
    idle,
    installed,
    project,
    serving,
    settings_for,
    until,
)
from tests.journeys.test_hard_days import after
from tests.journeys.test_push import tenant

pytestmark = pytest.mark.journey

BRANCH = "mas/docs/main"


def faces(comment: Comment) -> list[str]:
    """The bot's reactions to a comment."""
    return [r.content for r in comment.reactions if r.author.login == "mas[bot]"]


def answers(conversation: Conversation) -> list[str]:
    """What the bot said."""
    return [c.body for c in conversation.comments if c.author.login == "mas[bot]"]


async def asked(scene: Scene, service: Service, on: Conversation, body: str, by: str = "maria") -> tuple[Comment, str]:
    """Say something, and wait for the last face; returns the comment and the newest answer."""
    said = scene.sandbox.person(by).comment(on, body)
    await until(lambda: faces(said) in (["rocket"], ["confused"]))
    await idle(service)
    return said, (answers(on) or [""])[-1]


async def stale(scene: Scene) -> PullRequest:
    """A pull request that makes the guide stale."""
    maria = scene.sandbox.person("maria")
    maria.push(scene.repository, "topic", RENAMED, "Rename fetch_all")
    return maria.open_pull(scene.repository, "topic")


async def test_help_is_answered_once_and_anew_when_the_question_is_edited(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        said, answer = await asked(scene, service, issue, "/mas help")
        assert faces(said) == ["rocket"]
        assert "| `/mas docs explain <n>` |" in answer

        scene.sandbox.person("maria").edit_comment(said, "/mas config")
        await until(lambda: "the defaults apply" in answers(issue)[0])
        await idle(service)
        assert len(answers(issue)) == 1

        scene.sandbox.person("maria").edit_comment(said, "/mas config\n\nplease")
        await idle(service)
        assert len(answers(issue)) == 1

        records = [record.entry for record in await service.store.get_audit_log(tenant(scene))]
        asked_for = [(entry.action, entry.detail) for entry in records if entry.phase == "asked"]
        assert asked_for == [("command help", "by maria"), ("command config", "by maria")]


async def test_what_is_no_command_is_met_with_the_nearest_one(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        said, answer = await asked(scene, service, issue, "/mas stauts")

        assert faces(said) == ["confused"]
        assert answer.startswith("Unknown command `stauts`. Did you mean `/mas status`?")


async def test_a_command_in_the_wrong_place_says_where_it_works(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        _, answer = await asked(scene, service, issue, "/mas docs apply")

        assert answer.startswith("`/mas docs apply` only works on pull requests.")


async def test_quotes_and_bots_are_not_answered(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        issue = maria.open_issue(scene.repository, "How?")
        quoting = maria.comment(issue, "> /mas help\n\nthat is how")
        await idle(service)

        assert not faces(quoting)
        assert not answers(issue)


async def test_status_tells_what_happened(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push({"notes.txt": "x"})
        await idle(service)
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        _, answer = await asked(scene, service, issue, "/mas status")

        assert "| `push` | done | no docs affected |" in answer


async def test_one_person_is_not_answered_without_end(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        issue = maria.open_issue(scene.repository, "How?")
        for _ in range(12):
            maria.comment(issue, "/mas help")
        await idle(service)

        said = answers(issue)
        assert len(said) == 11
        assert said[10].startswith("Too many commands.")


async def test_check_apply_and_explain_on_a_pull_request(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        pull = await stale(scene)
        _, answer = await asked(scene, service, pull, "/mas docs check")
        assert "1 suggested edit" in answer

        _, answer = await asked(scene, service, pull, "/mas docs explain 1")
        assert "**What changed:** `fetch_all` is now `fetch_many`." in answer
        assert "This edit comes from the rule `renamed`." in answer

        said, answer = await asked(scene, service, pull, "/mas docs explain 2")
        assert (faces(said), answer.partition("\n")[0]) == (
            ["confused"],
            "No edit 2. This pull request has only edit 1.",
        )

        _, answer = await asked(scene, service, pull, "/mas docs apply")
        assert answer.startswith("Committed [1 edit in 1 file](")
        assert scene.at("topic", "README.md") == MENDED


async def test_who_may_not_apply_is_told_who_may(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        scene.sandbox.add_user("eve", {"octo/sample": "read"})
        pull = await stale(scene)
        said, answer = await asked(scene, service, pull, "/mas docs apply", by="eve")

        assert faces(said) == ["confused"]
        assert answer.startswith("@eve, `/mas docs apply` needs write access to this repository.")
        assert scene.at("topic", "README.md") == GUIDE


async def test_the_author_may_turn_the_edits_down_and_they_stay_so_after_the_merge(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        pull = await stale(scene)
        _, answer = await asked(scene, service, pull, "/mas docs skip both names work")
        assert answer.startswith("Declined 1 edit.")

        scene.sandbox.person("maria").merge(pull)
        await idle(service)
        assert list(scene.repository.pull_requests) == [pull.number]


async def test_a_held_branch_is_started_again_by_a_word(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        theirs = maria.push(scene.repository, BRANCH, {"README.md": "# Mine\n"})
        maria.push(scene.repository, "main", {"notes.txt": "x"})
        await until(lambda: bool(answers(pull)))
        assert "/mas docs rebase" in answers(pull)[0]
        assert scene.repository.branch(BRANCH) == theirs

        _, answer = await asked(scene, service, pull, "/mas docs rebase")
        assert answer.startswith(f"Rebuilt this branch from `main`. The previous head was {theirs}.")
        assert scene.at(BRANCH, "README.md") == MENDED


async def test_a_held_branch_is_started_again_by_the_box(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        maria.push(scene.repository, BRANCH, {"README.md": "# Mine\n"})
        maria.edit(pull, body=(pull.body or "").replace(f"[ ] {REBASE_CHECKBOX}", f"[x] {REBASE_CHECKBOX}"))
        await idle(service)

        assert scene.at(BRANCH, "README.md") == MENDED
        assert f"[ ] {REBASE_CHECKBOX}" in (pull.body or "")


async def test_a_commit_that_comes_while_a_branch_is_started_again_is_not_left_behind(tmp_path: Path) -> None:
    async with project(tmp_path) as scene:
        maria = scene.sandbox.person("maria")

        async def commit_late() -> None:
            maria.push(scene.repository, BRANCH, {"docs/late.md": "# Late\n"})

        settings = settings_for(scene.sandbox, scene.app, tmp_path)
        async with serving(settings, after("observe", commit_late)) as (address, service):
            scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
            scene.sandbox.install(scene.app, "octo", [scene.repository])
            await scene.push(RENAMED)
            pull = await scene.pull()
            await idle(service)
            maria.push(scene.repository, BRANCH, {"README.md": "# Mine\n"})
            said, _ = await asked(scene, service, pull, "/mas docs rebase")

            assert faces(said) == ["confused"]
            assert any(each.startswith("Someone pushed to this branch while I was working") for each in answers(pull))
            assert scene.at(BRANCH, "docs/late.md") == "# Late\n"


async def test_skip_on_ours_closes_it_for_good(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        _, answer = await asked(scene, service, pull, "/mas docs skip not now")
        assert answer.startswith("Declined 1 edit.")
        await until(lambda: pull.state == "closed")

        maria.push(scene.repository, "main", {"notes.txt": "x"})
        await idle(service)
        assert list(scene.repository.pull_requests) == [pull.number]


async def test_explain_on_ours_speaks_of_the_same_edits(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        _, answer = await asked(scene, service, pull, "/mas docs explain 1")

        assert "### 1. `README.md` › `Guide`" in answer


async def test_a_question_on_a_line_is_answered_in_its_thread(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        pull = await stale(scene)
        await idle(service)
        maria = scene.sandbox.person("maria")
        said = maria.comment_on_line(pull, "fetchkit/__init__.py", 4, "/mas docs explain 1")
        await until(lambda: faces(said) == ["rocket"])

        (thread,) = pull.threads
        assert "**What changed:**" in thread.comments[1].body


async def test_where_the_settings_ask_for_no_commands_nobody_is_answered(tmp_path: Path) -> None:
    async with installed(tmp_path, {**PROJECT, ".github/mas.yml": "commands:\n  enabled: false\n"}) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        said = scene.sandbox.person("maria").comment(issue, "/mas help")
        await idle(service)

        assert not faces(said)
        assert not answers(issue)


async def test_a_trailer_on_a_pushed_commit_leaves_the_docs_as_they_are(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED, "Rename fetch_all\n\nDocs: skip")
        await idle(service)
        assert not scene.repository.pull_requests

        again = CODE.replace("fetch_all", "fetch_many").replace("limit", "count")
        await scene.push({"fetchkit/__init__.py": again}, "Rename limit")
        await scene.pull()
        await idle(service)
        assert scene.at(BRANCH, "README.md") == GUIDE.replace("limit", "count")
