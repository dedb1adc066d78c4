"""`mas preview` as a user runs it: a process, a repository, what it prints and how it ends."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli import terminal
from tests.repositories import blob, commit, commit_entries, repository, run, state

ROOT = Path(__file__).parents[2]
"""Of the code that is tested."""

CODE = '''\
def fetch_user(name):
    """Find somebody."""
    query = f"user:{name}"
    answer = connection.ask(query)
    return answer.first()


def close():
    connection.end()
'''
RENAMED = CODE.replace("fetch_user", "load_user")
GUIDE = """\
# Guide

## Users

Call `shop.fetch_user` to find somebody:

```python
from shop import fetch_user

fetch_user("ada")
```
"""


@dataclass(frozen=True)
class Said:
    """What a run printed, and its exit code."""

    out: bytes
    errors: str
    code: int

    @property
    def text(self) -> str:
        return self.out.decode()


def mas(*args: str, at: Path, **variables: str) -> Said:
    env = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "NO_COLOR")}
    command = [sys.executable, "-m", "bot", *args]
    done = subprocess.run(
        command, cwd=at, env={**env, "PYTHONPATH": str(ROOT), **variables}, capture_output=True, check=False
    )
    return Said(done.stdout, done.stderr.decode(), done.returncode)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A work tree whose last commit renamed a function that its guide still calls by the old name."""
    made = repository(tmp_path / "project")
    commit(made, {"shop.py": CODE, "docs/guide.md": GUIDE})
    commit(made, {"shop.py": RENAMED})
    return made


# ------------------------------------------------------------------ output


def test_a_renamed_function_is_shown_as_a_diff_with_reason_and_location(project: Path) -> None:
    before, head = state(project), run(project, "rev-parse", "HEAD")
    base = run(project, "rev-parse", "HEAD~1")
    said = mas("preview", at=project)
    assert (said.code, said.errors) == (0, "")
    lines = said.text.splitlines()
    assert lines[0] == "docs/guide.md"
    assert "  -Call `shop.fetch_user` to find somebody:" in lines
    assert "  +Call `shop.load_user` to find somebody:" in lines
    assert '  +load_user("ada")' in lines
    assert any(line.startswith("    → ") and "load_user" in line for line in lines)
    assert f"      shop.py:1 at {base[:9]} → shop.py:1 at {head[:9]}" in lines
    assert lines[-1].startswith("3 edits in 1 document; 1 document checked against 1 code change")
    assert "\x1b" not in said.text
    assert state(project) == before
    assert run(project, "status", "--porcelain") == ""


def test_subfolders_bare_and_shared_clones_give_the_same_result(project: Path) -> None:
    beside = project.parent
    run(beside, "clone", "--quiet", "--bare", "project", "bare.git")
    run(beside, "clone", "--quiet", "--bare", "--shared", "project", "shared.git")
    wanted = mas("preview", "--json", at=project).text
    assert len(json.loads(wanted)["edits"]) == 3
    assert mas("preview", "--json", at=project / "docs").text == wanted
    assert mas("preview", "--json", "bare.git", at=beside).text == wanted
    assert mas("preview", "--json", str(beside / "shared.git"), at=beside).text == wanted


def test_a_topic_branch_is_compared_with_its_merge_base(project: Path) -> None:
    run(project, "switch", "--quiet", "-c", "topic")
    commit(project, {"shop.py": RENAMED.replace("close", "shut"), "docs/guide.md": f"{GUIDE}\nThen `shop.close()`.\n"})
    commit(project, {"other.txt": "more"})
    said = json.loads(mas("preview", "--json", at=project).text)
    assert [edit["replacement"] for edit in said["edits"]] == ["Then `shop.shut()`.\n"]


def test_excluded_paths_are_skipped_and_invalid_settings_reported(project: Path) -> None:
    commit(project, {".github/mas.yml": "docs:\n  exclude: [docs/**]\n  rulez: {}\n"})
    said = mas("preview", "--base", "HEAD~2", "--json", at=project)
    assert (json.loads(said.text)["edits"], said.code) == ([], 0)
    assert ".github/mas.yml:3" in said.errors
    assert "rulez" in said.errors


