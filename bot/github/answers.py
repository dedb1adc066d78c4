"""What GitHub answers, as far as it is read, in the domain's words.

Shapes of the answers to `queries`, and of a few REST answers; whatever else they hold is passed over.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain import Branch, PullRequest, PullStanding, Thread
from bot.errors import RemoteError
from bot.ports import Permission
from bot.words.pull_request import TRAILER
from bot.words.remarks import RemarkMarker


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Actor(_Answer):
    email: str | None = None


class _Oid(_Answer):
    oid: str


class _Parents(_Answer):
    nodes: tuple[_Oid, ...] = ()


class _Target(_Answer):
    oid: str
    message: str = ""
    author: _Actor | None = None
    committer: _Actor | None = None
    parents: _Parents = _Parents()


class Ref(_Answer):
    """A branch and its head commit."""

    target: _Target

    def upon(self, onto: str) -> bool:
        """Whether the head is one commit upon `onto`."""
        return [parent.oid for parent in self.target.parents.nodes] == [onto]

    def branch(self, name: str, bot_login: str) -> Branch:
        """In the domain's words: `ours` when the bot wrote the head commit and nobody rewrote it since."""
        carried = digest(self.target.message)
        return Branch(name, self.target.oid, carried is not None and self._made_by(bot_login), carried)

    def _made_by(self, bot_login: str) -> bool:
        """GitHub makes an App's commits with the App as author, and itself or the App as committer.

        A person who amends or rebases one becomes its committer. A bot's GraphQL `user` is not to be
        relied on, its address is: `ID+slug[bot]@users.noreply.HOST`.
        """
        author = (self.target.author and self.target.author.email) or ""
        committer = (self.target.committer and self.target.committer.email) or ""
        bots = author.partition("@")[0].partition("+")[2] == bot_login and "@users.noreply." in author
        return bots and (committer == author or committer.startswith("noreply@"))


def digest(message: str) -> str | None:
    """The plan that a commit carries by its trailer."""
    found = re.findall(rf"^{TRAILER}: ([0-9a-f]{{64}})$", message, re.MULTILINE)
    return found[-1] if found else None


class _Author(_Answer):
    kind: str = Field(alias="__typename")
    login: str

    @property
    def rest_login(self) -> str:
        """As REST and commits have it: GraphQL gives a bot's login without its `[bot]`."""
        return f"{self.login}[bot]" if self.kind == "Bot" else self.login


class _Pull(_Answer):
    number: int
    state: Literal["OPEN", "CLOSED", "MERGED"]
    title: str
    body: str
    url: str
    head_oid: str = Field(alias="headRefOid")
    author: _Author | None

    def ours(self, bot_login: str) -> bool:
        return self.author is not None and self.author.rest_login == bot_login  # the App opens none from a fork

    def pull_request(self) -> PullRequest:
        state: Any = self.state.lower()
        return PullRequest(self.number, state, self.title, self.body, self.head_oid, self.url)


class _Pulls(_Answer):
    nodes: tuple[_Pull, ...]


class Observed(_Answer):
    """The answer to `queries.OBSERVE_QUERY`."""

    base: Ref | None
    branch: Ref | None
    pulls: _Pulls = Field(alias="pullRequests")

    def pull_requests(self, bot_login: str) -> tuple[PullRequest, ...]:
        return tuple(pull.pull_request() for pull in self.pulls.nodes if pull.ours(bot_login))


class _Label(_Answer):
    name: str


class _Labels(_Answer):
    nodes: tuple[_Label, ...] = ()


class _Message(_Answer):
    message: str


class _PullCommit(_Answer):
    commit: _Message


class _PullCommits(_Answer):
    nodes: tuple[_PullCommit, ...] = ()


class _AnyPull(_Answer):
    number: int
    state: Literal["OPEN", "CLOSED", "MERGED"]
    body: str
    head_oid: str = Field(alias="headRefOid")
    branch: str = Field(alias="headRefName")
    base: str = Field(alias="baseRefName")
    elsewhere: bool = Field(alias="isCrossRepository")
    author: _Author | None
    labels: _Labels | None
    commits: _PullCommits

    def standing(self, bot_login: str) -> PullStanding:
        state: Any = self.state.lower()
        return PullStanding(
            self.number,
            state,
            self.author.rest_login if self.author else "ghost",
            self.author is not None and self.author.rest_login == bot_login,
            self.base,
            self.head_oid,
            None if self.elsewhere else self.branch,
            tuple(label.name for label in self.labels.nodes) if self.labels else (),
            self.commits.nodes[-1].commit.message if self.commits.nodes else "",
            self.body,
        )


class ObservedPull(_Answer):
    """The answer to `queries.PULL_QUERY`."""

    pull: _AnyPull | None = Field(alias="pullRequest")


class _Login(_Answer):
    login: str


class _Opening(_Answer):
    body: str
    author: _Author | None


class _Openings(_Answer):
    nodes: tuple[_Opening, ...] = ()


