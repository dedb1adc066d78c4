"""GraphQL mutations of commits and references. Updates name the head that they expect."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from github_sandbox.git import ZERO, GitError, RefChange, TreeEntry
from github_sandbox.graphql.base import GraphQLApiError, Node
from github_sandbox.graphql.git import ObjectNode, RefNode
from github_sandbox.graphql.nodes import find_repository, node_not_found
from github_sandbox.graphql.repository import RepositoryNode
from github_sandbox.state import parse_node_id

Input = dict[str, Any]


class GitMutations(Node):
    """Mutations, each with GitHub's single `input` argument."""

    def create_commit_on_branch(self, input: Input) -> Input:
        """Create a commit on a branch's head, authored by the caller and signed by GitHub."""
        repository, name = self._branch(input["branch"])
        self.require(repository.record, "contents=write")
        git, expected = repository.record.git, input["expectedHeadOid"]
        head = git.refs().get(name)
        if head is None:
            raise GraphQLApiError("NOT_FOUND", "Branch not found")
        if head != expected:
            # GitHub's message has two spaces
            message = f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
            raise GraphQLApiError("STALE_DATA", message)
        changes = input.get("fileChanges") or {}
        tree = self._tree(repository, head, changes.get("additions") or [], changes.get("deletions") or [])
        message = "\n\n".join(filter(None, (input["message"]["headline"], input["message"].get("body"))))
        commit = self.call.activity.references.commit(
            repository.record, tree, [head], message, self.call.actor, via_web=True
        )
        self._move(repository, [RefChange(name, head, commit.oid)])
        payload = {"commit": ObjectNode(repository, commit.oid), "ref": RefNode(repository, name, commit.oid)}
        return {**payload, "client_mutation_id": input.get("clientMutationId")}

    def _branch(self, branch: Input) -> tuple[RepositoryNode, str]:
        """Return the repository and full reference name of a `CommittableBranch`, given by node id or by both names."""
        if branch.get("id"):
            return self._ref(branch["id"])
        owner, _, name = (branch.get("repositoryNameWithOwner") or "").partition("/")
        found = self.call.world.repository(owner, name)
        repository = find_repository(self.call, str(found.id)) if found else None
        if repository is None:
            raise GraphQLApiError("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return repository, f"refs/heads/{(branch.get('branchName') or '').removeprefix('refs/heads/')}"

    def _ref(self, id: str) -> tuple[RepositoryNode, str]:
        prefix, parts = parse_node_id(id)
        repository = find_repository(self.call, parts[0]) if prefix == "REF" else None
        if repository is None:
            raise node_not_found(id)
        return repository, parts[1]

    def _tree(self, repository: RepositoryNode, head: str, additions: list[Input], deletions: list[Input]) -> str:
        git = repository.record.git
        current = git.run("ls-tree", "-r", "-z", "--name-only", head).decode().split("\0")
        missing = [deletion["path"] for deletion in deletions if deletion["path"] not in current]
        if missing:
            message = "A path was requested for deletion which does not exist as of commit oid"
            raise GraphQLApiError("UNPROCESSABLE", f"{message} `{head}`: {missing[0]}")
        try:
            blobs = [(a["path"], base64.b64decode(a["contents"], validate=True)) for a in additions]
            entries = [TreeEntry(path, git.write_blob(data)) for path, data in blobs]
            return git.write_tree(head, [*entries, *(TreeEntry(d["path"], None) for d in deletions)])
        except binascii.Error as error:
            raise GraphQLApiError("UNPROCESSABLE", "Contents must be Base64 encoded") from error
        except GitError as error:
            raise GraphQLApiError("UNPROCESSABLE", "A path was requested which is not valid") from error

    def create_ref(self, input: Input) -> Input:
        repository = self._repository(input["repositoryId"])
        name, oid = input["name"], input["oid"]
        if name in repository.record.git.refs():
            message = f'A ref named "{name}" already exists in the repository.'
            raise GraphQLApiError("UNPROCESSABLE", message)
        self._check(repository, RefChange(name, ZERO, oid), force=False)
        self._move(repository, [RefChange(name, ZERO, oid)])
        return {"ref": RefNode(repository, name, oid), "client_mutation_id": input.get("clientMutationId")}

    def delete_ref(self, input: Input) -> Input:
        repository, name = self._ref(input["refId"])
        self.require(repository.record, "contents=write")
        if name not in repository.record.git.refs():
            raise node_not_found(input["refId"])
        self._move(repository, [RefChange(name, None, ZERO)])
        return {"client_mutation_id": input.get("clientMutationId")}

    def update_refs(self, input: Input) -> Input:
        """Update references atomically. `beforeOid` is the expected object; zeros if the reference must not exist."""
        repository = self._repository(input["repositoryId"])
        changes = []
        for update in input["refUpdates"]:
            change = RefChange(update["name"], update.get("beforeOid"), update["afterOid"])
            self._check(repository, change, force=bool(update.get("force")))
            changes.append(change)
        self._move(repository, changes)
        return {"client_mutation_id": input.get("clientMutationId")}

    def _repository(self, id: str) -> RepositoryNode:
        prefix, parts = parse_node_id(id)
        repository = find_repository(self.call, parts[0]) if prefix == "R" else None
        if repository is None:
            raise node_not_found(id)
        self.require(repository.record, "contents=write")
        return repository

    def _check(self, repository: RepositoryNode, change: RefChange, *, force: bool) -> None:
        """Check whether a reference may be updated. Raises `GraphQLApiError`."""
        git = repository.record.git
        current = git.refs().get(change.name, ZERO)
        if not git.is_ref_name(change.name) or not change.name.startswith("refs/"):
            raise GraphQLApiError("UNPROCESSABLE", f"'{change.name}' is not a valid ref name.")
        if change.before is not None and change.before != current:
            message = f"Reference update failed: {change.name} is at {current} but expected {change.before}"
            raise GraphQLApiError("STALE_DATA", message)
        if change.after == ZERO:
            return
        if git.resolve(change.after, "object") is None:
            raise GraphQLApiError("UNPROCESSABLE", f"Object does not exist: {change.after}")
        if not force and current != ZERO and not git.contains(change.after, current):
            raise GraphQLApiError("UNPROCESSABLE", f"Reference update failed: {change.name} is not a fast forward")

    def _move(self, repository: RepositoryNode, changes: list[RefChange]) -> None:
        try:
            self.call.activity.references.move(repository.record, changes, self.call.actor)
        except GitError as error:
            raise GraphQLApiError("UNPROCESSABLE", "Reference cannot be updated") from error
