"""Branches, their commits and what lies in them, as GraphQL tells them."""

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
        """Whether the head is one commit upon `onto`."""
        return [parent.oid for parent in self.target.parents.nodes] == [parent_oid]

    def to_branch(self, name: str, bot_login: str) -> DocsBranch:
        """In the domain's words: `ours` when the bot wrote the head commit and nobody rewrote it since."""
        carried = plan_digest(self.target.message)
        return DocsBranch(name, self.target.oid, carried is not None and self._is_authored_by(bot_login), carried)

    def _is_authored_by(self, bot_login: str) -> bool:
        """GitHub makes an App's commits with the App as author, and itself or the App as committer.

        A person who amends or rebases one becomes its committer. A bot's GraphQL `user` is not to be
        relied on, its address is: `ID+slug[bot]@users.noreply.HOST`.
        """
        author = (self.target.author and self.target.author.email) or ""
        committer = (self.target.committer and self.target.committer.email) or ""
        bots = author.partition("@")[0].partition("+")[2] == bot_login and "@users.noreply." in author
        return bots and (committer == author or committer.startswith("noreply@"))


def plan_digest(message: str) -> str | None:
    """The plan that a commit carries by its trailer."""
    found = re.findall(rf"^{TRAILER}: ([0-9a-f]{{64}})$", message, re.MULTILINE)
    return found[-1] if found else None


class _NewCommit(Response):
    oid: str
    url: str


class _CommitOnBranch(Response):
    commit: _NewCommit


class CreateCommitResponse(Response):
    """The answer to `queries.COMMIT_MUTATION`."""

    made: _CommitOnBranch = Field(alias="createCommitOnBranch")

    @property
    def commit(self) -> _NewCommit:
        return self.made.commit


class BranchResponse(Response):
    """The answer to `queries.BRANCH_QUERY`; `id` is the repository's node id."""

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
    """The answer to `queries.tree_query`: the commit's tree, and what lies in each folder (`f0`, `f1`…) of it."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, _TreeObject | None] = Field(init=False)

    commit: _Commit | None

    def mode(self, folder: int, name: str) -> str | None:
        """The mode of an entry as git writes it; None where there is none of that name."""
        found = (self.__pydantic_extra__ or {}).get(f"f{folder}")
        return next((f"{entry.mode:06o}" for entry in (found.entries if found else ()) if entry.name == name), None)
