"""`mas review`: the findings of a change, as text, JSON and SARIF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys.test_preview import mas
from tests.repositories import blob, commit, commit_entries, repository, run, state

OLD = "import subprocess\n\n\ndef old(name):\n    subprocess.run(name, shell=True)\n"
NEW = OLD + "\n\ndef new(name):\n    subprocess.run(name, shell=True)\n"
TOKEN = "ghp_" + "k3Jx9vQ2mB7pLw8Zr4nTq1yHd6sUf5aE0gCi"
"""A made-up token in a valid format."""
WORKFLOW = """\
on: push
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.head_commit.message }}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with an old finding, whose last commit introduces new ones."""
    made = repository(tmp_path_factory.mktemp("review") / "project")
    commit(made, {"shop.py": OLD})
    commit(
        made,
        {
            "shop.py": NEW,
            "config.py": f'TOKEN = "{TOKEN}"\n',
            ".github/workflows/greet.yml": WORKFLOW,
            "tests/test_shop.py": "import subprocess\nsubprocess.run('x', shell=True)\n",
            "quiet.py": "import yaml\nyaml.load(x)  # mas: ignore[B506] of our own making\n",
        },
    )
    return made


def test_only_new_findings_are_printed(project: Path) -> None:
    before = state(project)
    said = mas("review", at=project)
    assert (said.code, said.errors) == (0, "")
    lines = said.text.splitlines()
    heads = [line for line in lines if line.startswith(("critical", "high", "medium", "low"))]
    assert [line.split()[:2] for line in heads] == [
        ["critical", "config.py:1"],
        ["high", ".github/workflows/greet.yml:7"],
        ["high", "shop.py:9"],
    ]
    assert "  quiet.py:2" in said.text
    assert "of our own making" in said.text
    assert lines[-1].startswith("3 findings (1 critical, 2 high); 5 changed files scanned with bandit")
    assert TOKEN not in said.text
    assert state(project) == before


def test_json_and_the_exit_code(project: Path) -> None:
    said = mas("review", "--json", "--check", at=project)
    assert said.code == 1
    found = json.loads(said.text)
    assert [(f["path"], f["line"], f["severity"]) for f in found["findings"]][-1] == ("shop.py", 9, "high")
    assert {s["name"] for s in found["scanners"] if s["files"]} == {"bandit", "detect-secrets", "betterleaks", "zizmor"}
    assert [(i["path"], i["by"]) for i in found["ignored"]] == [("quiet.py", "the code")]
    assert TOKEN not in said.text + said.errors


def test_sarif_contains_rules_and_locations(project: Path) -> None:
    said = json.loads(mas("review", "--sarif", at=project).text)
    (done,) = said["runs"]
    assert said["version"] == "2.1.0"
    for result in done["results"]:
        assert done["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]["mas/v1"].startswith("1:")
    quiet = [r for r in done["results"] if r.get("suppressions")]
    assert [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in quiet] == ["quiet.py"]
    assert TOKEN not in json.dumps(said)


def test_no_findings_print_one_line(project: Path) -> None:
    run(project, "switch", "--quiet", "--detach", "HEAD~1")
    said = mas("review", "--base", "HEAD", "--check", at=project)
    run(project, "switch", "--quiet", "-")
    assert said.code == 0
    assert said.text.startswith("No findings; 0 changed files scanned (")


def test_hostile_file_names_are_escaped(tmp_path: Path) -> None:
    made = repository(tmp_path / "project")
    commit(made, {"a.py": "x = 1\n"})
    evil, link = blob(made, "import yaml\nyaml.load(x)\n").encode(), blob(made, "/etc/passwd").encode()
    commit_entries(made, [b"100644 " + evil + b"\t-rf \x1b[31m;`id`.py", b"120000 " + link + b"\tlink.py"])
    said = mas("review", at=made)
    assert said.code == 0
    assert "\x1b" not in said.text
    assert "\\x1b[31m" in said.text
    assert "link.py" not in said.text


def test_the_settings_of_the_base_commit_apply(tmp_path: Path) -> None:
    made = repository(tmp_path / "project")
    commit(made, {"a.py": "x = 1\n", ".github/mas.yml": "security: {without: [B506], exclude: [old/], colour: red}\n"})
    dangerous = "import yaml\nyaml.load(x)\nexec(x)\n"
    settings = "security: {without: [bandit, B506]}\n"
    commit(made, {"a.py": dangerous, "old/b.py": dangerous, ".github/mas.yml": settings})

    said = mas("review", "--json", at=made)

    assert [(f["path"], f["rule"]) for f in json.loads(said.text)["findings"]] == [("a.py", "bandit/B102")]
    assert "Unknown setting 'security.colour'" in said.errors
