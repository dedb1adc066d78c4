"""Endpoints of the git database: blobs, trees, commits, references.

https://docs.github.com/rest/git
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from github_sandbox.errors import ApiError
from github_sandbox.git import ZERO, GitError, RefChange, Signature, TreeEntry
from github_sandbox.payloads.commits import git_commit, ref
from github_sandbox.payloads.repositories import repository_url
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.state import Repository

_OID = re.compile(r"[0-9a-f]{40}")


def create_blob(call: Call) -> ApiResponse:
    content, encoding = call.string("content", "Blob"), call.body.get("encoding", "utf-8")
    try:
        data = base64.b64decode(content) if encoding == "base64" else content.encode()
    except binascii.Error as error:
        raise ApiError(422, "content is not valid Base64") from error
    oid = call.repository.git.write_blob(data)
    return ApiResponse(201, {"sha": oid, "url": f"{repository_url(call.world, call.repository)}/git/blobs/{oid}"})


def create_tree(call: Call) -> ApiResponse:
    git, entries, base = call.repository.git, call.body.get("tree"), call.body.get("base_tree")
    if not isinstance(entries, list):
        raise ApiError(422, "Invalid tree info")
    if base is not None and git.resolve(str(base), "tree") is None:
        raise ApiError(422, "base_tree is not a valid tree oid")
    try:
        oid = git.write_tree(base, [_entry(call.repository, entry) for entry in entries])
    except GitError as error:
        raise ApiError(422, "tree.path contains a malformed path component") from error
    return ApiResponse(201, _tree(call, oid))


def _entry(repository: Repository, entry: dict[str, Any]) -> TreeEntry:
    path, mode = entry.get("path"), entry.get("mode")
    if not isinstance(path, str) or not path:
        raise ApiError(422, "tree.path is missing")
    if mode not in ("100644", "100755", "040000", "160000", "120000"):
        raise ApiError(422, "Must supply a valid tree.mode")
    kind = "tree" if mode == "040000" else "blob"
    if "content" in entry:
        return TreeEntry(path, repository.git.write_blob(str(entry["content"]).encode()), mode, kind)
    oid = entry.get("sha")
    if oid is None and "sha" in entry:
        return TreeEntry(path, None)
    if oid is None or (mode != "160000" and repository.git.resolve(str(oid), kind) is None):
        raise ApiError(422, "tree.sha is not a valid " + kind)
    return TreeEntry(path, oid, mode, kind)


def get_tree(call: Call) -> ApiResponse:
    oid = call.repository.git.resolve(call.path["sha"], "tree")
    if oid is None:
        raise ApiError(404, "Not Found")
    return ApiResponse(200, _tree(call, oid, recursive="recursive" in call.query))


def _tree(call: Call, oid: str, *, recursive: bool = False) -> dict[str, Any]:
    listing = call.repository.git.run("ls-tree", "-z", "-l", *(["-r", "-t"] if recursive else []), oid).decode()
    url = f"{repository_url(call.world, call.repository)}/git"
    rows = []
    for line in listing.split("\0")[:-1]:
        fields, _, path = line.partition("\t")
        mode, kind, sha, size = fields.split()
        row: dict[str, Any] = {"path": path, "mode": mode, "type": kind, "sha": sha, "url": f"{url}/{kind}s/{sha}"}
        rows.append(row | ({"size": int(size)} if kind == "blob" else {}))
    return {"sha": oid, "url": f"{url}/trees/{oid}", "tree": rows, "truncated": False}


def create_commit(call: Call) -> ApiResponse:
    """Create a commit. It is verified only if an App's bot commits without naming an author or committer."""
    repository, git = call.repository, call.repository.git
    message, tree = call.string("message", "Commit"), call.string("tree", "Commit")
    parents = [str(parent) for parent in call.body.get("parents", [])]
    if git.resolve(tree, "tree") != tree:
        raise ApiError(422, "Tree SHA does not exist")
    if any(git.resolve(parent) != parent for parent in parents):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    if not {"author", "committer"} & call.body.keys():
        commit = call.activity.references.commit(repository, tree, parents, message, call.actor)
        return ApiResponse(201, git_commit(call.world, repository, commit))
    author = _signature(call, "author")
    committer = _signature(call, "committer") if "committer" in call.body else author
    oid = git.write_commit(tree, parents, message, author, committer)
    return ApiResponse(201, git_commit(call.world, repository, git.commit(oid)))


