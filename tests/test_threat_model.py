"""Each claim of SECURITY.md names a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CLAIMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "SECURITY.md").read_text())


@pytest.mark.parametrize(("file", "name"), sorted(set(CLAIMED)))
def test_a_claim_has_its_test(file: str, name: str) -> None:
    assert re.search(rf"^ *(?:async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_every_row_of_what_somebody_cannot_do_names_one() -> None:
    rows = re.findall(r"^\| (?!cannot|---)(.*) \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)

    assert len(rows) == len(CLAIMED)
