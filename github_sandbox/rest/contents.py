"""Endpoints of a repository's files, commits, and what lies between them.

https://docs.github.com/rest/repos/contents and https://docs.github.com/rest/commits
"""

from __future__ import annotations

from typing import Any

from github_sandbox.git import Commit, GitError
from github_sandbox.payloads import contents
from github_sandbox.payloads.commits import commit
from github_sandbox.payloads.pulls import pull_request_simple
from github_sandbox.refusal import Refusal
from github_sandbox.rest import Call, Reply, Route

_RAW_LIMIT = 100 * 1024 * 1024
_FOLDER_LIMIT = 1000
_RAW = "application/vnd.github.raw"
_LINK, _SUBMODULE = "120000", "160000"


def _commit(call: Call, expression: str, refusal: Refusal) -> Commit:
    oid = call.repository.git.resolve(expression)
    if oid is None:
        raise refusal
    return call.repository.git.commit(oid)


# ------------------------------------------------------------------ files and folders


def get_content(call: Call) -> Reply:
    """A file (as JSON, or raw where that is accepted) or the list of a folder."""
    repository, path = call.repository, call.path["path"].strip("/")
    ref = call.query.get("ref", repository.default_branch)
    head = _commit(call, ref, Refusal(404, f"No commit found for the ref {ref}"))
    mode, kind, oid = _found(call, head.oid, path)
    if kind == "tree":
        return Reply(200, _listed(call, head.oid, path, ref))
    if mode == _SUBMODULE:
        return Reply(200, contents.entry(call.world, repository, oid, path, ref, "commit") | {"submodule_git_url": ""})
    data = repository.git.read(oid)[1]
    if call.accept.startswith(_RAW):
        if len(data) > _RAW_LIMIT:
            raise Refusal(403, "This API returns blobs up to 100 MB in size.")
        return Reply(200, raw=data, media=f"{_RAW}; charset=utf-8")
    shown = contents.symlink if mode == _LINK else contents.content
    return Reply(200, shown(call.world, repository, oid, path, ref, data))


def _found(call: Call, commit: str, path: str) -> tuple[str, str, str]:
    """Mode, kind and object of a path. Raises `Refusal` (404)."""
    try:
        listed = call.repository.git.run("--literal-pathspecs", "ls-tree", "-z", commit, "--", path).decode()
    except GitError as error:
        raise Refusal(404, "Not Found") from error
    facts, _, name = listed.rstrip("\0").partition("\t")
    if name != path:
        raise Refusal(404, "Not Found")
    mode, kind, oid = facts.split()
    return mode, kind, oid


def _listed(call: Call, commit: str, path: str, ref: str) -> list[dict[str, Any]]:
    listed = call.repository.git.run("ls-tree", "-z", "-l", f"{commit}:{path}").decode().split("\0")[:-1]
    rows = []
    for line in listed[:_FOLDER_LIMIT]:
        facts, _, name = line.partition("\t")
        _, kind, oid, size = facts.split()
        count = int(size) if kind == "blob" else 0
        rows.append(contents.entry(call.world, call.repository, oid, f"{path}/{name}", ref, kind, count))
    return rows


# ------------------------------------------------------------------ commits


def get_commit(call: Call) -> Reply:
    ref = call.path["ref"]
    found = _commit(call, ref, Refusal(422, f"No commit found for SHA: {ref}"))
    return Reply(200, commit(call.world, call.repository, found))


def list_commits(call: Call) -> Reply:
    """Newest first, from `sha` (the default branch), those that touch `path`."""
    repository = call.repository
    ref = call.query.get("sha", repository.default_branch)
    head, paths = _commit(call, ref, Refusal(404, "Not Found")), [call.query["path"]] if "path" in call.query else []
    oids = repository.git.line("--literal-pathspecs", "rev-list", "--max-count=500", head.oid, "--", *paths).split()
    return call.page([commit(call.world, repository, repository.git.commit(oid)) for oid in oids])


def list_pulls(call: Call) -> Reply:
    """The pull requests that a commit is part of, merged with it or open with it."""
    ref = call.path["ref"]
    oid = _commit(call, ref, Refusal(422, f"No commit found for SHA: {ref}")).oid
    git = call.repository.git
    found = [
        pull
        for pull in call.repository.pull_requests.values()
        if pull.merge_oid == oid or (git.contains(pull.head_oid, oid) and not git.contains(pull.base_oid, oid))
    ]
    return call.page([pull_request_simple(call.world, pull) for pull in found])


def compare(call: Call) -> Reply:
    """Two commits or branches, written `base...head`."""
    repository, name = call.repository, call.path["basehead"]
    ends = name.split("...")
    if len(ends) != 2:
        raise Refusal(404, "Not Found")
    base, head = (_commit(call, end.rpartition(":")[2], Refusal(404, "Not Found")) for end in ends)
    fork = repository.git.merge_base(base.oid, head.oid)
    if fork is None:
        raise Refusal(404, f"No common ancestor between {ends[0]} and {ends[1]}.")
    told = contents.comparison(call.world, repository, base, repository.git.commit(fork), head, name)
    return Reply(200, told)


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", f"{_REPO}/contents/{{path:.+}}", get_content, "contents=read"),
    Route("GET", f"{_REPO}/commits", list_commits, "contents=read"),
    Route("GET", f"{_REPO}/commits/{{ref}}", get_commit, "contents=read"),
    Route("GET", f"{_REPO}/commits/{{ref}}/pulls", list_pulls, "pull_requests=read"),
    Route("GET", f"{_REPO}/compare/{{basehead:.+}}", compare, "contents=read"),
)
