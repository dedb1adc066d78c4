"""The note about a new parameter, and its version."""

from __future__ import annotations

import pytest

from bot.agents.change_detection.upcoming_version import upcoming_version
from tests.core.trees import rewritten, tree

CODE = "def fetch(url{}): ...\n\n\ndef push(a=1, b=2, c=3): ...\n"
EARLY = {"pyproject.toml": '[project]\nversion = "2.4.0.dev1"\n'}
NOTE = "   .. versionchanged:: {}\n      Added the ``{}`` parameter.\n"
PUSH = ".. function:: push(a, b, c)\n\n   Pushes.\n\n" + "\n".join(
    NOTE.format(f"2.{number}", name) for number, name in enumerate("abc")
)
FETCH = "\n.. function:: fetch(url)\n\n   Fetches it.\n"
TAIL = "\nThe end.\n"


def _add_note(page: str, manifest: dict[str, str] = EARLY, more: str = ", retries=1") -> str:
    before = {**manifest, "pkg/__init__.py": CODE.format("")}
    return rewritten(before, {**manifest, "pkg/__init__.py": CODE.format(more)}, page, "docs/api.rst")


def test_a_new_parameter_gets_a_note_in_the_form_of_the_others() -> None:
    assert _add_note(PUSH + FETCH + TAIL) == PUSH + FETCH + "\n" + NOTE.format("2.4", "retries") + TAIL


def test_the_form_is_the_pages_own_including_blank_lines() -> None:
    push = PUSH.replace("\n      Added the ``", "\n\n      *").replace("`` parameter.", "* argument is new.")
    note = "   .. versionchanged:: 2.4\n\n      *retries* argument is new.\n"
    assert _add_note(push + FETCH) == push + FETCH + "\n" + note


def test_a_page_without_a_final_line_ending_stays_so() -> None:
    page = PUSH + FETCH.rstrip("\n")
    assert _add_note(page) == page + "\n\n" + NOTE.format("2.4", "retries").rstrip("\n")


def test_line_endings_are_kept() -> None:
    page = (PUSH + FETCH + TAIL).replace("\n", "\r\n")
    assert _add_note(page) == _add_note(PUSH + FETCH + TAIL).replace("\n", "\r\n") != page


def test_a_version_has_as_many_numbers_as_the_others() -> None:
    whole = PUSH.replace(":: 2.0", ":: 2.0.0").replace(":: 2.1", ":: 2.1.0")
    assert NOTE.format("2.4.0", "retries") in _add_note(whole + FETCH)
    patch = {"pyproject.toml": 'version = "2.4.1b2"\n'}
    assert NOTE.format("2.4.1", "retries") in _add_note(PUSH + FETCH, patch)


@pytest.mark.parametrize(
    "page",
    [
        PUSH.replace("Added the ``b``", "The new").replace("Added the ``c``", "A")
        + FETCH,  # only one note is about a new parameter
        PUSH.replace("``b`` parameter", "``b`` argument").replace("``c`` parameter", "``c`` keyword argument") + FETCH,
        PUSH.replace("2.2", "2.5") + FETCH,  # later than the next version
        PUSH.replace(":: 2.", ":: 1.") + FETCH,  # another series
        PUSH + FETCH.replace("it.", "it, with *retries*."),
        PUSH + FETCH + "\n   .. method:: other()\n\n      Another.\n",
        PUSH + "\nCall ``fetch``.\n",
    ],
)
def test_a_page_that_shows_no_clear_form_is_kept(page: str) -> None:
    assert _add_note(page) == page


def test_two_new_parameters_are_left_to_a_person() -> None:
    assert _add_note(PUSH + FETCH, more=", retries=1, pause=2") == PUSH + FETCH


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"pyproject.toml": 'version = "2.4.0.dev1"\n'}, "2.4.0"),
        ({"setup.py": "setup(name='a', version='3.0rc1')\n"}, "3.0"),
        ({"package.json": '{\n  "version": "3.0.0-beta.2"\n}\n'}, "3.0.0"),
        ({"Cargo.toml": '[package]\nversion = "0.5.0-alpha"\n'}, "0.5.0"),
        ({"src/pkg/__init__.py": '__version__ = "8.2.0.dev"\n'}, "8.2.0"),
        ({"pkg/_version.py": '__version__: str = "1.1.0a"\n', "setup.cfg": "version = 1.1.0a0\n"}, "1.1.0"),
        ({"pyproject.toml": 'version = "2.4.0"\n'}, ""),
        ({"pyproject.toml": 'version = "2.4.0.dev1"\n', "pkg/__init__.py": '__version__ = "2.3.0"\n'}, ""),
        ({"pyproject.toml": 'dynamic = ["version"]\n'}, ""),
        ({"examples/pkg/__init__.py": '__version__ = "8.2.0.dev"\n'}, ""),
        ({}, ""),
    ],
)
def test_the_next_version_is_the_final_one_after_a_prerelease(files: dict[str, str], version: str) -> None:
    assert upcoming_version(tree(files)) == version
