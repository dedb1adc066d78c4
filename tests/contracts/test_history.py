"""Read the history of a real git repository."""

from __future__ import annotations

from pathlib import Path

from bot.agents.impact.history import History
from bot.analysis.cache_dir import CacheDir
from bot.analysis.history import load_history
from tests.repositories import commit, repository


def counts(history: History) -> tuple[int, dict[str, int], dict[str, dict[str, int]]]:
    return history.commits, dict(history.changes), {path: dict(docs) for path, docs in history.together.items()}


def test_the_paths_of_each_commit_are_counted(tmp_path: Path) -> None:
    at = repository(tmp_path / "r")
    commit(at, {"a.py": "1", "docs/ä b.md": "1"})
    head = commit(at, {"a.py": "2"})

    history = load_history(at / ".git", head, CacheDir(None))

    assert history.changes["a.py"] == 2
    assert history.together["a.py"] == {"docs/ä b.md": 1}
    assert history.commit == head


def test_counting_resumes_from_the_cached_commit(tmp_path: Path) -> None:
    at, cache = repository(tmp_path / "r"), CacheDir(tmp_path / "data")
    first = commit(at, {"a.py": "1", "docs/a.md": "1"})
    load_history(at / ".git", first, cache)
    head = commit(at, {"a.py": "2", "docs/a.md": "2"})

    resumed = load_history(at / ".git", head, cache)

    assert counts(resumed) == counts(load_history(at / ".git", head, CacheDir(None)))
    assert load_history(at / ".git", head, cache) == resumed


def test_an_invalid_cache_is_recounted(tmp_path: Path) -> None:
    at, cache = repository(tmp_path / "r"), CacheDir(tmp_path)
    head = commit(at, {"a.py": "1"})
    for invalid in ("{", "[]", '{"commit": "--output=x", "version": 1}', f'{{"commit": "{"0" * 40}", "version": 2}}'):
        (tmp_path / "history.json").write_text(invalid)

        assert load_history(at / ".git", head, cache).changes == {"a.py": 1}
