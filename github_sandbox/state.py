"""The emulator's in-memory state: accounts, Apps, installations and repositories.

Git objects and references are in bare repositories on disk (`git`). Issues, pull requests and checks are in
`conversations` and `checks`. Handlers run without interruption on the event loop, so each request sees and leaves
consistent state.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from github_sandbox.git import GitRepository
from github_sandbox.keys import AppKey

if TYPE_CHECKING:
    from github_sandbox.checks import CheckRun, CheckSuite
    from github_sandbox.conversations import Comment, Conversation, Issue, Label, PullRequest, ReviewComment

Permissions = dict[str, str]
"""Permission name → `read` or `write`."""

ROLES = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(eq=False)
class Account:
    """A user, an organization, or an App's bot."""

    id: int
    login: str
    kind: Literal["User", "Organization", "Bot"] = "User"

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(eq=False)
class App:
    """A GitHub App. `bot` is the account that it acts as."""

    id: int
    slug: str
    name: str
    owner: Account
    bot: Account
    permissions: Permissions
    events: tuple[str, ...]
    webhook_secret: str = field(repr=False)
    client_secret: str = field(repr=False)
    webhook_url: str | None
    external_url: str
    created_at: datetime
    key: AppKey = field(default_factory=AppKey, repr=False)

    @property
    def private_key(self) -> str:
        """Return the private key as PEM."""
        return self.key.pem

    @property
    def bot_login(self) -> str:
        return self.bot.login

    @property
    def client_id(self) -> str:
        return f"Iv23li{self.id:014d}"


@dataclass(eq=False)
class Repository:
    """A repository. `parent` is the repository that it was forked from.

    `announced_refs` are the references as last sent by webhooks. `verified_commits` are the commits that GitHub signed.
    `check_suites` are keyed by App id and commit, `analyses` (uploaded SARIF) by ref and commit.
    """

    id: int
    owner: Account
    name: str
    private: bool
    default_branch: str
    git: GitRepository
    created_at: datetime
    pushed_at: datetime
    parent: Repository | None = None
    archived: bool = False
    announced_refs: dict[str, str] = field(default_factory=dict)
    collaborators: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    check_suites: dict[tuple[int, str], CheckSuite] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    verified_commits: set[str] = field(default_factory=set)
    analyses: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def branch(self, name: str) -> str | None:
        """Return the head commit of a branch, as last announced, or None."""
        return self.announced_refs.get(f"refs/heads/{name}")

    def conversation(self, number: int) -> Conversation | None:
        """Return an issue or pull request, which share their numbers, or None."""
        return self.issues.get(number) or self.pull_requests.get(number)

    def next_number(self) -> int:
        """Return the number of the next issue or pull request."""
        return len(self.issues) + len(self.pull_requests) + 1

    def role(self, account: Account) -> str:
        """Return an account's role, one of `ROLES`. The owner is `admin`; anyone may read a public repository."""
        if account is self.owner:
            return "admin"
        return self.collaborators.get(account.login, "none" if self.private else "read")


@dataclass(eq=False)
class Installation:
    """An App installed on an account, for selected repositories.

    `permissions` are those that the account has accepted, which may lag behind those that the App requests.
    """

    id: int
    app: App
    account: Account
    repositories: list[Repository]
    permissions: Permissions
    created_at: datetime
    suspended_at: datetime | None = None
    suspended_by: Account | None = None


@dataclass(frozen=True, slots=True, eq=False)
class InstallationToken:
    """An installation token, with the repositories and permissions that it was limited to."""

    value: str = field(repr=False)
    installation: Installation
    repositories: tuple[Repository, ...]
    narrowed: bool
    permissions: Permissions
    expires_at: datetime


class World:
    """All state of one emulator.

    Args:
        root: folder of the bare repositories.
        clock: returns the time, with a time zone. Tests may control it.
    """

    def __init__(self, root: Path, clock: Callable[[], datetime]) -> None:
        self.root = root
        self.url = ""
        self.accounts: dict[str, Account] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.repositories: dict[str, Repository] = {}
        self.redirects: dict[str, Repository] = {}
        self.installation_tokens: dict[str, InstallationToken] = {}
        self.user_tokens: dict[str, Account] = {}
        self.manifests: dict[str, tuple[App, datetime]] = {}
        self.new_id = count(1001).__next__
        self.clock = clock

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    def now(self) -> datetime:
        """Return the time in UTC, to the second, as GitHub does."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def account(self, login: str, kind: Literal["User", "Organization", "Bot"] = "User") -> Account:
        """Return the account with a login, created if needed."""
        if login not in self.accounts:
            self.accounts[login] = Account(self.new_id(), login, kind)
        return self.accounts[login]

    def repository(self, owner: str, name: str) -> Repository | None:
        """Return a repository by owner and name, ignoring case, or None."""
        return self.repositories.get(f"{owner}/{name}".lower())

    def repository_by_id(self, number: str) -> Repository | None:
        """Return a repository by its id, which survives renames, or None."""
        return next((found for found in self.repositories.values() if str(found.id) == number), None)

    def find_redirect(self, owner: str, name: str) -> Repository | None:
        """Return the repository that had this name before it was renamed or transferred, or None."""
        return self.redirects.get(f"{owner}/{name}".lower())

    def installation(self, app: App, repository: Repository) -> Installation | None:
        """Return the installation that gives an App access to a repository, or None."""
        return next((i for i in self.installations.values() if i.app is app and repository in i.repositories), None)

    def comment(self, repository: Repository, number: int) -> Comment | None:
        """Return a comment on one of a repository's issues or pull requests, or None."""
        conversations = (*repository.issues.values(), *repository.pull_requests.values())
        return next((c for conversation in conversations for c in conversation.comments if c.id == number), None)

    def review_comment(self, repository: Repository, number: int) -> ReviewComment | None:
        """Return a review comment on one of a repository's pull requests, or None."""
        threads = (thread for pull in repository.pull_requests.values() for thread in pull.threads)
        return next((c for thread in threads for c in thread.comments if c.id == number), None)


def node_id(prefix: str, *parts: object) -> str:
    """Return a node id that looks like GitHub's and that `parse_node_id` can decode."""
    text = ":".join(str(part) for part in parts)
    return f"{prefix}_{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}"


def parse_node_id(value: str) -> tuple[str, list[str]]:
    """Return the prefix and parts of a node id. The prefix is empty for an invalid id."""
    prefix, _, rest = value.partition("_")
    try:
        text = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4)).decode()
    except ValueError:
        return "", []
    return prefix, text.split(":", 1)


def timestamp(moment: datetime | None) -> str | None:
    """Return a time in GitHub's format."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
