"""The table of docs/pipeline.md has a row for every requirement, and no empty cell."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
NUMBERS = """
    2.2  3.1.1 3.1.2 3.1.3 3.2.1 3.2.2  4.1.1 4.1.2 4.2.1 4.2.2  5.1.1 5.1.2 5.2.1 5.2.2 5.2.3 5.3
    6.1.1 6.1.2 6.1.3 6.2.1  7.1.1 7.1.2 7.2.1 7.2.2 7.3.1  8.1.1 8.1.2 8.2.1  9.1.1 9.2.1
    10.1.1 10.1.2 10.2.1  11.1.1 11.2.1  12.1.1 12.2.1
"""


def rows() -> list[list[str]]:
    table = re.findall(r"^\| (\d[\d.]*) \|(.*)\|$", (DOCS / "pipeline.md").read_text(), re.M)
    return [[number, *(cell.strip() for cell in rest.split(" | "))] for number, rest in table]


def test_every_requirement_has_a_row_in_order() -> None:
    assert [row[0] for row in rows()] == NUMBERS.split()


def test_no_cell_is_empty() -> None:
    for number, *cells in rows():
        assert len(cells) == 4, number
        assert all(cells), number


def test_every_path_in_it_exists() -> None:
    named = re.findall(r"`((?:\.github|delivery|k8s|monitoring|scripts|tests|requirements)/[\w./-]+)`", str(rows()))

    assert len(named) > 10
    for path in named:
        assert (DOCS.parent / path).exists(), path