def _signature(call: Call, role: str) -> Signature:
    fields = call.body.get(role, {"name": call.actor.login, "email": call.actor.email})
    date = datetime.fromisoformat(fields["date"]) if "date" in fields else call.world.now()
    return Signature(str(fields.get("name", "")), str(fields.get("email", "")), date)


def get_commit(call: Call) -> ApiResponse:
    oid = call.path["sha"]
    if not _OID.fullmatch(oid) or call.repository.git.resolve(oid) != oid:
        raise ApiError(404, "Not Found")
    return ApiResponse(200, git_commit(call.world, call.repository, call.repository.git.commit(oid)))


def get_ref(call: Call) -> ApiResponse:
    name = f"refs/{call.path['ref']}"
    if name not in call.repository.git.refs():
        raise ApiError(404, "Not Found")
    return ApiResponse(200, _ref(call, name))


def matching_refs(call: Call) -> ApiResponse:
    names = [n for n in sorted(call.repository.git.refs()) if n.startswith(f"refs/{call.path.get('ref', '')}")]
    return call.paginate([_ref(call, name) for name in names])


def create_ref(call: Call) -> ApiResponse:
    name, oid = call.string("ref", "Reference"), _parse_sha(call)
    if not name.startswith("refs/") or name.count("/") < 2:
        raise ApiError(422, "Reference name must start with 'refs/' and contain at least two slashes.")
    if not call.repository.git.is_ref_name(name):
        raise ApiError(422, f"{name} is not a valid ref name.")
    try:
        call.activity.references.move(call.repository, [RefChange(name, ZERO, oid)], call.actor)
    except GitError as error:
        raise ApiError(422, "Reference already exists") from error
    return ApiResponse(201, _ref(call, name))


def update_ref(call: Call) -> ApiResponse:
    name, oid, git = f"refs/{call.path['ref']}", _parse_sha(call), call.repository.git
    before = git.refs().get(name)
    if before is None:
        raise ApiError(422, "Reference does not exist")
    if call.body.get("force") is not True and not git.contains(oid, before):
        raise ApiError(422, "Update is not a fast forward")
    call.activity.references.move(call.repository, [RefChange(name, before, oid)], call.actor)
    return ApiResponse(200, _ref(call, name))


def delete_ref(call: Call) -> ApiResponse:
    name = f"refs/{call.path['ref']}"
    before = call.repository.git.refs().get(name)
    if before is None:
        raise ApiError(422, "Reference does not exist")
    call.activity.references.move(call.repository, [RefChange(name, before, ZERO)], call.actor)
    return ApiResponse(204)


def _parse_sha(call: Call) -> str:
    oid = call.string("sha", "Reference")
    if not _OID.fullmatch(oid):
        raise ApiError(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    if call.repository.git.resolve(oid, "object") is None:
        raise ApiError(422, "Object does not exist")
    return oid


def _ref(call: Call, name: str) -> dict[str, Any]:
    oid = call.repository.git.refs()[name]
    kind = call.repository.git.line("cat-file", "-t", oid)
    return ref(call.world, call.repository, name, oid, kind)


_GIT = "/repos/{owner}/{repo}/git"
ROUTES = (
    Route("POST", f"{_GIT}/blobs", create_blob, "contents=write"),
    Route("POST", f"{_GIT}/trees", create_tree, "contents=write"),
    Route("GET", f"{_GIT}/trees/{{sha}}", get_tree, "contents=read"),
    Route("POST", f"{_GIT}/commits", create_commit, "contents=write"),
    Route("GET", f"{_GIT}/commits/{{sha}}", get_commit, "contents=read"),
    Route("GET", f"{_GIT}/ref/{{ref:.+}}", get_ref, "contents=read"),
    Route("GET", f"{_GIT}/matching-refs/{{ref:.+}}", matching_refs, "contents=read"),
    Route("POST", f"{_GIT}/refs", create_ref, "contents=write"),
    Route("PATCH", f"{_GIT}/refs/{{ref:.+}}", update_ref, "contents=write"),
    Route("DELETE", f"{_GIT}/refs/{{ref:.+}}", delete_ref, "contents=write"),
)
