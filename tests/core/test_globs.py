"""Globs match as `.gitignore` and CODEOWNERS do, whatever the pattern, and always come to an end."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.globs import name_glob, path_glob

PARTS = st.text(alphabet="ab.", min_size=1, max_size=3)
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)
PATTERNS = st.lists(st.sampled_from("ab.*?/") | st.just("/**/") | st.just("**"), min_size=1, max_size=8).map("".join)


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        ("README.md", "README.md lib/README.md", "README.mdx readme.md"),
        ("/README.md", "README.md", "lib/README.md"),
        ("docs", "docs docs/a.md docs/a/b.md lib/docs/a.md", "docsite/a.md"),
        ("docs/", "docs/a.md docs/a/b.md lib/docs/a.md", "docs"),
        ("/docs/", "docs/a.md docs/a/b.md", "lib/docs/a.md"),
        ("docs/api", "docs/api docs/api/a.md", "docs/apis/a.md lib/docs/api/a.md"),
        ("docs/*", "docs/a.md", "docs/a/b.md lib/docs/a.md"),
        ("*.md", "a.md lib/a.md", "a.mdx"),
        ("docs/*.md", "docs/a.md", "docs/a/b.md"),
        ("docs/**/*.md", "docs/a.md docs/a/b.md docs/a/b/c.md", "a.md"),
        ("**/logs", "logs/a build/logs/a deep/down/logs", "logs.txt"),
        ("docs/**", "docs/a.md docs/a/b.md", "docs a/docs/b.md"),
        ("a/**/b", "a/b a/x/b a/x/y/b/c", "b x/a/b"),
        ("a/**/**/b", "a/b a/x/b", "b"),
        ("**", "a a/b", ""),
        ("*", "a a/b", ""),
        ("/*", "a", "a/b"),
        ("v?.md", "v1.md", "v10.md v/.md"),
        ("x**y.md", "xy.md xaay.md", "x/y.md"),
        (r"a\*.md", "a*.md", "ab.md"),
        ("[id].md", "[id].md", "i.md d.md"),
        ("a.md\\", "a.md\\", "a.md"),
        ("/", "", "a a/b"),
        ("", "", "a"),
    ],
)
def test_a_path_glob_matches_as_gitignore_and_codeowners_do(pattern: str, matched: str, others: str) -> None:
    found = [path for path in (matched + " " + others).split() if path_glob(pattern).fullmatch(path)]

    assert found == matched.split()


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        ("main", "main", "main2 feature/main main/x"),
        ("release/*", "release/1", "release release/1/fix"),
        ("release/**", "release/1 release/1/fix", "release"),
        ("v*.x", "v1.x v1.2.x", "v1.x/y"),
        ("**", "main a/b", ""),
        ("**/fix", "fix a/fix", "a/fixed"),
    ],
)
def test_a_name_glob_matches_whole_names(pattern: str, matched: str, others: str) -> None:
    found = [name for name in (matched + " " + others).split() if name_glob(pattern).fullmatch(name)]

    assert found == matched.split()


@given(PATTERNS, PATHS)
@example("**/a/**/b", "a/a/b/a/b")
@example("a*b*b", "abab")
@example("**/*a/b", "a/ba/b")
def test_a_glob_that_never_goes_back_finds_what_trying_all_ways_finds(pattern: str, path: str) -> None:
    assert bool(name_glob(pattern).fullmatch(path)) == tried(tuple(pattern.split("/")), tuple(path.split("/")))


@cache
def tried(parts: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether they match, by the definition and every way there is."""
    if not parts:
        return not path
    if parts[0] == "**":
        if len(parts) == 1:
            return bool(path)
        return tried(parts[1:], path) or (bool(path) and tried(parts, path[1:]))
    part = re.escape(parts[0]).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return bool(path) and bool(re.fullmatch(part, path[0])) and tried(parts[1:], path[1:])


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 100 + "b", "a" * 4_000),
        ("**/a" * 60 + "/b", "a/" * 2_000 + "a"),
        ("**/" + "*a" * 40 + "b/" + "**/" + "*a" * 40 + "b", "/".join(["a" * 60] * 60)),
        ("?*" * 120, "a/" * 2_000),
    ],
)
def test_a_hostile_glob_comes_to_an_end(pattern: str, path: str) -> None:
    assert not path_glob(pattern).fullmatch(path)


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_any_text_is_a_glob(pattern: str, path: str) -> None:
    path_glob(pattern).fullmatch(path)
    name_glob(pattern).fullmatch(path)
