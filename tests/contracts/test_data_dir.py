"""Where a preview keeps what it learns."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.settings.data_dir import from_environment


def test_it_is_the_one_that_the_environment_names_made_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MAS_DATA_DIR", "~/data/mas")

    assert from_environment() == tmp_path / "data/mas"
    assert stat.S_IMODE((tmp_path / "data/mas").stat().st_mode) == 0o700


@pytest.mark.parametrize("said", [None, ""])
def test_without_a_name_it_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("MAS_DATA_DIR", raising=False)
    if said is not None:
        monkeypatch.setenv("MAS_DATA_DIR", said)

    assert from_environment() == tmp_path / "mas"


def test_there_is_none_where_a_file_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MAS_DATA_DIR", str(tmp_path / "file" / "data"))

    assert from_environment() is None
