"""REST responses."""

from __future__ import annotations

from bot.domain.permissions import Permission
from bot.github.responses.base import Response


class CollaboratorPermission(Response):
    """The response to `collaborators/{username}/permission`; `permission` is the base of a custom `role_name`."""

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
        """Return whether the pull request has this title and body."""
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
    """The response to `commits/{ref}/check-runs`."""

    check_runs: tuple[CheckRun, ...]


class SubmittedReview(Response):
    """A submitted review."""

    html_url: str | None = None


class GitObject(Response):
    """A created git object."""

    sha: str
    html_url: str | None = None


def _is_same_text(one: str | None, other: str) -> bool:
    """Return whether two texts are equal apart from line endings, which GitHub's forms change."""
    return (one or "").replace("\r\n", "\n") == other.replace("\r\n", "\n")
