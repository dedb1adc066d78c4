"""The checks of a person's pull request: stale documentation, and invalid settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from github_sandbox.checks import CheckRun
from tests.journeys.scene import GUIDE, PROJECT, RENAMED, Scene, idle, installed, until

pytestmark = pytest.mark.journey

DOCS, CONFIG = "mas / docs", "mas / config"


def check_runs(scene: Scene, oid: str, name: str = DOCS) -> list[CheckRun]:
    """The bot's check runs with a name on a commit."""
    return [run for run in scene.checks(oid) if run.name == name]


async def wait_for_check(scene: Scene, oid: str, name: str = DOCS) -> CheckRun:
    await until(lambda: bool(check_runs(scene, oid, name)))
    (run,) = check_runs(scene, oid, name)
    return run


async def test_the_check_lists_the_stale_docs(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, _):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", RENAMED, "Rename fetch_all")
        maria.open_pull(scene.repository, "topic")

        run = await wait_for_check(scene, head)
        assert (run.conclusion, run.output["title"]) == ("neutral", "1 suggested edit")
        assert (
            "-Call `fetch_all` to fetch everything:\n+Call `fetch_many` to fetch everything:" in run.output["summary"]
        )
        assert f"/blob/{head}/fetchkit/__init__.py#L4" in run.output["summary"]
        assert "`git apply`" in run.output["text"]
        (note,) = run.output["annotations"]
        assert (note["path"], note["start_line"]) == ("fetchkit/__init__.py", 4)
        assert note["message"] == "README.md › Guide: fetch_all is now fetch_many"
        assert [action["identifier"] for action in run.actions] == ["apply"]
        assert not [p for p in scene.repository.pull_requests.values() if p.author.login == "mas[bot]"]


async def test_the_check_passes_if_no_docs_are_stale(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, _):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {**RENAMED, "README.md": GUIDE.replace("fetch_all", "fetch_many")})
        maria.open_pull(scene.repository, "topic")

        run = await wait_for_check(scene, head)
        assert (run.conclusion, run.output["title"]) == ("success", "No docs affected")
        assert not run.output["annotations"]


async def test_new_commits_are_checked_and_a_rerun_changes_nothing(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        first = maria.push(scene.repository, "topic", RENAMED)
        maria.open_pull(scene.repository, "topic")
        run = await wait_for_check(scene, first)

        maria.rerun(run)
        second = maria.push(scene.repository, "topic", {"README.md": GUIDE.replace("fetch_all", "fetch_many")})
        assert (await wait_for_check(scene, second)).conclusion == "success"
        await idle(service)
        assert len(check_runs(scene, first)) == 1


async def test_the_button_commits_the_edits_to_the_branch(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, _):
        maria = scene.sandbox.person("maria")
        first = maria.push(scene.repository, "topic", RENAMED)
        maria.open_pull(scene.repository, "topic")
        maria.click(await wait_for_check(scene, first), "apply")
        await until(lambda: scene.repository.branch("topic") != first)

        second = scene.repository.branch("topic") or ""
        assert scene.at("topic", "README.md") == GUIDE.replace("fetch_all", "fetch_many")
        assert scene.repository.git.run("rev-parse", f"{second}^").decode().strip() == first
        assert (await wait_for_check(scene, second)).conclusion == "success"


async def test_the_button_is_refused_without_write_access(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria, eve = scene.sandbox.person("maria"), scene.sandbox.person("eve")
        scene.sandbox.add_user("eve", {"octo/sample": "triage"})
        first = maria.push(scene.repository, "topic", RENAMED)
        pull = maria.open_pull(scene.repository, "topic")
        eve.click(await wait_for_check(scene, first), "apply")

        await until(lambda: bool(pull.comments))
        assert pull.comments[0].body.startswith("@eve, `/mas docs apply` needs write access to this repository.")
        await idle(service)
        assert scene.repository.branch("topic") == first


async def test_a_fork_is_checked_and_never_written_to(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        eve = scene.sandbox.person("eve")
        fork = scene.sandbox.activity.repositories.fork(scene.repository, eve.account)
        head = eve.push(fork, "topic", RENAMED)
        pull = eve.open_pull(scene.repository, "topic", fork=fork)

        run = await wait_for_check(scene, head)
        assert run.output["title"] == "1 suggested edit"
        assert not run.actions
        assert "This branch is in a fork" in run.output["summary"]

        scene.sandbox.person("maria").comment(pull, "/mas docs apply")
        await until(lambda: len(pull.comments) == 2)
        assert "This branch is in a fork" in pull.comments[1].body
        await idle(service)
        assert fork.branch("topic") == head


async def test_the_skip_label_declines_the_edits_for_good(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", RENAMED)
        pull = maria.open_pull(scene.repository, "topic")
        run = await wait_for_check(scene, head)
        maria.label(pull, "skip-docs")
        await until(lambda: run.conclusion == "skipped")
        assert "label" in run.output["summary"]

        maria.unlabel(pull, "skip-docs")
        await until(lambda: run.conclusion == "neutral")
        maria.label(pull, "skip-docs")
        await until(lambda: run.conclusion == "skipped")

        maria.merge(pull)
        await idle(service)
        assert list(scene.repository.pull_requests) == [pull.number]


async def test_a_blocking_check_fails(tmp_path: Path) -> None:
    blocking = "docs:\n  check:\n    blocking: true\n"
    async with installed(tmp_path, {**PROJECT, ".github/mas.yml": blocking}) as (scene, _):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", RENAMED)
        maria.open_pull(scene.repository, "topic")

        assert (await wait_for_check(scene, head)).conclusion == "failure"


async def test_invalid_settings_are_annotated_on_their_lines(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, _):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {".github/mas.yml": "docs:\n  chek:\n    blocking: true\n"})
        maria.open_pull(scene.repository, "topic")

        run = await wait_for_check(scene, head, CONFIG)
        assert run.conclusion == "failure"
        (note,) = run.output["annotations"]
        assert (note["path"], note["start_line"]) == (".github/mas.yml", 2)
        assert "Did you mean 'check'?" in note["message"]

        better = maria.push(scene.repository, "topic", {".github/mas.yml": "docs:\n  check:\n    blocking: true\n"})
        assert (await wait_for_check(scene, better, CONFIG)).conclusion == "success"


async def test_an_invalid_settings_file_keeps_the_last_valid_one_in_effect_and_opens_an_issue(
    tmp_path: Path,
) -> None:
    good = "docs:\n  check:\n    blocking: true\n"
    async with installed(tmp_path, {**PROJECT, ".github/mas.yml": good}) as (scene, service):
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "main", {"notes.txt": "x"})
        await idle(service)
        maria.push(scene.repository, "main", {".github/mas.yml": "docs: [\n"})
        await until(lambda: bool(scene.repository.issues))
        maria.push(scene.repository, "main", {".github/mas.yml": "docs: [[\n"})
        await idle(service)
        (issue,) = scene.repository.issues.values()
        assert "is invalid" in issue.title

        head = maria.push(scene.repository, "topic", RENAMED)
        maria.open_pull(scene.repository, "topic")
        assert (await wait_for_check(scene, head)).conclusion == "failure"

        maria.push(scene.repository, "main", {".github/mas.yml": "docs:\n  check:\n    blocking: false\n"})
        await until(lambda: issue.state == "closed")


async def test_the_checks_of_a_merge_group_pass(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, _):
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "topic", RENAMED)
        pull = maria.open_pull(scene.repository, "topic")
        group = scene.sandbox.owner("octo").enqueue(pull)

        assert (await wait_for_check(scene, group.oid)).conclusion == "success"
