"""The security review of a pull request: a check, remarks on lines, a summary, and what people say to them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain import Tenant
from bot.server.service import Service
from github_sandbox import PullRequest
from github_sandbox.conversations import ReviewThread
from tests.journeys.scene import PERMISSIONS, PROJECT, Scene, idle, installed
from tests.journeys.test_pull_requests import checked
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


def open_threads(pull: PullRequest) -> list[tuple[str, int | None]]:
    """Where our threads stand that nobody resolved."""
    return sorted((each.original.path, each.original.line) for each in pull.threads if each.resolved_by is None)


def summaries(pull: PullRequest) -> list[str]:
    """The bot's comments of the conversation."""
    return [each.body or "" for each in pull.comments if each.author.login == "mas[bot]"]


def fingerprint(thread: ReviewThread) -> str:
    found = re.search(r"<!-- mas:finding (\S+) ", thread.comments[0].body or "")
    assert found
    return found[1]


async def test_each_danger_of_a_change_is_told_once_beside_its_line_and_no_secret_is(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        said: list[str] = []
        scene.sandbox.observe(lambda exchange: said.append(repr(exchange)))
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", DANGEROUS)
        pull = maria.open_pull(scene.repository, "topic")
        run = await checked(scene, head, SECURITY)
        await idle(service)

        assert (run.conclusion, run.output["title"]) == ("failure", "4 security findings (1 critical, 1 high, 2 medium)")
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

        assert open_threads(pull) == [("clean.sh", 2), ("config.py", 1), ("images/Dockerfile", 2), ("shop.py", 9)]
        (fixing,) = [each for each in pull.threads if each.original.path == "images/Dockerfile"]
        assert "```suggestion\nCOPY shop /shop\n```" in (fixing.comments[0].body or "")
        (summary,) = summaries(pull)
        assert "4 security findings (1 critical, 1 high, 2 medium)" in summary
        assert len(pull.reviews) == 1

        head = maria.push(scene.repository, "topic", {**DANGEROUS, "config.py": "import os\n", "shop.py": OLD})
        run = await checked(scene, head, SECURITY)
        await idle(service)
        assert (run.conclusion, run.output["title"]) == ("neutral", "2 security findings (2 medium)")
        assert open_threads(pull) == [("clean.sh", 2), ("images/Dockerfile", 2)]
        (summary,) = summaries(pull)
        assert "**Fixed**" in summary
        assert "`config.py:1`" in summary.partition("**Fixed**")[2]

        before = (len(pull.threads), len(pull.reviews), summaries(pull))
        maria.rerun(run)
        await idle(service)
        assert (len(pull.threads), len(pull.reviews), summaries(pull)) == before

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


async def test_ten_pushes_to_one_pull_request_tell_nothing_twice(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "topic", STEPS[0])
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)
        assert open_threads(pull) == [("shop.py", 9)]
        for step in STEPS[1:]:
            maria.push(scene.repository, "topic", step)
            await idle(service)
            assert len({fingerprint(each) for each in pull.threads}) == len(pull.threads)
            assert len(summaries(pull)) == 1
        assert open_threads(pull) == []
        assert "nothing found" in summaries(pull)[0]
        assert len(pull.reviews) <= len(STEPS)


async def talking(scene: Scene, service: Service, pull: PullRequest, who: str, words: str) -> str:
    """What the bot answers to a comment."""
    scene.sandbox.person(who).comment(pull, words)
    await idle(service)
    return summaries(pull)[-1]


async def test_people_ignore_a_finding_with_a_reason_and_have_one_explained(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        scene.sandbox.add_user("olga", {"octo/sample": "maintain"})
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {"shop.py": NEW})
        pull = maria.open_pull(scene.repository, "topic")
        run = await checked(scene, head, SECURITY)
        await idle(service)
        name = fingerprint(pull.threads[0])[2:9]

        assert "CWE-78" in await talking(scene, service, pull, "maria", f"/mas security explain {name}")
        assert "needs maintain access" in await talking(scene, service, pull, "maria", f"/mas security ignore {name} no")
        assert "Why" in await talking(scene, service, pull, "olga", f"/mas security ignore {name}")
        said = await talking(scene, service, pull, "olga", f"/mas security ignore {name} a constant, until 2099-01-31")
        assert "until 2099-01-31" in said

        assert open_threads(pull) == []
        assert "a constant (olga, until 2099-01-31)" in summaries(pull)[0]
        run = scene.checks(head)[-1]
        assert (run.conclusion, run.output["title"]) == ("success", "No security findings")
        (installation,) = scene.sandbox.world.installations.values()
        audit = await service.store.get_audit_log(Tenant(installation.id, scene.repository.id))
        assert [r.entry.action for r in audit if "olga ignores bandit/B602" in r.entry.detail] == ["ignore finding"]

        maria.push(scene.repository, "topic", {"README.md": "# More\n"})
        await idle(service)
        assert open_threads(pull) == []
        assert "No finding `fffffff`" in await talking(scene, service, pull, "maria", "/mas security explain fffffff")


async def test_a_thread_that_a_person_resolved_stays_so_and_ours_opens_again(tmp_path: Path) -> None:
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


async def test_many_findings_are_told_beside_twenty_lines_and_all_in_the_summary(tmp_path: Path) -> None:
    dangers = "import subprocess\n" + "".join(f"subprocess.run(cmd{n}, shell=True)\n" for n in range(60))
    asked = {**ASKED, ".github/mas.yml": "security: {code_scanning: true}\n"}
    granted = {**PERMISSIONS, "security_events": "write"}
    async with installed(tmp_path, asked, permissions=granted) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {"many.py": dangers})
        pull = maria.open_pull(scene.repository, "topic")
        run = await checked(scene, head, SECURITY)
        await idle(service)

        assert len(pull.threads) == 20
        assert len(pull.reviews) == 1
        assert len(run.output["annotations"]) == 60
        assert summaries(pull)[0].count("| **high** |") == 60
        uploaded = scene.repository.analyses[f"refs/pull/{pull.number}/head", head]
        assert len(uploaded["runs"][0]["results"]) == 60


async def test_what_is_not_granted_or_not_wanted_is_left_out(tmp_path: Path) -> None:
    off = {**PROJECT, ".github/mas.yml": "security: {enabled: false}\n"}
    async with installed(tmp_path, off) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", DANGEROUS)
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)

        assert [run.name for run in scene.checks(head)] == ["mas / docs"]
        assert (pull.threads, summaries(pull)) == ([], [])
        said = await talking(scene, service, pull, "maria", "/mas security review")
        assert "the security review is disabled in the settings" in said


async def test_a_change_without_danger_gets_the_check_alone(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", {"fetchkit/more.py": "LIMIT = 3\n"})
        pull = maria.open_pull(scene.repository, "topic")
        run = await checked(scene, head, SECURITY)
        await idle(service)

        assert (run.conclusion, run.output["title"]) == ("success", "No security findings")
        assert (pull.threads, pull.reviews, summaries(pull)) == ([], [], [])


async def test_the_author_of_a_change_does_not_say_how_it_is_reviewed(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        maria = scene.sandbox.person("maria")
        off = "security: {enabled: false, without: [bandit], exclude: ['**']}\n"
        maria.push(scene.repository, "topic", {"shop.py": NEW, ".github/mas.yml": off})
        pull = maria.open_pull(scene.repository, "topic")
        await idle(service)

        assert open_threads(pull) == [("shop.py", 9)]


async def test_a_marker_in_somebody_elses_words_counts_for_nothing(tmp_path: Path) -> None:
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