def test_json_edits_replace_whole_lines(project: Path) -> None:
    said = json.loads(mas("preview", "--json", at=project).text)
    assert set(said) == {"edits", "noticed"}
    first = said["edits"][0]
    assert set(first) == {"path", "start_line", "end_line", "replacement", "confidence", "kind", "reason"}
    assert (first["path"], first["start_line"], first["end_line"]) == ("docs/guide.md", 5, 5)
    assert first["replacement"] == "Call `shop.load_user` to find somebody:\n"
    assert first["kind"] == "renamed"
    assert 0 < first["confidence"] <= 1


@pytest.mark.parametrize(
    ("path", "guide"),
    [
        ("docs/guide.md", GUIDE),
        ("docs/crlf.md", GUIDE.replace("\n", "\r\n")),
        ("docs/ende.md", GUIDE + "\nAgain `shop.fetch_user`"),
        ('docs/größe und "mehr".md', GUIDE),
    ],
    ids=["plain", "CRLF", "no final line feed", "a name to quote"],
)
def test_the_patch_applies_and_then_no_docs_are_stale(project: Path, path: str, guide: str) -> None:
    (project / "docs/guide.md").unlink()
    commit(project, {"docs/guide.md": None, path: guide, "shop.py": CODE})
    commit(project, {"shop.py": RENAMED})
    said = mas("preview", "--patch", at=project)
    run(project, "apply", "--whitespace=nowarn", "-", stdin=said.out)
    assert (project / path).read_bytes() == guide.replace("fetch_user", "load_user").encode()
    run(project, "commit", "--quiet", "--all", "-m", "docs")
    after = mas("preview", "--base", "HEAD~2", "--check", at=project)
    assert (after.code, after.text.startswith("No stale docs found")) == (0, True)


# ------------------------------------------------------------------ exit codes


def test_check_exits_with_1_only_for_stale_docs(project: Path) -> None:
    assert mas("preview", at=project).code == 0
    assert mas("preview", "--check", "--json", at=project).code == 1
    assert mas("preview", "--check", "--base", "HEAD", at=project).code == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere"], "nowhere does not exist. Name the folder of a git repository."),
        (["--base", "maim"], "There is no commit maim in this repository. Did you mean main?"),
        (["--head=--all"], "'--all' is not a revision. Name a branch, a tag or a commit."),
    ],
)
def test_bad_input_prints_one_line_with_the_fix_and_exits_with_2(project: Path, args: list[str], words: str) -> None:
    said = mas("preview", *args, at=project)
    assert (said.errors, said.out, said.code) == (f"mas: {words}\n", b"", 2)


def test_a_missing_or_empty_repository_exits_with_2(tmp_path: Path) -> None:
    plain = mas("preview", ".", at=tmp_path)
    empty = mas("preview", ".", at=repository(tmp_path / "empty"))
    assert "not in a git repository" in plain.errors
    assert "no commits yet" in empty.errors
    assert (plain.code, empty.code, plain.errors.count("\n"), empty.errors.count("\n")) == (2, 2, 1, 1)


def test_a_shallow_clone_exits_with_2_and_a_fix(project: Path) -> None:
    run(project.parent, "clone", "--quiet", "--depth=1", f"file://{project}", "shallow")
    said = mas("preview", "shallow", at=project.parent)
    assert "git fetch --unshallow" in said.errors
    assert said.code == 2


def test_wrong_usage_exits_with_2(project: Path) -> None:
    said = mas("preview", "--json", "--patch", at=project)
    assert said.code == 2
    assert "cannot be combined" in said.errors


def test_an_internal_error_prints_one_line_and_exits_with_3(project: Path) -> None:
    broken = project.parent / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text("import bot.git\nbot.git.GitRepo.open = None\n")
    said = mas("preview", at=project, PYTHONPATH=str(broken))
    traced = mas("preview", at=project, PYTHONPATH=str(broken), MAS_DEBUG="1")
    assert said.errors.startswith("mas: Internal error (TypeError).")
    assert (said.code, said.errors.count("\n")) == (3, 1)
    assert (traced.code, "Traceback" in traced.errors) == (3, True)


def test_a_closed_pipe_does_not_change_the_exit_code(project: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "bot", "preview", "--check"]
    done = subprocess.run(command, cwd=project, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("output", [[], ["--json"], ["--patch"]], ids=["text", "JSON", "patch"])
def test_unwritable_output_prints_one_line_and_exits_with_2(project: Path, output: list[str]) -> None:
    command = [sys.executable, "-m", "bot", "preview", *output]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=project, stdout=full, stderr=subprocess.PIPE, check=False)
    said = "mas: Cannot write the output: No space left on device. Redirect it to another place.\n"
    assert (done.returncode, done.stderr.decode()) == (2, said)


