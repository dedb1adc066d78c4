"""What REST answers."""

from __future__ import annotations

from bot.domain.permissions import Permission
from bot.github.responses.base import Response


class CollaboratorPermission(Response):
    """The answer to `collaborators/{username}/permission`: a custom role has the base that it extends beside it."""

    permission: str
    role_name: str = ""

    @property
    def level(self) -> Permission:
        roles = {role.name.lower(): role for role in Permission}
        return roles.get(self.role_name) or roles.get(self.permission) or Permission.NONE


class Pull(Response):
    """A pull request."""

    number: int
    state: str
    title: str
    body: str | None
    html_url: str

    def matches(self, title: str, body: str) -> bool:
        """Whether it has these words; GitHub's forms send other line ends than ours."""
        return self.title == title and _is_same_text(self.body, body)


class _User(Response):
    login: str


class CommentResponse(Response):
    """A comment."""

    id: int
    html_url: str
    body: str | None = None
    user: _User | None = None

    def matches(self, body: str) -> bool:
        return _is_same_text(self.body, body)

    def has_marker(self, marker: str, login: str) -> bool:
        return self.user is not None and self.user.login == login and marker in (self.body or "")


class Reaction(Response):
    """A reaction to a comment."""

    id: int
    user: _User | None = None


class Issue(Response):
    """An issue."""

    number: int
    title: str
    body: str | None = None
    html_url: str

    def matches(self, title: str, body: str) -> bool:
        return self.title == title and _is_same_text(self.body, body)


class _CheckRunApp(Response):
    slug: str


class CheckRun(Response):
    """A check run."""

    id: int
    html_url: str | None = None
    external_id: str | None = None
    app: _CheckRunApp | None = None


class CheckRuns(Response):
    """The answer to `commits/{ref}/check-runs`."""

    check_runs: tuple[CheckRun, ...]


class SubmittedReview(Response):
    """A review that was put."""

    html_url: str | None = None


class GitObject(Response):
    """A git object that was made."""

    sha: str
    html_url: str | None = None


def _is_same_text(one: str | None, other: str) -> bool:
    """Whether two bodies are the same; GitHub's forms send other line ends than ours."""
    return (one or "").replace("\r\n", "\n") == other.replace("\r\n", "\n")
