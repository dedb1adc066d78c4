"""GraphQL responses about branches, commits and trees."""

from __future__ import annotations

import re

from pydantic import ConfigDict, Field

from bot.domain import DocsBranch
from bot.domain.markers import TRAILER
from bot.github.responses.base import Response


class _GitActor(Response):
    email: str | None = None


class _Oid(Response):
    oid: str


class _Parents(Response):
    nodes: tuple[_Oid, ...] = ()


class _HeadCommit(Response):
    oid: str
    message: str = ""
    author: _GitActor | None = None
    committer: _GitActor | None = None
    parents: _Parents = _Parents()


class Ref(Response):
    """A branch and its head commit."""

    target: _HeadCommit

    def is_child_of(self, parent_oid: str) -> bool:
        """Return whether `parent_oid` is the head's only parent."""
        return [parent.oid for parent in self.target.parents.nodes] == [parent_oid]

    def to_branch(self, name: str, bot_login: str) -> DocsBranch:
        """Convert to a `DocsBranch`; it is `ours` if the bot wrote the head commit and nobody rewrote it since."""
        digest = plan_digest(self.target.message)
        return DocsBranch(name, self.target.oid, digest is not None and self._is_authored_by(bot_login), digest)

    def _is_authored_by(self, bot_login: str) -> bool:
        """Return whether GitHub made the commit for the App, and nobody rewrote it.

        Such a commit has the App as author, and GitHub or the App as committer. A person who amends or rebases it
        becomes its committer. A bot's GraphQL `user` is unreliable; its email address is not:
        `ID+slug[bot]@users.noreply.HOST`.
        """
        author = (self.target.author and self.target.author.email) or ""
        committer = (self.target.committer and self.target.committer.email) or ""
        is_app = author.partition("@")[0].partition("+")[2] == bot_login and "@users.noreply." in author
        return is_app and (committer == author or committer.startswith("noreply@"))


def plan_digest(message: str) -> str | None:
    """Return the plan digest in a commit message's trailer, or None."""
    digests = re.findall(rf"^{TRAILER}: ([0-9a-f]{{64}})$", message, re.MULTILINE)
    return digests[-1] if digests else None


class _NewCommit(Response):
    oid: str
    url: str


class _CommitOnBranch(Response):
    commit: _NewCommit


class CreateCommitResponse(Response):
    """The response to `queries.COMMIT_MUTATION`."""

    payload: _CommitOnBranch = Field(alias="createCommitOnBranch")

    @property
    def commit(self) -> _NewCommit:
        return self.payload.commit


class BranchResponse(Response):
    """The response to `queries.BRANCH_QUERY`; `id` is the repository's node id."""

    id: str
    branch: Ref | None


class _TreeEntry(Response):
    name: str
    mode: int


class _TreeObject(Response):
    entries: tuple[_TreeEntry, ...] = ()


class _Commit(Response):
    tree: _Oid


class TreeResponse(Response):
    """The response to `queries.tree_query`: a commit's tree and the entries of some folders (`f0`, `f1`…)."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, _TreeObject | None] = Field(init=False)

    commit: _Commit | None

    def mode(self, folder: int, name: str) -> str | None:
        """Return the mode of an entry as git writes it, or None if there is no such entry."""
        tree = (self.__pydantic_extra__ or {}).get(f"f{folder}")
        return next((f"{entry.mode:06o}" for entry in (tree.entries if tree else ()) if entry.name == name), None)
