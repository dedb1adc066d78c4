"""CODEOWNERS: the examples of GitHub's documentation, and what it says of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.repoconfig.codeowners import MAX_CODEOWNERS_BYTES, MAX_RULES, CodeOwners

DOCUMENTED = b"""\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  @docs-owner
apps/ @octocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/github
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("src/app.rb", ("global-owner1", "global-owner2")),
        ("src/app.js", ("js-owner",)),
        ("src/app.go", ()),
        ("notes/a.txt", ("octo-org/octocats",)),
        ("build/logs/a", ("octocat",)),
        ("docs/getting-started.md", ("docs-owner",)),
        ("docs/build-app/troubleshooting.md", ("global-owner1", "global-owner2")),
        ("lib/apps/a.rb", ("octocat",)),
        ("scripts/a.sh", ("doctocat", "octocat")),
        ("deeply/nested/logs/a", ("octocat",)),
        ("apps/github/a.rb", ()),
    ],
)
def test_the_last_line_that_matches_says_whose_a_file_is(path: str, owners: tuple[str, ...]) -> None:
    assert CodeOwners.parse(DOCUMENTED).owners_of([path]) == owners


def test_of_several_files_the_owners_of_most_come_first() -> None:
    owners = CodeOwners.parse(DOCUMENTED)

    assert owners.owners_of(["docs/a.md", "apps/a", "apps/b", "apps/b", "docs/none/x"]) == (
        "octocat", "docs-owner", "global-owner1", "global-owner2",
    )  # fmt: skip


def test_a_file_is_its_owners_once_however_often_a_line_names_them() -> None:
    assert CodeOwners.parse(b"* @a @b @a").owners_of(["x", "y"]) == ("a", "b")


@pytest.mark.parametrize(
    "line",
    [
        "!docs/ @b",
        "doc[sx]/ @b",
        r"\#docs @b",
        "docs/*** @b",
        "docs/ b",
        "docs/ @b @",
        "docs/ @b @c/d/e",
        "docs/ @b#c",
        "docs/ @-b",
        "docs/ @b\\",
        "docs" + "?" * 1_000 + " @b",
    ],
)
def test_a_line_that_github_does_not_take_is_left_out(line: str) -> None:
    assert CodeOwners.parse(f"* @a\n{line}\n".encode()).owners_of(["docs/a.md"]) == ("a",)


def test_an_escaped_blank_belongs_to_the_path() -> None:
    assert CodeOwners.parse(rb"docs/our\ guide.md @a").owners_of(["docs/our guide.md"]) == ("a",)


def test_windows_ends_of_lines_and_a_byte_order_mark_are_no_part_of_a_line() -> None:
    assert CodeOwners.parse(b"\xef\xbb\xbf* @a\r\n*.md @b\r\n").owners_of(["a.md"]) == ("b",)


def test_paths_are_case_sensitive() -> None:
    assert CodeOwners.parse(b"/Docs/ @a").owners_of(["docs/a.md"]) == ()


@pytest.mark.parametrize("data", [b"* @a\n" * (MAX_RULES + 1), b"* @a\n" + b"#" * MAX_CODEOWNERS_BYTES])
def test_a_file_beyond_bounds_names_nobody(data: bytes) -> None:
    assert CodeOwners.parse(data).owners_of(["a"]) == ()


@given(st.binary(max_size=200) | st.text(alphabet=r"a@/ \#*[!", max_size=60).map(str.encode), st.text(min_size=1))
def test_any_bytes_are_read(data: bytes, path: str) -> None:
    assert all("@" not in owner for owner in CodeOwners.parse(data).owners_of([path]))
