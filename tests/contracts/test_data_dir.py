"""The data folder of `mas preview`."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.settings.data_dir import from_environment


def test_the_environment_sets_it_and_it_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MAS_DATA_DIR", "~/data/mas")

    assert from_environment() == tmp_path / "data/mas"
    assert stat.S_IMODE((tmp_path / "data/mas").stat().st_mode) == 0o700


@pytest.mark.parametrize("value", [None, ""])
def test_the_default_is_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("MAS_DATA_DIR", raising=False)
    if value is not None:
        monkeypatch.setenv("MAS_DATA_DIR", value)

    assert from_environment() == tmp_path / "mas"


def test_there_is_none_if_a_file_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MAS_DATA_DIR", str(tmp_path / "file" / "data"))

    assert from_environment() is None
