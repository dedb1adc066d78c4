"""Guards do not report checks that are moved, renamed, replaced, or removed with the code that they guard."""

from __future__ import annotations

import pytest

from bot.agents.security_review.guards import GUARDS
from bot.agents.security_review.guards.detection import find_removed_guards
from bot.domain import Blob, Change

GUARDED = """\
def read(name):
    if ".." in name:
        raise ValueError("traversal")
    return open(ROOT + name)
"""
PLAIN = """\
def read(name):
    return open(ROOT + name)
"""


def find_hits(base: dict[str, str], head: dict[str, str]) -> list[tuple[str, int, str]]:
    change = Change.between({p: Blob.of(t) for p, t in base.items()}, {p: Blob.of(t) for p, t in head.items()})
    return [(path, hit.line, hit.rule) for path, hit in find_removed_guards(change, GUARDS)]


def test_a_removed_check_is_reported_next_to_the_deletion() -> None:
    assert find_hits({"app/files.py": GUARDED}, {"app/files.py": PLAIN}) == [("app/files.py", 2, "guards/refusal")]


@pytest.mark.parametrize(
    "path",
    ["tests/files.py", "docs/files.py", "examples/files.py", "vendor/files.py", "app/test_files.py", "app/files.md"],
)
def test_only_the_projects_own_code_is_checked(path: str) -> None:
    assert find_hits({path: GUARDED}, {path: PLAIN}) == []


def test_a_check_that_moved_to_another_file_is_not_reported() -> None:
    moved = 'def reject(name):\n    if ".." in name:\n        raise ValueError("traversal")\n'
    assert find_hits({"app/files.py": GUARDED}, {"app/files.py": PLAIN, "app/paths.py": moved}) == []
    assert find_hits({"app/files.py": GUARDED, "app/b.py": ""}, {"app/files.py": PLAIN, "app/b.py": moved}) == []


def test_a_deleted_or_renamed_file_is_not_reported() -> None:
    assert find_hits({"app/files.py": GUARDED}, {}) == []
    assert find_hits({"app/files.py": GUARDED}, {"app/paths.py": GUARDED}) == []


def test_comments_are_ignored() -> None:
    text = "def f(value):\n    # escape(value) is not needed here\n    return [value]\n"
    assert (
        find_hits({"app/f.py": text}, {"app/f.py": text.replace("    # escape(value) is not needed here\n", "")}) == []
    )


def test_a_renamed_function_is_not_reported() -> None:
    before = "def page(user):\n    return [escape_html(user.name), 1]\n"
    assert find_hits({"app/f.py": before}, {"app/f.py": before.replace("escape_html", "to_safe_html")}) == []


def test_a_check_removed_with_its_function_is_not_reported() -> None:
    assert find_hits({"app/f.py": GUARDED + "\n\nSIZE = 1\n"}, {"app/f.py": "SIZE = 1\n"}) == []


def test_a_stricter_replacement_is_not_reported() -> None:
    stricter = GUARDED.replace('if ".." in name:', 'if ".." in name or name.startswith("/"):')
    assert find_hits({"app/files.py": GUARDED}, {"app/files.py": stricter}) == []


def test_repeated_hits_of_a_guard_are_limited() -> None:
    many = "".join(f"def f{n}(v):\n    return [escape(v), {n}]\n\n\n" for n in range(9))
    assert len(find_hits({"app/f.py": many}, {"app/f.py": many.replace("escape(v)", "v")})) == 3


HOSTILE = (
    "x = " + "(" * 5_000,
    "if " + "a and " * 5_000 + "b:",
    "'" * 9_999,
    '"""' * 3_001,
    "/*" * 4_000,
    "a" * 1_000_000,
    "=\0",
    "if (" + "a || " * 400 + "b) return;",
    "SELECT " * 400 + "FROM",
    "escape(" * 400 + "x" + ")" * 400,
    "\\" * 5_000,
)


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", ["a.py", "a.js"])
def test_hostile_lines_stay_within_limits(path: str, line: str) -> None:
    hits = find_hits({path: f"{GUARDED}{line}\n" * 20}, {path: f"{PLAIN}{line} \n" * 20})
    assert all(where == path for where, _, _ in hits)


def test_large_changes_are_not_checked() -> None:
    assert find_hits({"a.py": GUARDED * 800}, {"a.py": PLAIN * 800}) == []
    files = {f"app/f{n}.py": GUARDED for n in range(301)}
    assert find_hits(files, dict.fromkeys(files, PLAIN)) == []
