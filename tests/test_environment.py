"""Tests do not depend on the environment of the person or the runner that starts them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import OUTSIDE

ROOT = Path(__file__).parents[1]
FOREIGN = {
    "MAS_EMBEDDER": "openai",
    "MAS_DATA_DIR": "/nonexistent",
    "DATABASE_URL": "postgresql://db.invalid/live",
    "STORE_URL": "mongodb://db.invalid/live",
    "REDIS_URL": "redis://cache.invalid",
    "GITHUB_APP_ID": "1",
    "GITHUB_TOKEN": "of-nobody",
    "HTTPS_PROXY": "http://proxy.invalid:3128",
    "no_proxy": "*",
    "PORT": "1",
}
KEPT = {"MAS_TEST_KEPT": "1", "PATH": os.environ["PATH"]}


def test_settings_of_the_developer_reach_neither_tests_nor_their_processes(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import environment\n")
    (tmp_path / "test_inner.py").write_text(
        "import json, os, pathlib, subprocess, sys\n"
        "def test_inner():\n"
        "    program = 'import json, os; print(json.dumps([*os.environ]))'\n"
        "    child = subprocess.check_output([sys.executable, '-c', program])\n"
        "    pathlib.Path(os.environ['SEEN']).write_text(json.dumps([[*os.environ], json.loads(child)]))\n"
    )
    seen = tmp_path / "seen.json"
    environment = {**FOREIGN, **KEPT, "SEEN": str(seen), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}

    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    for names in json.loads(seen.read_text()):
        assert not set(FOREIGN) & set(names)
        assert set(KEPT) <= set(names)


@pytest.mark.parametrize(
    "name", re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
)
def test_every_setting_of_the_bot_is_removed(name: str) -> None:
    assert OUTSIDE.fullmatch(name)


def test_none_is_there_now() -> None:
    assert [name for name in os.environ if OUTSIDE.fullmatch(name)] == []
