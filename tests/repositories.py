"""Real git repositories for tests, written with plumbing: same content, same ids, whatever the machine's settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
    "LC_ALL": "C",
}

Content = str | bytes | None
"""A file's content; None takes the file out."""


def run(at: Path, *args: str, stdin: bytes = b"") -> str:
    """What a git command prints, run in a folder."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env = {**inherited, **_ENVIRONMENT}
    done = subprocess.run(["git", *args], cwd=at, env=env, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode(errors="surrogateescape").rstrip("\n")


def repository(path: Path, *, bare: bool = False) -> Path:
    """An empty repository on branch `main`."""
    path.mkdir(parents=True)
    run(path, "init", "--quiet", "--template=", "--initial-branch=main", *(["--bare"] if bare else []), ".")
    return path


def commit(at: Path, files: Mapping[str, Content], message: str = "change") -> str:
    """Commit files upon HEAD in a work tree or a bare repository; returns the commit's id.

    A work tree is brought to the new commit, as `git commit` would leave it.
    """
    lines = []
    for path, content in files.items():
        if content is None:
            lines.append(f"0 {'0' * 40}\t{path}".encode())
        else:
            data = content.encode() if isinstance(content, str) else content
            lines.append(f"100644 {run(at, 'hash-object', '-w', '--stdin', stdin=data)}\t{path}".encode())
    return commit_entries(at, lines, message)


def commit_entries(at: Path, entries: list[bytes], message: str = "change") -> str:
    """Commit lines of `git update-index --index-info`, for links, submodules and names that are no text."""
    run(at, "update-index", "--add", "-z", "--index-info", stdin=b"".join(entry + b"\0" for entry in entries))
    run(at, "commit", "--quiet", "--allow-empty", "-m", message) if _has_work_tree(at) else _commit_bare(at, message)
    if _has_work_tree(at):
        run(at, "reset", "--quiet", "--hard")
    return run(at, "rev-parse", "HEAD")


def blob(at: Path, content: str | bytes) -> str:
    """Keep a blob without naming it anywhere; returns its id."""
    return run(at, "hash-object", "-w", "--stdin", stdin=content.encode() if isinstance(content, str) else content)


def state(at: Path) -> dict[str, tuple[int, bytes | None]]:
    """Every file under a folder with its mode and content: equal before and after, nothing was written."""
    return {
        str(path.relative_to(at)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in sorted(at.rglob("*"))
    }


def _has_work_tree(at: Path) -> bool:
    return run(at, "rev-parse", "--is-bare-repository") == "false"


def _commit_bare(at: Path, message: str) -> None:
    heads = run(at, "for-each-ref", "--format=%(objectname)", run(at, "symbolic-ref", "HEAD"))
    parents = ["-p", heads] if heads else []
    made = run(at, "commit-tree", run(at, "write-tree"), *parents, "-m", message)
    run(at, "update-ref", "HEAD", made)
