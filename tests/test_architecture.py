"""The map of the code base is complete."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_map_names_each_room_of_the_bot_once() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page.partition("## Rooms")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    rooms = [
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "bot").iterdir()
        if path.name not in ("__pycache__", "__init__.py")
    ]
    assert sorted(rows) == sorted(rooms)


def test_each_room_is_a_layer_of_the_import_contracts() -> None:
    contracts = (ROOT / "pyproject.toml").read_text().partition('name = "Layers"')[2].partition("[[tool")[0]
    layers = re.findall(r"bot\.(\w+)", contracts)
    rooms = [path.stem for path in (ROOT / "bot").iterdir() if not path.name.startswith("__")]
    assert sorted(layers) == sorted(rooms)


def test_each_file_that_the_map_names_exists() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`((?:agents|engine|github|server)/[\w/]+(?:\.py)?)/?`", page)
    assert named
    assert [name for name in named if not (ROOT / "bot" / name).exists()] == []
