"""The security review of a pull request: check, comments, summary and commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain import Tenant
from bot.server.service import Service
from github_sandbox import PullRequest
from github_sandbox.conversations import ReviewThread
from tests.journeys.scene import PERMISSIONS, PROJECT, Scene, idle, installed
from tests.journeys.test_pull_requests import wait_for_check
from tests.journeys.test_review import NEW, OLD, TOKEN

pytestmark = pytest.mark.journey

SECURITY = "mas / security"
ASKED = {
    **PROJECT,
    "shop.py": OLD,
    ".github/mas.yml": "docs: {enabled: false}\nsecurity: {fail_severity: critical, without: [B113]}\n",
}
DANGEROUS = {
    "shop.py": NEW,
    "config.py": f'TOKEN = "{TOKEN}"\n',
    "images/Dockerfile": "FROM debian:12\nADD shop /shop\n",
    "clean.sh": '#!/bin/sh\nrm -rf "$1/"*\n',
}


def list_open_threads(pull: PullRequest) -> list[tuple[str, int | None]]:
    """The places of the bot's unresolved threads."""
    return sorted((each.original.path, each.original.line) for each in pull.threads if each.resolved_by is None)


def bot_comments(pull: PullRequest) -> list[str]:
    """The bodies of the bot's comments on the conversation."""
    return [each.body or "" for each in pull.comments if each.author.login == "mas[bot]"]


def fingerprint_of(thread: ReviewThread) -> str:
    found = re.search(r"<!-- mas:finding (\S+) ", thread.comments[0].body or "")
    assert found
    return found[1]


async def test_each_finding_gets_one_comment_and_no_secret_is_repeated(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        said: list[str] = []
        scene.sandbox.observe(lambda exchange: said.append(repr(exchange)))
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", DANGEROUS)
        pull = maria.open_pull(scene.repository, "topic")
        run = await wait_for_check(scene, head, SECURITY)
        await idle(service)

        assert (run.conclusion, run.output["title"]) == (
            "failure",
            "4 security findings (1 critical, 1 high, 2 medium)",
        )
        notes = [(note["path"], note["start_line"], note["annotation_level"]) for note in run.output["annotations"]]
        assert notes == [
            ("config.py", 1, "failure"),
            ("shop.py", 9, "failure"),
            ("images/Dockerfile", 2, "warning"),
            ("clean.sh", 2, "warning"),
        ]
        for name in ("bandit", "detect-secrets", "betterleaks", "hadolint", "shellcheck"):
            assert name in run.output["summary"]
        assert "did not scan everything" not in run.output["summary"]

        assert list_open_threads(pull) == [("clean.sh", 2), ("config.py", 1), ("images/Dockerfile", 2), ("shop.py", 9)]
        (fixing,) = [each for each in pull.threads if each.original.path == "images/Dockerfile"]
        assert "```suggestion\nCOPY shop /shop\n```" in (fixing.comments[0].body or "")
        (summary,) = bot_comments(pull)
        assert "4 security findings (1 critical, 1 high, 2 medium)" in summary
        assert len(pull.reviews) == 1

        head = maria.push(scene.repository, "topic", {**DANGEROUS, "config.py": "import os\n", "shop.py": OLD})
        run = await wait_for_check(scene, head, SECURITY)
        await idle(service)
        assert (run.conclusion, run.output["title"]) == ("neutral", "2 security findings (2 medium)")
        assert list_open_threads(pull) == [("clean.sh", 2), ("images/Dockerfile", 2)]
        (summary,) = bot_comments(pull)
        assert "**Fixed**" in summary
        assert "`config.py:1`" in summary.partition("**Fixed**")[2]

        before = (len(pull.threads), len(pull.reviews), bot_comments(pull))
        maria.rerun(run)
        await idle(service)
        assert (len(pull.threads), len(pull.reviews), bot_comments(pull)) == before

        assert TOKEN not in "".join(said)
        kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("mas.db*"))
        assert TOKEN.encode() not in kept


STEPS: list[dict[str, str | None]] = [
    {"shop.py": NEW},
    {"shop.py": "# a line above\n" + NEW},
    {"other.py": "import subprocess\n\n\ndef third(name):\n    subprocess.run(name, shell=True)\n"},
    {"shop.py": "# a line above\n" + OLD, "moved.py": NEW.replace("def old", "def older")},
    {"moved.py": None, "renamed.py": NEW.replace("def old", "def older")},
    {"renamed.py": None, "other.py": None},
    {"shop.py": NEW},
    {"shop.py": NEW + "\n\ndef again(name):\n    subprocess.run(name, shell=True)\n"},
    {"README.md": "# Guide\n"},
    {"shop.py": OLD},
]


async def test_ten_pushes_report_no_finding_twice(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "topic", STEPS[0])
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)
        assert list_open_threads(pull) == [("shop.py", 9)]
        for step in STEPS[1:]:
            maria.push(scene.repository, "topic", step)
            await idle(service)
            assert len({fingerprint_of(each) for each in pull.threads}) == len(pull.threads)
            assert len(bot_comments(pull)) == 1
        assert list_open_threads(pull) == []
        assert "No security findings" in bot_comments(pull)[0]
        assert len(pull.reviews) <= len(STEPS)


async def post_command(scene: Scene, service: Service, pull: PullRequest, who: str, words: str) -> str:
    """Post a comment. Return the bot's reply."""
    scene.sandbox.person(who).comment(pull, words)
    await idle(service)
    return bot_comments(pull)[-1]


