"""Slash-commands get one reply: eyes, a reply, then a rocket or a confused face."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.markers import REBASE_CHECKBOX
from bot.server.service import Service
from github_sandbox.conversations import Comment, Conversation, PullRequest
from tests.journeys.scene import (
    CODE,
    GUIDE,
    PROJECT,
    RENAMED,
    UPDATED_GUIDE,
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


def bot_reactions(comment: Comment) -> list[str]:
    """The bot's reactions to a comment."""
    return [r.content for r in comment.reactions if r.author.login == "mas[bot]"]


def bot_comments(conversation: Conversation) -> list[str]:
    """The bodies of the bot's comments."""
    return [c.body for c in conversation.comments if c.author.login == "mas[bot]"]


async def post_command(
    scene: Scene, service: Service, on: Conversation, body: str, by: str = "maria"
) -> tuple[Comment, str]:
    """Post a comment, and wait for the final reaction. Return the comment and the newest reply."""
    said = scene.sandbox.person(by).comment(on, body)
    await until(lambda: bot_reactions(said) in (["rocket"], ["confused"]))
    await idle(service)
    return said, (bot_comments(on) or [""])[-1]


async def open_stale_pull_request(scene: Scene) -> PullRequest:
    """Open a pull request that makes the guide stale."""
    maria = scene.sandbox.person("maria")
    maria.push(scene.repository, "topic", RENAMED, "Rename fetch_all")
    return maria.open_pull(scene.repository, "topic")


