"""Analyse two commits of a real repository, with and without a cache."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from bot.agents.impact.calibration import MAX_REPLAYS
from bot.analysis.docs import analyse, is_relevant, ranges_to_fetch, warm_cache
from bot.domain import Draft
from bot.text.file_classes import FileClass, Overrides
from tests.repositories import commit, repository, run

CODE = """\
def fetch_all(url, limit=10):
    # fetches every page of a listing and returns the pages in the order of the server
    if limit < 1:
        raise ValueError("the limit counts pages from 1")
    pages = list(walk_pages(url, SERVER_ORDER))
    return pages[:limit]


def paint(colour):
    return colour
"""
BETTER = """\
def fetch_all(url, limit=10):
    # fetches the newest page first
    if limit < 0:
        raise ValueError("the limit is a number from 0 on")
    return sorted(walk_pages(url), key=by_age)[:limit]


def paint(colour):
    return colour
"""
GUIDE = """\
# Guide

## Fetching

`fetch_all` fetches every page of a listing and returns the pages in the order of the server. The limit counts pages
from 1. It uses `walk_pages` in `SERVER_ORDER`.

## Painting

Colours have names.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository whose guide changed with its client in every commit but the newest."""
    made = repository(tmp_path / "project")
    for day in range(5):
        commit(made, {"shop/client.py": f"{CODE}DAY = {day}\n", "docs/guide.md": f"{GUIDE}\nDay {day}.\n"})
    for day in range(3):
        body = "".join(f"def step_{n}():\n    return {n + day}\n\n\n" for n in range(4))
        commit(made, {"shop/inner.py": body})
    commit(made, {"shop/client.py": f"{BETTER}DAY = 4\n"})
    return made


def analyse_newest(at: Path, cache: Path | None = None) -> Draft:
    return analyse(str(at), "HEAD~1", "HEAD", cache=cache)


def test_a_section_that_no_rule_can_fix_gets_a_notice_with_a_reason(project: Path) -> None:
    draft = analyse_newest(project)

    assert draft.edits == ()
    first = draft.notices[0]
    assert first.section.heading == ("Guide", "Fetching")
    assert first.line == 6
    assert first.reason.startswith("This section mentions `SERVER_ORDER`, which is gone from the code (outside tests")
    assert "This page was edited in 5 of the 5 commits that touched `shop/client.py`." in first.reason


def test_the_result_is_the_same_with_an_empty_and_a_filled_cache(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "data" / "cache"

    first, second = analyse_newest(project, cache), analyse_newest(project, cache)

    assert first == second
    assert sorted(path.name for path in cache.iterdir()) == ["blobs.db", "history.json", "quiet.json"]


def test_the_cache_lists_the_replayed_quiet_commits(project: Path, tmp_path: Path) -> None:
    warm_cache(str(project), "HEAD~1", tmp_path / "cache")

    stored = json.loads((tmp_path / "cache" / "quiet.json").read_text())["by_commit"]

    quiet = [run(project, "rev-parse", f"HEAD~{back}") for back in (1, 2, 3)]
    assert list(stored) == quiet
    assert sum(value is not None for value in stored.values()) <= MAX_REPLAYS


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"\0" * 9_000, b'{"commit": 1, "by_commit": {"x": "y"}}'])
def test_a_corrupt_cache_is_rebuilt(project: Path, tmp_path: Path, rubbish: bytes) -> None:
    cache = tmp_path / "cache"
    whole = analyse_newest(project, cache)
    for file in cache.iterdir():
        file.write_bytes(rubbish)

    assert analyse_newest(project, cache) == whole
    assert analyse_newest(project, cache) == whole
    assert json.loads((cache / "history.json").read_text())["commits"] == 8
    with sqlite3.connect(cache / "blobs.db") as blobs:
        assert blobs.execute("SELECT count(*) FROM facts").fetchone()[0] > 0
    blobs.close()


def test_invalid_cached_facts_are_recomputed(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    whole = analyse_newest(project, cache)
    blobs = sqlite3.connect(cache / "blobs.db")
    with blobs:
        blobs.execute("UPDATE facts SET value = CAST('{}' AS BLOB) WHERE key NOT LIKE '%names%'")
    blobs.close()

    assert analyse_newest(project, cache) == whole


def test_an_unwritable_cache_is_ignored(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("in the way")

    assert analyse_newest(project, file / "cache") == analyse_newest(project)
    assert file.read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_cache_is_read(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    whole = analyse_newest(project, cache)
    cache.chmod(0o500)

    assert analyse_newest(project, cache) == whole


def test_a_bare_repository_gives_the_same_result(project: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    run(tmp_path, "clone", "--quiet", "--bare", str(project), str(bare))

    assert analyse_newest(bare, bare / "mas") == analyse_newest(project)


def test_a_partial_clone_needs_only_the_relevant_files_of_the_two_commits(project: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    whole = analyse_newest(project)
    run(project, "config", "uploadpack.allowFilter", "true")
    run(project, "config", "uploadpack.allowAnySHA1InWant", "true")
    run(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{project}", str(bare))
    wanted = {
        line.split()[2]
        for revision in ("HEAD", "HEAD~1")
        for line in run(project, "ls-tree", "-r", revision).splitlines()
        if is_relevant(line.split("\t")[1])
    }
    run(bare, "fetch", "--quiet", "origin", *sorted(wanted))

    draft = analyse_newest(bare, bare / "mas")

    assert draft == whole
    assert not (bare / "mas" / "quiet.json").exists()


def test_ranges_to_fetch_lists_the_past_changes_to_replay(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    newest, base = run(project, "rev-parse", "HEAD"), run(project, "rev-parse", "HEAD~1")

    first = ranges_to_fetch(str(project), "HEAD~1", "HEAD", cache)
    analyse_newest(project, cache)

    quiet = [run(project, "rev-parse", f"HEAD~{back}") for back in (1, 2, 3, 4)]
    assert first == [(base, newest), *zip(quiet[1:], quiet[:-1], strict=True)]
    assert ranges_to_fetch(str(project), "HEAD~1", "HEAD", cache) == [(base, newest)]


def test_signature_programs_that_the_repository_configures_do_not_run(project: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    head = run(project, "cat-file", "commit", "HEAD")
    seal = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n"
    (tmp_path / "signed").write_text(head.replace("\n\n", f"\n{seal}\n", 1))
    for _ in range(2):
        signed = run(project, "hash-object", "-t", "commit", "-w", str(tmp_path / "signed"))
        run(project, "update-ref", "HEAD", signed)
        commit(project, {"shop/client.py": CODE})
    for key in ("gpg.program", "gpg.ssh.program", "gpg.x509.program"):
        run(project, "config", key, str(trap))
    run(project, "config", "log.showSignature", "true")
    run(project, "log", "-3")
    assert (tmp_path / "sprung").exists()  # git alone does run it
    (tmp_path / "sprung").unlink()

    analyse_newest(project, tmp_path / "cache")

    assert not (tmp_path / "sprung").exists()


def test_a_change_of_docs_alone_does_not_read_the_history(project: Path, tmp_path: Path) -> None:
    commit(project, {"docs/guide.md": GUIDE})

    assert analyse_newest(project, tmp_path / "cache").notices == ()
    assert not (tmp_path / "cache").exists()


def _rename_repository(at: Path, files: dict[str, str]) -> Path:
    project = repository(at)
    commit(project, {"shop/__init__.py": "def fetch_parcel(number):\n    return number\n", **files})
    commit(project, {"shop/__init__.py": "def load_parcel(number):\n    return number\n"})
    return project


@pytest.mark.parametrize(
    ("attributes", "overrides", "edited"),
    [
        ("", (), ["docs/use.md", "guides/use.md"]),
        ("docs/** linguist-generated\n", (), ["guides/use.md"]),
        ("", (("guides/", FileClass.RECORD),), ["docs/use.md"]),
        ("docs/** linguist-generated\n", (("docs/", FileClass.DOCUMENT),), ["docs/use.md", "guides/use.md"]),
    ],
)
def test_declared_file_classes_decide_what_is_edited(
    tmp_path: Path, attributes: str, overrides: tuple[tuple[str, FileClass], ...], edited: list[str]
) -> None:
    page = "Call `shop.fetch_parcel(1)`.\n"
    project = _rename_repository(
        tmp_path / "a", {".gitattributes": attributes, "docs/use.md": page, "guides/use.md": page}
    )
    draft = analyse(str(project), "HEAD~1", "HEAD", files=Overrides(overrides))

    assert [edit.path for edit in draft.edits] == edited
    assert {notice.path for notice in draft.notices} <= set(edited)


def test_doc_comments_of_generated_code_are_not_edited(tmp_path: Path) -> None:
    code = '"""Parcels."""\n\n\ndef send(to):\n    """Send what `shop.fetch_parcel` gave."""\n    return to\n'
    head = "# Code generated by gen. DO NOT EDIT.\n"
    project = _rename_repository(tmp_path / "a", {"shop/made.py": head + code, "shop/written.py": code})

    assert [edit.path for edit in analyse(str(project), "HEAD~1", "HEAD").edits] == ["shop/written.py"]