# ------------------------------------------------------------------ hostile and odd repositories


def test_unreadable_files_are_skipped_with_a_note(project: Path) -> None:
    commit(
        project,
        {
            "shop.py": CODE,
            "docs/latin.md": "# Café\n\n`shop.fetch_user`\n".encode("latin-1"),
            "docs/binary.md": b"# A\0B `shop.fetch_user`\n",
            "docs/huge.md": "`shop.fetch_user`\n" * 70_000,
            "broken.py": b"def (((:\n\xff\xfe",
        },
    )
    commit_entries(project, [f"120000 {blob(project, '/etc/passwd')}\tdocs/link.md".encode()])
    commit_entries(project, [b"160000 " + b"1" * 40 + b"\tvendored"])
    commit(project, {"shop.py": RENAMED})
    said = mas("preview", at=project)
    assert said.code == 0
    assert said.text.splitlines()[0] == "docs/guide.md"
    assert "`docs/latin.md` was skipped: it is not UTF-8." in said.text
    assert "`docs/binary.md` was skipped: it is binary." in said.text
    assert "`docs/huge.md` was skipped: it is larger than 1 MB." in said.text
    assert mas("preview", "--json", at=project).errors.count("` was skipped") == 3


def test_control_characters_in_names_and_texts_are_escaped(project: Path) -> None:
    name = "docs/\x1b[2J\x1b]0;owned\x07\n[bold]\u202e.md"
    commit(project, {name: GUIDE.replace("somebody", "\x1b[31m[red]some\u202ebody[/red]"), "shop.py": CODE})
    commit(project, {"shop.py": RENAMED})
    for output in ([], ["--json"]):
        said = mas("preview", *output, at=project, FORCE_COLOR="1").text
        coloured = said.replace("\x1b[0m", "").replace("\x1b[1m", "").replace("\x1b[2m", "")
        for colour in ("31", "32", "33", "36"):
            coloured = coloured.replace(f"\x1b[{colour}m", "")
        assert not {"\x1b", "\x07", "\u202e"} & set(coloured)
    text = mas("preview", at=project).text
    assert "docs/\\x1b[2J\\x1b]0;owned\\x07\\n[bold]\\u202e.md" in text.splitlines()
    assert "\\x1b[31m[red]some\\u202ebody[/red]" in text


# ------------------------------------------------------------------ on a terminal


def on_terminal(*args: str, at: Path, **variables: str) -> str:
    """Return what a run writes to a terminal."""
    ours, theirs = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "CI")}
    command = [sys.executable, "-m", "bot", *args]
    with subprocess.Popen(
        command, cwd=at, env={**env, "TERM": "xterm", **variables}, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                written += os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
        process.wait(60)
    os.close(ours)
    return written.decode()


def test_a_terminal_gets_colours_unless_no_color_is_set(project: Path) -> None:
    assert "\x1b[31m  -Call" in on_terminal("preview", at=project)
    assert "\x1b[31m" not in on_terminal("preview", at=project, NO_COLOR="1")


def test_control_characters_of_a_patch_are_escaped_on_a_terminal(project: Path) -> None:
    commit(project, {"docs/guide.md": GUIDE.replace("somebody", "\x1b[2Jsomebody"), "shop.py": CODE})
    commit(project, {"shop.py": RENAMED})
    assert "\x1b[2J" not in on_terminal("preview", "--patch", at=project)
    assert b"\x1b[2J" in mas("preview", "--patch", at=project).out


def test_a_progress_bar_appears_and_disappears_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PROGRESS_DELAY_SECONDS", 0)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream, terminal.progress(Console(file=stream, force_terminal=True)) as say:
        say("reading \x1b[2J[bold]")
        written = b""
        while b"reading \\x1b[2J[bold]" not in written:
            written += os.read(ours, 1 << 16)
    rest = os.read(ours, 1 << 16)
    os.close(ours)
    assert b"\x1b[2J" not in written
    assert rest.endswith(b"\x1b[2K")


def test_no_progress_bar_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PROGRESS_DELAY_SECONDS", 0)
    stream = io.StringIO()
    with terminal.progress(Console(file=stream, force_terminal=True)) as say:
        say("reading")
    assert stream.getvalue() == ""
