"""Entries under "Unreleased": only if the rule is on, and in the change log's own form."""

from __future__ import annotations

import pytest

from bot.agents.document_update.rules import OPTIONAL, RULES
from bot.domain import Draft, apply_edits
from tests.core.trees import drafted

_BODY = "import warnings\n\n\ndef {}(url):\n    return [url]\n\n\ndef old_way(a):\n{}    return go(a, 2)\n\n\n{}"
_GONE = "class Pool:\n    size = 3\n"
BEFORE = {"pkg/__init__.py": _BODY.format("fetch_all", "", _GONE)}
RENAMED = {"pkg/__init__.py": _BODY.format("fetch_many", "", _GONE)}
_WARNS = "    warnings.warn('use new_way', DeprecationWarning)\n"
ALL = {"pkg/__init__.py": _BODY.format("fetch_many", _WARNS, "")}
ENTRY = "`pkg.fetch_all` is now `pkg.fetch_many`."


def _draft(log: str, after: dict[str, str] = ALL, path: str = "CHANGELOG.md") -> Draft:
    return drafted(BEFORE, after, {path: log}, rules=RULES)


def _update_log(log: str, after: dict[str, str] = ALL, path: str = "CHANGELOG.md") -> str:
    return apply_edits(log, _draft(log, after, path).edits)


def test_the_rule_is_off_by_default() -> None:
    log = "# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- x\n"
    assert frozenset({"changelog"}) == OPTIONAL
    assert drafted(BEFORE, RENAMED, {"CHANGELOG.md": log}).edits == ()
    assert _update_log(log, RENAMED) == log + f"- {ENTRY}\n"


def test_headings_are_added_in_the_form_of_older_releases() -> None:
    old = "## 1.0\n\n### Changed\n\n* a\n\n### Deprecated\n\n* b\n\n### Removed\n\n* c\n"
    log = f"# Changelog\n\n## Unreleased\n\n### Changed\n\n* d\n  and more\n\n{old}"
    wanted = (
        f"# Changelog\n\n## Unreleased\n\n### Changed\n\n* d\n  and more\n* {ENTRY}\n"
        "\n### Deprecated\n\n* `pkg.old_way` is deprecated.\n\n### Removed\n\n* `pkg.Pool` was removed.\n\n" + old
    )
    assert _update_log(log) == wanted


def test_a_list_without_headings_is_continued() -> None:
    log = "Changes\n=======\n\nUnreleased\n----------\n\n-   d\n\nVersion 1.0\n-----------\n\n-   a\n"
    new = "".join(
        f"-   {entry}\n"
        for entry in (
            "``pkg.fetch_all`` is now ``pkg.fetch_many``.",
            "``pkg.old_way`` is deprecated.",
            "``pkg.Pool`` was removed.",
        )
    )
    assert _update_log(log, path="CHANGES.rst") == log.replace("-   d\n", "-   d\n" + new)


def test_line_endings_are_kept() -> None:
    log = "# Changelog\r\n\r\n## Unreleased\r\n\r\n- d\r\n\r\n## 1.0\r\n\r\n- a\r\n"
    assert _update_log(log, RENAMED) == log.replace("- d\r\n", f"- d\r\n- {ENTRY}\r\n")


@pytest.mark.parametrize(
    "log",
    [
        "# Changelog\n\n## 1.0\n\n- a\n",  # nothing is unreleased
        "# Changelog\n\n## Unreleased\n\n## 1.0\n\n- a\n",  # no list, and no heading to copy
        "# Changelog\n\n## Unreleased\n\n- `fetch_many` takes the place of another.\n",  # mentioned already
        "# Changelog\n\n## Unreleased\n\nNothing yet.\n",
        "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- a\n",  # a heading that no older release has
    ],
)
def test_a_log_without_a_clear_form_is_kept(log: str) -> None:
    assert _draft(log, RENAMED).edits == ()


def test_a_log_that_the_change_itself_edited_is_kept() -> None:
    log = "# Changelog\n\n## Unreleased\n\n- d\n"
    before, after = {**BEFORE, "CHANGELOG.md": log}, {**RENAMED, "CHANGELOG.md": log + "- Mentions it.\n"}
    assert drafted(before, after, {}, rules=RULES).edits == ()


def test_no_other_rule_sees_the_log_and_no_other_file_is_one() -> None:
    log = "# Changelog\n\n## Unreleased\n\n- d\n\n## 1.0\n\n- `pkg.fetch_all` is new.\n"
    (edit,) = _draft(log, RENAMED).edits
    assert (edit.rule, edit.new) == ("changelog", f"- {ENTRY}\n")
    for path in ("docs/CHANGELOG.md", "packages/a/CHANGELOG.md", "CHANGELOG.txt", "docs/history.md"):
        assert _draft(log, RENAMED, path).edits == ()


def test_a_change_of_many_names_is_left_to_a_person() -> None:
    many = "".join(f"def name_{number}(a): return a + {number}\n" for number in range(11))
    log = "# Changelog\n\n## Unreleased\n\n- d\n"
    assert drafted({"m.py": many}, {"m.py": ""}, {"CHANGELOG.md": log}, rules=RULES).edits == ()


def test_a_rejected_entry_is_not_proposed_again() -> None:
    docs = {"CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- d\n"}
    (edit,) = drafted(BEFORE, RENAMED, docs, rules=RULES).edits
    assert drafted(BEFORE, RENAMED, docs, frozenset({edit.fingerprint}), RULES).edits == ()
