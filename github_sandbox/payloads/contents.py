"""JSON of files, folders and comparisons."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from github_sandbox.diff import files
from github_sandbox.git import Commit
from github_sandbox.payloads.commits import commit, file
from github_sandbox.payloads.repositories import page_url, repository_url
from github_sandbox.state import Repository, World

JSON_LIMIT = 1024 * 1024
"""Largest file, in bytes, whose JSON includes the content. Larger files are served raw only."""
_MAX_COMMITS, _MAX_FILES = 250, 300
_KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}


def entry(world: World, repo: Repository, oid: str, path: str, ref: str, kind: str, size: int = 0) -> dict[str, Any]:
    """Return a path as in a folder's listing. `kind` is git's object type."""
    quoted, page = quote(path), page_url(world, repo)
    url = f"{repository_url(world, repo)}/contents/{quoted}?ref={quote(ref)}"
    segment = "tree" if kind == "tree" else "blob"
    links = {
        "self": url,
        "git": f"{repository_url(world, repo)}/git/{segment}s/{oid}",
        "html": f"{page}/{segment}/{quote(ref)}/{quoted}",
    }
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": oid,
        "size": size,
        "url": url,
        "html_url": links["html"],
        "git_url": links["git"],
        "download_url": f"{page}/raw/{quote(ref)}/{quoted}" if kind == "blob" else None,
        "type": _KINDS[kind],
        "_links": links,
    }


def content(world: World, repo: Repository, oid: str, path: str, ref: str, data: bytes) -> dict[str, Any]:
    """Return a file, with its content up to `JSON_LIMIT`."""
    body = entry(world, repo, oid, path, ref, "blob", len(data))
    if len(data) > JSON_LIMIT:
        return body | {"encoding": "none", "content": ""}
    return body | {"encoding": "base64", "content": base64.encodebytes(data).decode()}


def symlink(world: World, repo: Repository, oid: str, path: str, ref: str, target: bytes) -> dict[str, Any]:
    """Return a symbolic link."""
    body = entry(world, repo, oid, path, ref, "blob", len(target))
    return body | {"type": "symlink", "target": target.decode(errors="replace")}


def comparison(
    world: World, repo: Repository, base: Commit, merge_base: Commit, head: Commit, name: str
) -> dict[str, Any]:
    """Return the comparison of two commits, counted from their merge base."""
    git, page = repo.git, f"{page_url(world, repo)}/compare/{quote(name)}"
    ahead, behind = git.count(head.oid, f"^{merge_base.oid}"), git.count(base.oid, f"^{merge_base.oid}")
    between = git.history(head.oid, f"^{base.oid}", limit=_MAX_COMMITS)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    return {
        "url": f"{repository_url(world, repo)}/compare/{quote(name)}",
        "html_url": page,
        "permalink_url": f"{page_url(world, repo)}/compare/{base.oid[:7]}...{head.oid[:7]}",
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit(world, repo, base),
        "merge_base_commit": commit(world, repo, merge_base),
        "status": status.get((ahead > 0, behind > 0), "identical"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit(world, repo, each) for each in reversed(between)],
        "files": [file(world, repo, head.oid, each) for each in files(git, merge_base.oid, head.oid)[:_MAX_FILES]],
    }