async def test_ignoring_a_finding_needs_the_role_and_a_reason(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        scene.sandbox.add_user("olga", {"octo/sample": "maintain"})
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {"shop.py": NEW})
        pull = maria.open_pull(scene.repository, "topic")
        run = await wait_for_check(scene, head, SECURITY)
        await idle(service)
        name = fingerprint_of(pull.threads[0])[2:9]

        assert "CWE-78" in await post_command(scene, service, pull, "maria", f"/mas security explain {name}")
        assert "needs maintain access" in await post_command(
            scene, service, pull, "maria", f"/mas security ignore {name} no"
        )
        assert "A reason is required" in await post_command(
            scene, service, pull, "olga", f"/mas security ignore {name}"
        )
        said = await post_command(
            scene, service, pull, "olga", f"/mas security ignore {name} a constant, until 2099-01-31"
        )
        assert "until 2099-01-31" in said

        assert list_open_threads(pull) == []
        assert "a constant (olga, until 2099-01-31)" in bot_comments(pull)[0]
        run = scene.checks(head)[-1]
        assert (run.conclusion, run.output["title"]) == ("success", "No security findings")
        (installation,) = scene.sandbox.world.installations.values()
        audit = await service.store.get_audit_log(Tenant(installation.id, scene.repository.id))
        assert [r.entry.action for r in audit if "olga ignores bandit/B602" in r.entry.detail] == ["ignore finding"]

        maria.push(scene.repository, "topic", {"README.md": "# More\n"})
        await idle(service)
        assert list_open_threads(pull) == []
        assert "No finding `fffffff`" in await post_command(
            scene, service, pull, "maria", "/mas security explain fffffff"
        )


async def test_a_thread_resolved_by_a_person_stays_resolved(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "topic", {"shop.py": NEW, "images/Dockerfile": DANGEROUS["images/Dockerfile"]})
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)
        (ours,) = [each for each in pull.threads if each.original.path == "shop.py"]
        (theirs,) = [each for each in pull.threads if each.original.path != "shop.py"]
        maria.resolve(theirs)
        maria.push(scene.repository, "topic", {"shop.py": OLD})
        await idle(service)
        assert ours.resolved_by is not None
        assert ours.resolved_by.login == "mas[bot]"

        maria.push(scene.repository, "topic", {"shop.py": NEW})
        await idle(service)
        assert ours.resolved_by is None
        assert theirs.resolved_by is not None
        assert len(pull.threads) == 2


async def test_many_findings_get_twenty_comments_and_are_all_in_the_summary(tmp_path: Path) -> None:
    dangers = "import subprocess\n" + "".join(f"subprocess.run(cmd{n}, shell=True)\n" for n in range(60))
    asked = {**ASKED, ".github/mas.yml": "security: {code_scanning: true}\n"}
    granted = {**PERMISSIONS, "security_events": "write"}
    async with installed(tmp_path, asked, permissions=granted) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {"many.py": dangers})
        pull = maria.open_pull(scene.repository, "topic")
        run = await wait_for_check(scene, head, SECURITY)
        await idle(service)

        assert len(pull.threads) == 20
        assert len(pull.reviews) == 1
        assert len(run.output["annotations"]) == 60
        assert bot_comments(pull)[0].count("| **high** |") == 60
        uploaded = scene.repository.analyses[f"refs/pull/{pull.number}/head", head]
        assert len(uploaded["runs"][0]["results"]) == 60


async def test_code_scanning_and_disabled_reviews_are_left_out(tmp_path: Path) -> None:
    off = {**PROJECT, ".github/mas.yml": "security: {enabled: false}\n"}
    async with installed(tmp_path, off) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", DANGEROUS)
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)

        assert [run.name for run in scene.checks(head)] == ["mas / docs"]
        assert (pull.threads, bot_comments(pull)) == ([], [])
        said = await post_command(scene, service, pull, "maria", "/mas security review")
        assert "the security review is disabled in the settings" in said


async def test_a_change_without_findings_gets_only_the_check(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {"fetchkit/more.py": "LIMIT = 3\n"})
        pull = maria.open_pull(scene.repository, "topic")
        run = await wait_for_check(scene, head, SECURITY)
        await idle(service)

        assert (run.conclusion, run.output["title"]) == ("success", "No security findings")
        assert (pull.threads, pull.reviews, bot_comments(pull)) == ([], [], [])


async def test_settings_in_a_pull_request_do_not_change_its_review(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        maria = scene.sandbox.person("maria")
        off = "security: {enabled: false, without: [bandit], exclude: ['**']}\n"
        maria.push(scene.repository, "topic", {"shop.py": NEW, ".github/mas.yml": off})
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)

        assert list_open_threads(pull) == [("shop.py", 9)]


async def test_a_marker_in_a_persons_comment_is_ignored(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        maria, eve = scene.sandbox.person("maria"), scene.sandbox.person("eve")
        maria.push(scene.repository, "topic", {"shop.py": NEW})
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)
        told = pull.threads[0].comments[0].body or ""

        maria.push(scene.repository, "other", {"shop.py": NEW})
        second = maria.open_pull(scene.repository, "other")
        eve.comment_on_line(second, "shop.py", 9, told)
        await idle(service)

        assert [each.comments[0].author.login for each in second.threads] == ["eve", "mas[bot]"]
