"""The security review of a pull request, where a repository asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.scene import PROJECT, idle, installed
from tests.journeys.test_pull_requests import checked
from tests.journeys.test_review import NEW, OLD, TOKEN

pytestmark = pytest.mark.journey

SECURITY = "mas / security"
ASKED = {
    **PROJECT,
    "shop.py": OLD,
    ".github/mas.yml": "security: {enabled: true, fail_severity: critical, without: [B113]}\n",
}
DANGEROUS = {
    "shop.py": NEW,
    "config.py": f'TOKEN = "{TOKEN}"\n',
    "images/Dockerfile": "FROM debian:12\nADD shop /shop\n",
    "clean.sh": '#!/bin/sh\nrm -rf "$1/"*\n',
}


async def test_the_check_tells_what_a_pull_request_brings_on_its_lines_and_no_secret(tmp_path: Path) -> None:
    async with installed(tmp_path, ASKED) as (scene, service):
        said: list[str] = []
        scene.sandbox.observe(lambda exchange: said.append(repr(exchange)))
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", DANGEROUS)
        pull = maria.open_pull(scene.repository, "topic")
        run = await checked(scene, head, SECURITY)

        assert (run.conclusion, run.output["title"]) == ("failure", "4 findings: 1 critical, 1 high, 2 medium")
        notes = [(note["path"], note["start_line"], note["annotation_level"]) for note in run.output["annotations"]]
        assert notes == [
            ("config.py", 1, "failure"),
            ("shop.py", 9, "failure"),
            ("images/Dockerfile", 2, "warning"),
            ("clean.sh", 2, "warning"),
        ]
        for name in ("bandit", "detect-secrets", "betterleaks", "hadolint", "shellcheck"):
            assert name in run.output["summary"]
        assert "did not look at everything" not in run.output["summary"]
        assert "COPY shop /shop" in run.output["summary"]

        await idle(service)
        head = maria.push(scene.repository, "topic", {**DANGEROUS, "config.py": "import os\n", "shop.py": OLD})
        run = await checked(scene, head, SECURITY)
        assert (run.conclusion, run.output["title"]) == ("neutral", "2 findings: 2 medium")

        await idle(service)
        maria.rerun(run)
        await idle(service)
        assert [r.name for r in scene.checks(pull.head_oid)].count(SECURITY) <= 2
        assert TOKEN not in "".join(said)
        kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("mas.db*"))
        assert TOKEN.encode() not in kept


async def test_where_nobody_asks_for_it_there_is_none(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        head = maria.push(scene.repository, "topic", DANGEROUS)
        maria.open_pull(scene.repository, "topic")
        await idle(service)

        assert [run.name for run in scene.checks(head)] == ["mas / docs"]