async def test_editing_a_command_updates_its_reply(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        said, answer = await post_command(scene, service, issue, "/mas help")
        assert bot_reactions(said) == ["rocket"]
        assert "| `/mas docs explain <n>` |" in answer

        scene.sandbox.person("maria").edit_comment(said, "/mas config")
        await until(lambda: "the defaults apply" in bot_comments(issue)[0])
        await idle(service)
        assert len(bot_comments(issue)) == 1

        scene.sandbox.person("maria").edit_comment(said, "/mas config\n\nplease")
        await idle(service)
        assert len(bot_comments(issue)) == 1

        records = [record.entry for record in await service.store.get_audit_log(tenant(scene))]
        asked_for = [(entry.action, entry.detail) for entry in records if entry.phase == "asked"]
        assert asked_for == [("command help", "by maria"), ("command config", "by maria")]


async def test_an_unknown_command_gets_the_nearest_one_in_reply(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        said, answer = await post_command(scene, service, issue, "/mas stauts")

        assert bot_reactions(said) == ["confused"]
        assert answer.startswith("Unknown command `stauts`. Did you mean `/mas status`?")


async def test_a_command_in_the_wrong_place_is_refused(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        _, answer = await post_command(scene, service, issue, "/mas docs apply")

        assert answer.startswith("`/mas docs apply` only works on pull requests.")


async def test_quotes_and_bots_are_not_answered(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        issue = maria.open_issue(scene.repository, "How?")
        quoting = maria.comment(issue, "> /mas help\n\nthat is how")
        await idle(service)

        assert not bot_reactions(quoting)
        assert not bot_comments(issue)


async def test_status_lists_recent_activity(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push({"notes.txt": "x"})
        await idle(service)
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        _, answer = await post_command(scene, service, issue, "/mas status")

        assert "| `push` | done | no docs affected |" in answer


async def test_commands_are_rate_limited_per_user(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        issue = maria.open_issue(scene.repository, "How?")
        for _ in range(12):
            maria.comment(issue, "/mas help")
        await idle(service)

        said = bot_comments(issue)
        assert len(said) == 11
        assert said[10].startswith("Too many commands.")


async def test_check_apply_and_explain_on_a_pull_request(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        pull = await open_stale_pull_request(scene)
        _, answer = await post_command(scene, service, pull, "/mas docs check")
        assert "1 suggested edit" in answer

        _, answer = await post_command(scene, service, pull, "/mas docs explain 1")
        assert "**What changed:** `fetch_all` is now `fetch_many`." in answer
        assert "This edit comes from the rule `renamed`." in answer

        said, answer = await post_command(scene, service, pull, "/mas docs explain 2")
        assert (bot_reactions(said), answer.partition("\n")[0]) == (
            ["confused"],
            "No edit 2. This pull request has only edit 1.",
        )

        _, answer = await post_command(scene, service, pull, "/mas docs apply")
        assert answer.startswith("Committed [1 edit in 1 file](")
        assert scene.at("topic", "README.md") == UPDATED_GUIDE


async def test_apply_is_refused_without_write_access(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        scene.sandbox.add_user("eve", {"octo/sample": "read"})
        pull = await open_stale_pull_request(scene)
        said, answer = await post_command(scene, service, pull, "/mas docs apply", by="eve")

        assert bot_reactions(said) == ["confused"]
        assert answer.startswith("@eve, `/mas docs apply` needs write access to this repository.")
        assert scene.at("topic", "README.md") == GUIDE


async def test_the_author_can_decline_edits_for_good(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        pull = await open_stale_pull_request(scene)
        _, answer = await post_command(scene, service, pull, "/mas docs skip both names work")
        assert answer.startswith("Declined 1 edit.")

        scene.sandbox.person("maria").merge(pull)
        await idle(service)
        assert list(scene.repository.pull_requests) == [pull.number]


async def test_rebase_rebuilds_a_branch_with_commits_by_others(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        theirs = maria.push(scene.repository, BRANCH, {"README.md": "# Mine\n"})
        maria.push(scene.repository, "main", {"notes.txt": "x"})
        await until(lambda: bool(bot_comments(pull)))
        assert "/mas docs rebase" in bot_comments(pull)[0]
        assert scene.repository.branch(BRANCH) == theirs

        _, answer = await post_command(scene, service, pull, "/mas docs rebase")
        assert answer.startswith(f"Rebuilt this branch from `main`. The previous head was {theirs}.")
        assert scene.at(BRANCH, "README.md") == UPDATED_GUIDE


async def test_the_checkbox_rebuilds_a_branch_with_commits_by_others(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        maria.push(scene.repository, BRANCH, {"README.md": "# Mine\n"})
        maria.edit(pull, body=(pull.body or "").replace(f"[ ] {REBASE_CHECKBOX}", f"[x] {REBASE_CHECKBOX}"))
        await idle(service)

        assert scene.at(BRANCH, "README.md") == UPDATED_GUIDE
        assert f"[ ] {REBASE_CHECKBOX}" in (pull.body or "")


async def test_a_commit_during_a_rebase_is_not_dropped(tmp_path: Path) -> None:
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
            said, _ = await post_command(scene, service, pull, "/mas docs rebase")

            assert bot_reactions(said) == ["confused"]
            assert any(
                each.startswith("Someone pushed to this branch while I was working") for each in bot_comments(pull)
            )
            assert scene.at(BRANCH, "docs/late.md") == "# Late\n"


async def test_skip_closes_the_documentation_pull_request_for_good(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        _, answer = await post_command(scene, service, pull, "/mas docs skip not now")
        assert answer.startswith("Declined 1 edit.")
        await until(lambda: pull.state == "closed")

        maria.push(scene.repository, "main", {"notes.txt": "x"})
        await idle(service)
        assert list(scene.repository.pull_requests) == [pull.number]


async def test_explain_works_on_the_documentation_pull_request(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        _, answer = await post_command(scene, service, pull, "/mas docs explain 1")

        assert "### 1. `README.md` › `Guide`" in answer


async def test_a_command_on_a_line_gets_its_reply_in_the_thread(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        pull = await open_stale_pull_request(scene)
        await idle(service)
        maria = scene.sandbox.person("maria")
        said = maria.comment_on_line(pull, "fetchkit/__init__.py", 4, "/mas docs explain 1")
        await until(lambda: bot_reactions(said) == ["rocket"])

        (thread,) = pull.threads
        assert "**What changed:**" in thread.comments[1].body


async def test_disabled_commands_get_no_reply(tmp_path: Path) -> None:
    async with installed(tmp_path, {**PROJECT, ".github/mas.yml": "commands:\n  enabled: false\n"}) as (scene, service):
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        said = scene.sandbox.person("maria").comment(issue, "/mas help")
        await idle(service)

        assert not bot_reactions(said)
        assert not bot_comments(issue)


async def test_the_skip_trailer_on_a_pushed_commit_prevents_its_edits(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED, "Rename fetch_all\n\nDocs: skip")
        await idle(service)
        assert not scene.repository.pull_requests

        again = CODE.replace("fetch_all", "fetch_many").replace("limit", "count")
        await scene.push({"fetchkit/__init__.py": again}, "Rename limit")
        await scene.pull()
        await idle(service)
        assert scene.at(BRANCH, "README.md") == GUIDE.replace("limit", "count")
