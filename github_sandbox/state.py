"""What this GitHub knows: accounts, Apps, installations and repositories. Held in memory.

Git objects and references lie in bare repositories on disk (`git`); what is said and checked in a repository are the
records of `conversations` and `checks`; everything else is here, as plain records too.
Handlers run whole on the event loop, so each request sees and leaves a consistent state.
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
"""Permission → `read` or `write`, GitHub's names."""

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
    """A GitHub App; the bot is the account that it acts as."""

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
        """PEM."""
        return self.key.pem

    @property
    def bot_login(self) -> str:
        return self.bot.login

    @property
    def client_id(self) -> str:
        return f"Iv23li{self.id:014d}"


@dataclass(eq=False)
class Repository:
    """A repository; `parent` is what it was forked from.

    `announced` is the references as webhooks have told of them, `check_suites` go by App and commit, `analyses` (SARIF
    that was uploaded) by ref and commit.
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
    announced: dict[str, str] = field(default_factory=dict)
    collaborators: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    check_suites: dict[tuple[int, str], CheckSuite] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)
    analyses: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def branch(self, name: str) -> str | None:
        """The head of a branch, as last announced."""
        return self.announced.get(f"refs/heads/{name}")

    def conversation(self, number: int) -> Conversation | None:
        """An issue or pull request: they share their numbers."""
        return self.issues.get(number) or self.pull_requests.get(number)

    def next_number(self) -> int:
        """The number of the next issue or pull request."""
        return len(self.issues) + len(self.pull_requests) + 1

    def role(self, account: Account) -> str:
        """One of `ROLES`; the owner is admin, and everyone may read what is public."""
        if account is self.owner:
            return "admin"
        return self.collaborators.get(account.login, "none" if self.private else "read")


@dataclass(eq=False)
class Installation:
    """An App on an account, for chosen repositories.

    `permissions` are what the account accepted: what the App asks for since then waits for its owner.
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
    """What an installation token opens; `repositories` and `permissions` are already narrowed."""

    value: str = field(repr=False)
    installation: Installation
    repositories: tuple[Repository, ...]
    narrowed: bool
    permissions: Permissions
    expires_at: datetime


class World:
    """All there is, and the numbers that name it.

    Args:
        root: folder of the bare repositories.
        clock: gives the time, with a zone; tests move it.
    """

    def __init__(self, root: Path, clock: Callable[[], datetime]) -> None:
        self.root = root
        self.url = ""
        self.accounts: dict[str, Account] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.repositories: dict[str, Repository] = {}
        self.moved: dict[str, Repository] = {}
        self.installation_tokens: dict[str, InstallationToken] = {}
        self.user_tokens: dict[str, Account] = {}
        self.manifests: dict[str, tuple[App, datetime]] = {}
        self.new_id = count(1001).__next__
        self.clock = clock

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    def now(self) -> datetime:
        """The time, in UTC, to the second as GitHub gives it."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def account(self, login: str, kind: Literal["User", "Organization", "Bot"] = "User") -> Account:
        """The account of that login, made when there is none."""
        if login not in self.accounts:
            self.accounts[login] = Account(self.new_id(), login, kind)
        return self.accounts[login]

    def repository(self, owner: str, name: str) -> Repository | None:
        """By owner and name, in any case, as GitHub finds it."""
        return self.repositories.get(f"{owner}/{name}".lower())

    def numbered(self, number: str) -> Repository | None:
        """By its number, which stays when names change."""
        return next((found for found in self.repositories.values() if str(found.id) == number), None)

    def found_at(self, owner: str, name: str) -> Repository | None:
        """The repository that was renamed or transferred from there, and is not there now."""
        return self.moved.get(f"{owner}/{name}".lower())

    def installation(self, app: App, repository: Repository) -> Installation | None:
        """The installation through which an App sees a repository."""
        return next((i for i in self.installations.values() if i.app is app and repository in i.repositories), None)

    def comment(self, repository: Repository, number: int) -> Comment | None:
        """A comment of a repository's conversations."""
        conversations = (*repository.issues.values(), *repository.pull_requests.values())
        return next((c for conversation in conversations for c in conversation.comments if c.id == number), None)

    def review_comment(self, repository: Repository, number: int) -> ReviewComment | None:
        """A comment on a line of a repository's pull requests."""
        threads = (thread for pull in repository.pull_requests.values() for thread in pull.threads)
        return next((c for thread in threads for c in thread.comments if c.id == number), None)


def node_id(prefix: str, *parts: object) -> str:
    """A node id in the look of GitHub's; `parse_node_id` reads it back."""
    text = ":".join(str(part) for part in parts)
    return f"{prefix}_{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}"


def parse_node_id(value: str) -> tuple[str, list[str]]:
    """Prefix and parts of a node id; a stranger's id gives an empty prefix."""
    prefix, _, rest = value.partition("_")
    try:
        text = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4)).decode()
    except ValueError:
        return "", []
    return prefix, text.split(":", 1)


def timestamp(moment: datetime | None) -> str | None:
    """GitHub's form of a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
