"""Endpoints of files, commits and comparisons.

https://docs.github.com/rest/repos/contents and https://docs.github.com/rest/commits
"""

from __future__ import annotations

from typing import Any

from github_sandbox.errors import ApiError
from github_sandbox.git import Commit, GitError
from github_sandbox.payloads import contents
from github_sandbox.payloads.commits import commit
from github_sandbox.payloads.pulls import pull_request_simple
from github_sandbox.rest import ApiResponse, Call, Route

_RAW_LIMIT = 100 * 1024 * 1024
_FOLDER_LIMIT = 1000
_RAW = "application/vnd.github.raw"
_SYMLINK, _SUBMODULE = "120000", "160000"


def _find_commit(call: Call, expression: str, error: ApiError) -> Commit:
    oid = call.repository.git.resolve(expression)
    if oid is None:
        raise error
    return call.repository.git.commit(oid)


# ------------------------------------------------------------------ files and folders


def get_content(call: Call) -> ApiResponse:
    """Get a file, as JSON or raw as the `Accept` header asks, or the list of a folder."""
    repository, path = call.repository, call.path["path"].strip("/")
    ref = call.query.get("ref", repository.default_branch)
    head = _find_commit(call, ref, ApiError(404, f"No commit found for the ref {ref}"))
    mode, kind, oid = _find_entry(call, head.oid, path)
    if kind == "tree":
        return ApiResponse(200, _list_folder(call, head.oid, path, ref))
    if mode == _SUBMODULE:
        return ApiResponse(
            200, contents.entry(call.world, repository, oid, path, ref, "commit") | {"submodule_git_url": ""}
        )
    data = repository.git.read(oid)[1]
    if call.accept.startswith(_RAW):
        if len(data) > _RAW_LIMIT:
            raise ApiError(403, "This API returns blobs up to 100 MB in size.")
        return ApiResponse(200, raw=data, media_type=f"{_RAW}; charset=utf-8")
    payload = contents.symlink if mode == _SYMLINK else contents.content
    return ApiResponse(200, payload(call.world, repository, oid, path, ref, data))


def _find_entry(call: Call, commit: str, path: str) -> tuple[str, str, str]:
    """Return mode, type and object id of a path. Raises `ApiError` (404)."""
    try:
        listing = call.repository.git.run("--literal-pathspecs", "ls-tree", "-z", commit, "--", path).decode()
    except GitError as error:
        raise ApiError(404, "Not Found") from error
    fields, _, name = listing.rstrip("\0").partition("\t")
    if name != path:
        raise ApiError(404, "Not Found")
    mode, kind, oid = fields.split()
    return mode, kind, oid


def _list_folder(call: Call, commit: str, path: str, ref: str) -> list[dict[str, Any]]:
    listing = call.repository.git.run("ls-tree", "-z", "-l", f"{commit}:{path}").decode().split("\0")[:-1]
    rows = []
    for line in listing[:_FOLDER_LIMIT]:
        fields, _, name = line.partition("\t")
        _, kind, oid, size = fields.split()
        byte_count = int(size) if kind == "blob" else 0
        rows.append(contents.entry(call.world, call.repository, oid, f"{path}/{name}", ref, kind, byte_count))
    return rows


# ------------------------------------------------------------------ commits


def get_commit(call: Call) -> ApiResponse:
    ref = call.path["ref"]
    found = _find_commit(call, ref, ApiError(422, f"No commit found for SHA: {ref}"))
    return ApiResponse(200, commit(call.world, call.repository, found))


def list_commits(call: Call) -> ApiResponse:
    """List commits from `sha` (or the default branch), newest first; with `path`, those that changed it."""
    repository = call.repository
    ref = call.query.get("sha", repository.default_branch)
    head = _find_commit(call, ref, ApiError(404, "Not Found"))
    paths = [call.query["path"]] if "path" in call.query else []
    oids = repository.git.line("--literal-pathspecs", "rev-list", "--max-count=500", head.oid, "--", *paths).split()
    return call.paginate([commit(call.world, repository, repository.git.commit(oid)) for oid in oids])


def list_pulls(call: Call) -> ApiResponse:
    """List the pull requests that a commit belongs to, open or merged by it."""
    ref = call.path["ref"]
    oid = _find_commit(call, ref, ApiError(422, f"No commit found for SHA: {ref}")).oid
    git = call.repository.git
    found = [
        pull
        for pull in call.repository.pull_requests.values()
        if pull.merge_oid == oid or (git.contains(pull.head_oid, oid) and not git.contains(pull.base_oid, oid))
    ]
    return call.paginate([pull_request_simple(call.world, pull) for pull in found])


def compare(call: Call) -> ApiResponse:
    """Compare two commits or branches, written `base...head`."""
    repository, name = call.repository, call.path["basehead"]
    revisions = name.split("...")
    if len(revisions) != 2:
        raise ApiError(404, "Not Found")
    base, head = (_find_commit(call, revision.rpartition(":")[2], ApiError(404, "Not Found")) for revision in revisions)
    merge_base = repository.git.merge_base(base.oid, head.oid)
    if merge_base is None:
        raise ApiError(404, f"No common ancestor between {revisions[0]} and {revisions[1]}.")
    comparison = contents.comparison(call.world, repository, base, repository.git.commit(merge_base), head, name)
    return ApiResponse(200, comparison)


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", f"{_REPO}/contents/{{path:.+}}", get_content, "contents=read"),
    Route("GET", f"{_REPO}/commits", list_commits, "contents=read"),
    Route("GET", f"{_REPO}/commits/{{ref}}", get_commit, "contents=read"),
    Route("GET", f"{_REPO}/commits/{{ref}}/pulls", list_pulls, "pull_requests=read"),
    Route("GET", f"{_REPO}/compare/{{basehead:.+}}", compare, "contents=read"),
)
