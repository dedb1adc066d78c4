"""Store many small values in one file."""

from __future__ import annotations

from pathlib import Path

from bot.analysis.kv_file import KeyValueFile


def _store(file: Path, values: dict[str, bytes]) -> KeyValueFile:
    table = KeyValueFile(file)
    table.pending |= values
    table.save()
    return KeyValueFile(file)


def test_values_are_read_singly_and_in_bulk(tmp_path: Path) -> None:
    values = {f"key {number}": b"%d" % number for number in range(2_000)}
    table = _store(tmp_path / "facts.db", values)

    assert table.get("key 7") == b"7"
    assert table.missing_keys([*values, "other"]) == {"other"}
    assert {key: table.get(key) for key in values} == values
    assert table.get("other") is None


def test_without_a_file_every_key_is_missing(tmp_path: Path) -> None:
    assert KeyValueFile(None).missing_keys(["a", "b"]) == {"a", "b"}
    assert KeyValueFile(tmp_path / "none.db").missing_keys(["a"]) == {"a"}


def test_a_corrupt_file_counts_as_empty_and_is_rebuilt(tmp_path: Path) -> None:
    file = tmp_path / "facts.db"
    file.write_bytes(b"no database" * 1_000)
    table = KeyValueFile(file)

    assert table.missing_keys(["a"]) == {"a"}
    table.pending["a"] = b"1"
    table.save()
    assert KeyValueFile(file).get("a") == b"1"
