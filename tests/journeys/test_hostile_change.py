"""A change that means harm: the review ends, in bounds, and says what it left out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.journeys.test_preview import mas
from tests.repositories import blob, commit, commit_entries, repository, run

DANGER = "import yaml\nyaml.load(x)\n"
LURE = "import os; os.system('touch mas-was-here')\n"


def test_a_hostile_change_is_reviewed_in_bounds_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    made = repository(tmp_path / "project")
    commit(made, {"a.py": "x = 1\n"})
    bomb = gzip.compress(b"\0" * 20_000_000)
    (made / "poetry.lock").write_bytes(bomb)
    (made / "line.py").write_text("x = '" + "a" * 100_000_000 + "'\n")
    run(made, "add", "poetry.lock", "line.py")
    commit(
        made,
        {
            "many.py": "import subprocess\n" + "subprocess.run(c, shell=True)\n" * 1_000,
            "deep.py": "(" * 9_000 + ")" * 9_000 + "\n",
            "danger.py": DANGER,
            "conftest.py": LURE,
            "setup.py": LURE,
            ".bandit": "[bandit]\nskips: B506\n",
            "pyproject.toml": '[tool.bandit]\nskips = ["B506"]\n[tool.ruff]\nexclude = ["*"]\n',
            ".shellcheckrc": "disable=all\n",
            ".hadolint.yaml": "ignored: [DL3020]\n",
            ".github/zizmor.yml": "rules: {}\n",
        },
    )
    said = mas("review", "--json", at=made)

    assert said.code == 0, said.errors
    found = json.loads(said.text)["findings"]
    assert ("danger.py", 2) in {(f["path"], f["line"]) for f in found}
    assert not (made / "mas-was-here").exists()
    assert "Skipped `line.py`: larger than 1 MB." in said.errors
    assert len(said.text) < 20_000_000


def test_a_path_that_leads_out_of_the_repository_leads_nowhere(tmp_path: Path) -> None:
    made = repository(tmp_path / "project")
    commit(made, {"a.py": "x = 1\n"})
    evil = blob(made, DANGER).encode()
    commit_entries(made, [b"100644 " + evil + b"\t..\\..\\x.py", b"100644 " + evil + b"\t$(id).py"])

    said = mas("review", "--json", at=made)

    assert said.code == 0, said.errors
    assert {f["path"] for f in json.loads(said.text)["findings"]} == {"..\\..\\x.py", "$(id).py"}
    assert not (tmp_path / "x.py").exists()
