"""JSON of commits, references and changed files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from github_sandbox.diff import FileDiff, files
from github_sandbox.git import Commit, Signature
from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.repositories import page_url, repository_url
from github_sandbox.state import Account, Repository, World, node_id, timestamp

_PUSH_FILES = {"added": "added", "removed": "removed", "renamed": "added"}


def author_of(world: World, signature: Signature) -> Account | None:
    """Return the account with the email address of a signature, or None."""
    return next((a for a in world.accounts.values() if a.email == signature.email), None)


def verification(repository: Repository, commit: Commit) -> dict[str, Any]:
    """Return whether GitHub signed a commit, which it does when an App commits without naming an author."""
    is_signed = commit.oid in repository.verified_commits
    return {
        "verified": is_signed,
        "reason": "valid" if is_signed else "unsigned",
        "signature": "-----BEGIN PGP SIGNATURE-----" if is_signed else None,
        "payload": commit.tree if is_signed else None,
        "verified_at": timestamp(commit.committer.date) if is_signed else None,
    }


def git_commit(world: World, repository: Repository, commit: Commit) -> dict[str, Any]:
    """Return a commit as in the git data endpoints."""
    url, page = f"{repository_url(world, repository)}/git", page_url(world, repository)
    return {
        "sha": commit.oid,
        "node_id": node_id("C", repository.id, commit.oid),
        "url": f"{url}/commits/{commit.oid}",
        "html_url": f"{page}/commit/{commit.oid}",
        "author": _signature(commit.author),
        "committer": _signature(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
        "parents": [{"sha": p, "url": f"{url}/commits/{p}", "html_url": f"{page}/commit/{p}"} for p in commit.parents],
        "verification": verification(repository, commit),
    }


def commit(world: World, repository: Repository, commit: Commit) -> dict[str, Any]:
    """Return a commit as in lists of commits."""
    inner = git_commit(world, repository, commit)
    url = f"{repository_url(world, repository)}/commits"
    people = {role: author_of(world, getattr(commit, role)) for role in ("author", "committer")}
    return {
        "sha": commit.oid,
        "node_id": inner["node_id"],
        "url": f"{url}/{commit.oid}",
        "html_url": inner["html_url"],
        "comments_url": f"{url}/{commit.oid}/comments",
        "commit": {
            **{name: inner[name] for name in ("author", "committer", "message", "tree", "verification")},
            "url": inner["url"],
            "comment_count": 0,
        },
        **{role: user(world, account) if account else None for role, account in people.items()},
        "parents": [{**parent, "url": f"{url}/{parent['sha']}"} for parent in inner["parents"]],
    }


def push_commit(world: World, repository: Repository, commit: Commit) -> dict[str, Any]:
    """Return a commit as in the `push` webhook, with the names of its files."""
    changes: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for file in files(repository.git, commit.parents[0] if commit.parents else None, commit.oid):
        changes[_PUSH_FILES.get(file.status, "modified")].append(file.path)
        if file.previous and file.status == "renamed":
            changes["removed"].append(file.previous)
    return {
        "id": commit.oid,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message.rstrip("\n"),
        "timestamp": commit.committer.date.isoformat(),
        "url": f"{page_url(world, repository)}/commit/{commit.oid}",
        "author": _push_author(world, commit.author),
        "committer": _push_author(world, commit.committer),
        **changes,
    }


def commit_simple(commit: Commit) -> dict[str, Any]:
    """Return a commit as in check suites and merge groups."""
    people = {role: getattr(commit, role) for role in ("author", "committer")}
    return {
        "id": commit.oid,
        "tree_id": commit.tree,
        "message": commit.message.rstrip("\n"),
        "timestamp": commit.committer.date.isoformat(),
        **{role: {"name": signature.name, "email": signature.email} for role, signature in people.items()},
    }


def ref(world: World, repository: Repository, name: str, oid: str, kind: str) -> dict[str, Any]:
    """Return a reference."""
    url = f"{repository_url(world, repository)}/git"
    return {
        "ref": name,
        "node_id": node_id("REF", repository.id, name),
        "url": f"{url}/{quote(name)}",
        "object": {"sha": oid, "type": kind, "url": f"{url}/{kind}s/{oid}"},
    }


def file(world: World, repository: Repository, head: str, file: FileDiff) -> dict[str, Any]:
    """Return a file of a pull request."""
    page, path = page_url(world, repository), quote(file.path)
    body: dict[str, Any] = {
        "sha": file.oid,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{page}/blob/{head}/{path}",
        "raw_url": f"{page}/raw/{head}/{path}",
        "contents_url": f"{repository_url(world, repository)}/contents/{path}?ref={head}",
    }
    body |= {} if file.patch is None else {"patch": file.patch}
    return body | ({"previous_filename": file.previous} if file.previous else {})


def _signature(signature: Signature) -> dict[str, Any]:
    return {"name": signature.name, "email": signature.email, "date": timestamp(signature.date)}


def _push_author(world: World, signature: Signature) -> dict[str, Any]:
    account = author_of(world, signature)
    body = {"name": signature.name, "email": signature.email}
    return body | ({"username": account.login} if account else {})