class _Thread(_Answer):
    id: str
    resolved: bool = Field(alias="isResolved")
    by: _Login | None = Field(alias="resolvedBy")
    comments: _Openings

    def ours(self, bot_login: str) -> Thread | None:
        """In the domain's words; None where it is not us who began it, or not on a finding."""
        opening = self.comments.nodes[0] if self.comments.nodes else None
        if opening is None or opening.author is None or opening.author.rest_login != bot_login:
            return None
        told = RemarkMarker.read(opening.body)
        by = self.by.login if self.by and self.by.login not in (bot_login, bot_login.removesuffix("[bot]")) else None
        return Thread(self.id, told.fingerprint, told.rule, self.resolved, by) if told else None


class _Page(_Answer):
    more: bool = Field(alias="hasNextPage")
    cursor: str | None = Field(alias="endCursor")


class Threads(_Answer):
    """A page of a pull request's threads."""

    page: _Page = Field(alias="pageInfo")
    nodes: tuple[_Thread, ...] = ()


class _ReviewedPull(_AnyPull):
    threads: Threads = Field(alias="reviewThreads")


class ObservedReview(_Answer):
    """The answer to `queries.REVIEW_QUERY`."""

    pull: _ReviewedPull | None = Field(alias="pullRequest")


class _NewCommit(_Answer):
    oid: str
    url: str


class _CommitOnBranch(_Answer):
    commit: _NewCommit


class Committed(_Answer):
    """The answer to `queries.COMMIT_MUTATION`."""

    made: _CommitOnBranch = Field(alias="createCommitOnBranch")

    @property
    def commit(self) -> _NewCommit:
        return self.made.commit


class Standing(_Answer):
    """The answer to `queries.BRANCH_QUERY`; `id` is the repository's node id."""

    id: str
    branch: Ref | None


class _Entry(_Answer):
    name: str
    mode: int


class _Folder(_Answer):
    entries: tuple[_Entry, ...] = ()


class _Commit(_Answer):
    tree: _Oid


class Tree(_Answer):
    """The answer to `queries.tree_query`: the commit's tree, and what lies in each folder (`f0`, `f1`…) of it."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, _Folder | None] = Field(init=False)

    commit: _Commit | None

    def mode(self, folder: int, name: str) -> str | None:
        """The mode of an entry as git writes it; None where there is none of that name."""
        found = (self.__pydantic_extra__ or {}).get(f"f{folder}")
        return next((f"{entry.mode:06o}" for entry in (found.entries if found else ()) if entry.name == name), None)


# ------------------------------------------------------------------ REST


class Role(_Answer):
    """The answer to `collaborators/{username}/permission`: a custom role has the base that it extends beside it."""

    permission: str
    role_name: str = ""

    @property
    def level(self) -> Permission:
        roles = {role.name.lower(): role for role in Permission}
        return roles.get(self.role_name) or roles.get(self.permission) or Permission.NONE


class Pull(_Answer):
    """A pull request."""

    number: int
    state: str
    title: str
    body: str | None
    html_url: str

    def says(self, title: str, body: str) -> bool:
        """Whether it has these words; GitHub's forms send other line ends than ours."""
        return self.title == title and _same(self.body, body)


class _User(_Answer):
    login: str


class Said(_Answer):
    """A comment."""

    id: int
    html_url: str
    body: str | None = None
    user: _User | None = None

    def says(self, body: str) -> bool:
        return _same(self.body, body)

    def carries(self, marker: str, login: str) -> bool:
        return self.user is not None and self.user.login == login and marker in (self.body or "")


class Reaction(_Answer):
    """A reaction to a comment."""

    id: int
    user: _User | None = None


class Issue(_Answer):
    """An issue."""

    number: int
    title: str
    body: str | None = None
    html_url: str

    def says(self, title: str, body: str) -> bool:
        return self.title == title and _same(self.body, body)


class _App(_Answer):
    slug: str


class CheckRun(_Answer):
    """A check run."""

    id: int
    html_url: str | None = None
    external_id: str | None = None
    app: _App | None = None


class CheckRuns(_Answer):
    """The answer to `commits/{ref}/check-runs`."""

    check_runs: tuple[CheckRun, ...]


class Posted(_Answer):
    """A review that was put."""

    html_url: str | None = None


class Made(_Answer):
    """A git object that was made."""

    sha: str
    html_url: str | None = None


def _same(one: str | None, other: str) -> bool:
    """Whether two bodies are the same; GitHub's forms send other line ends than ours."""
    return (one or "").replace("\r\n", "\n") == other.replace("\r\n", "\n")


# ------------------------------------------------------------------ reading

A = TypeVar("A", bound=_Answer)


def repository(data: object) -> Any:
    """The repository in a GraphQL answer; raises `RemoteError` where the App does not see it."""
    match data:
        case {"repository": dict(found)}:
            return found
    raise RemoteError("GitHub does not show the repository to the App.", transient=False)


def read(shape: type[A], answer: object) -> A:
    """An answer in the shape that it should have; raises `RemoteError` where it has another."""
    try:
        return shape.model_validate(answer)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors()[:3])
        raise RemoteError(f"GitHub's answer is not as expected at {places or 'its root'}.") from None
