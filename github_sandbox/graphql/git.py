"""References and git objects in GraphQL. Attributes are the schema's fields in snake case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github_sandbox.git import Commit, Signature
from github_sandbox.graphql.base import Node, actor, connection
from github_sandbox.graphql.checks import rollup, suites_of
from github_sandbox.payloads.commits import author_of
from github_sandbox.state import node_id, timestamp

if TYPE_CHECKING:
    from github_sandbox.graphql.repository import RepositoryNode

_KINDS = {"commit": "Commit", "tree": "Tree", "blob": "Blob"}


class RefNode(Node):
    """A branch or tag."""

    typename = "Ref"

    def __init__(self, repository: RepositoryNode, name: str, oid: str) -> None:
        super().__init__(repository.call)
        self.repository = repository
        self.prefix = "/".join(name.split("/")[:2]) + "/"
        self.name = name.removeprefix(self.prefix)
        self.id = node_id("REF", repository.record.id, name)
        self._oid = oid

    @property
    def target(self) -> ObjectNode:
        return ObjectNode(self.repository, self._oid)


class ObjectNode(Node):
    """A commit, tree or blob."""

    def __init__(self, repository: RepositoryNode, oid: str) -> None:
        super().__init__(repository.call)
        self.repository = repository
        self.oid = oid
        self.abbreviated_oid = oid[:7]
        kind, self._raw = repository.record.git.read(oid)
        self.typename = _KINDS.get(kind, "Tag")
        self.id = node_id(self.typename[0], repository.record.id, oid)

    # Fields of a blob

    @property
    def byte_size(self) -> int:
        return len(self._raw)

    @property
    def is_binary(self) -> bool:
        return b"\0" in self._raw

    @property
    def text(self) -> str | None:
        return None if self.is_binary else self._raw.decode(errors="replace")

    # Fields of a tree

    @property
    def entries(self) -> list[dict[str, Any]]:
        listing = self.repository.record.git.run("ls-tree", "-z", self.oid).decode()
        return [self._entry(line) for line in listing.split("\0")[:-1]]

    def _entry(self, line: str) -> dict[str, Any]:
        fields, _, path = line.partition("\t")
        mode, kind, oid = fields.split()
        entry: dict[str, Any] = {"mode": int(mode, 8), "type": kind, "oid": oid, "name": path}
        return entry | {"object": lambda: ObjectNode(self.repository, oid) if kind in _KINDS else None}

    # Fields of a commit

    @property
    def _commit(self) -> Commit:
        return Commit.parse(self.oid, self._raw)

    @property
    def message(self) -> str:
        return self._commit.message.rstrip("\n")

    @property
    def message_headline(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def message_body(self) -> str:
        return self.message.partition("\n")[2].lstrip("\n")

    @property
    def url(self) -> str:
        return f"{self.repository.url}/commit/{self.oid}"

    @property
    def author(self) -> dict[str, Any]:
        return self._person(self._commit.author)

    @property
    def committer(self) -> dict[str, Any]:
        return self._person(self._commit.committer)

    @property
    def authored_date(self) -> str | None:
        return timestamp(self._commit.author.date)

    @property
    def committed_date(self) -> str | None:
        return timestamp(self._commit.committer.date)

    @property
    def committed_via_web(self) -> bool:
        return self._commit.committer.email == "noreply@github.com"

    @property
    def tree(self) -> ObjectNode:
        return ObjectNode(self.repository, self._commit.tree)

    def parents(self, **page: Any) -> dict[str, Any]:
        return connection([ObjectNode(self.repository, oid) for oid in self._commit.parents], **page)

    def history(self, path: str | None = None, **page: Any) -> dict[str, Any]:
        paths = ["--", path] if path else []
        oids = self.repository.record.git.line("rev-list", "--max-count=500", self.oid, *paths).split()
        return connection([ObjectNode(self.repository, oid) for oid in oids], **page)

    def check_suites(self, filter_by: dict[str, Any] | None = None, **page: Any) -> dict[str, Any]:
        self.require(self.repository.record, "checks=read")
        filters, nodes = filter_by or {}, suites_of(self.repository, self.oid)
        matching = [
            node
            for node in nodes
            if filters.get("appId") in (None, node.suite.app.id)
            and filters.get("checkName") in (None, *(run.name for run in node.suite.runs))
        ]
        return connection(matching, **page)

    @property
    def status_check_rollup(self) -> dict[str, Any] | None:
        self.require(self.repository.record, "checks=read")
        return rollup(self.repository, self.oid)

    @property
    def signature(self) -> dict[str, Any] | None:
        """Return GitHub's signature, which commits have that an App created through the API."""
        if self.oid not in self.repository.record.verified_commits:
            return None
        signature = {"typename": "GpgSignature", "is_valid": True, "state": "VALID", "was_signed_by_git_hub": True}
        return signature | {"email": self._commit.committer.email}

    def _person(self, signature: Signature) -> dict[str, Any]:
        account = author_of(self.call.world, signature)
        who = {"name": signature.name, "email": signature.email, "date": signature.date.isoformat()}
        return who | {"user": actor(self.call, account, as_user=True)}
