"""Files and folders of a commit, and what lies between two commits, in GitHub's JSON."""

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
"""Bytes of a file that still come with their content in JSON; larger ones come raw only."""
_COMPARED_COMMITS, _COMPARED_FILES = 250, 300
_KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}


def entry(world: World, found: Repository, oid: str, path: str, ref: str, kind: str, size: int = 0) -> dict[str, Any]:
    """What a folder's list says of a path; `kind` is git's."""
    quoted, page = quote(path), page_url(world, found)
    url = f"{repository_url(world, found)}/contents/{quoted}?ref={quote(ref)}"
    place = "tree" if kind == "tree" else "blob"
    links = {
        "self": url,
        "git": f"{repository_url(world, found)}/git/{place}s/{oid}",
        "html": f"{page}/{place}/{quote(ref)}/{quoted}",
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


def content(world: World, found: Repository, oid: str, path: str, ref: str, data: bytes) -> dict[str, Any]:
    """A file, with its content while that is small enough."""
    body = entry(world, found, oid, path, ref, "blob", len(data))
    if len(data) > JSON_LIMIT:
        return body | {"encoding": "none", "content": ""}
    return body | {"encoding": "base64", "content": base64.encodebytes(data).decode()}


def symlink(world: World, found: Repository, oid: str, path: str, ref: str, target: bytes) -> dict[str, Any]:
    """A symbolic link."""
    body = entry(world, found, oid, path, ref, "blob", len(target))
    return body | {"type": "symlink", "target": target.decode(errors="replace")}


def comparison(world: World, found: Repository, base: Commit, fork: Commit, head: Commit, name: str) -> dict[str, Any]:
    """What leads from one commit to another, counted from where they parted."""
    git, page = found.git, f"{page_url(world, found)}/compare/{quote(name)}"
    ahead, behind = git.count(head.oid, f"^{fork.oid}"), git.count(base.oid, f"^{fork.oid}")
    between = git.history(head.oid, f"^{base.oid}", limit=_COMPARED_COMMITS)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    return {
        "url": f"{repository_url(world, found)}/compare/{quote(name)}",
        "html_url": page,
        "permalink_url": f"{page_url(world, found)}/compare/{base.oid[:7]}...{head.oid[:7]}",
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit(world, found, base),
        "merge_base_commit": commit(world, found, fork),
        "status": status.get((ahead > 0, behind > 0), "identical"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit(world, found, each) for each in reversed(between)],
        "files": [file(world, found, head.oid, each) for each in files(git, fork.oid, head.oid)[:_COMPARED_FILES]],
    }
