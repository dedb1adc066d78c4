"""What this GitHub knows: accounts, Apps, repositories and what people said in them. Held in memory.

Git objects and references lie in bare repositories on disk (`git`); everything else is here, as plain records.
Handlers run whole on the event loop, so each request sees and leaves a consistent state.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Literal

from bot.sandbox.git import GitRepository
from bot.sandbox.keys import AppKey

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
class Reaction:
    id: int
    author: Account
    content: str
    created_at: datetime


@dataclass(eq=False)
class Comment:
    """A comment in a conversation; `app` when an App wrote it, `minimized` the reason it is hidden for."""

    id: int
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    minimized: str | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass(eq=False)
class PullRequest:
    """A pull request within one repository. The oids follow their branches while it is open."""

    id: int
    number: int
    repository: Repository
    author: Account
    title: str
    body: str | None
    head: str
    base: str
    head_oid: str
    base_oid: str
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    merged_by: Account | None = None
    merge_oid: str | None = None
    comments: list[Comment] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    reviewers: list[Account] = field(default_factory=list)

    @property
    def merged(self) -> bool:
        return self.merge_oid is not None


@dataclass(eq=False)
class CheckRun:
    """A check of one commit; `output` holds title, summary, text and the annotations so far."""

    id: int
    app: App
    name: str
    head_oid: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    external_id: str
    details_url: str | None
    output: dict[str, Any]


@dataclass(eq=False)
class Repository:
    """A repository. `announced` is the references as webhooks have told of them."""

    id: int
    owner: Account
    name: str
    private: bool
    default_branch: str
    git: GitRepository
    created_at: datetime
    pushed_at: datetime
    announced: dict[str, str] = field(default_factory=dict)
    collaborators: dict[str, str] = field(default_factory=dict)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def branch(self, name: str) -> str | None:
        """The head of a branch, as last announced."""
        return self.announced.get(f"refs/heads/{name}")

    def role(self, account: Account) -> str:
        """One of `ROLES`; the owner is admin, and everyone may read what is public."""
        if account is self.owner:
            return "admin"
        return self.collaborators.get(account.login, "none" if self.private else "read")


@dataclass(eq=False)
class Installation:
    """An App on an account, for chosen repositories."""

    id: int
    app: App
    account: Account
    repositories: list[Repository]
    created_at: datetime


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
        self.installation_tokens: dict[str, InstallationToken] = {}
        self.user_tokens: dict[str, Account] = {}
        self.manifests: dict[str, tuple[App, datetime]] = {}
        self.new_id = count(1001).__next__
        self._clock = clock

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    def now(self) -> datetime:
        """The time, in UTC, to the second as GitHub gives it."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def account(self, login: str, kind: Literal["User", "Organization", "Bot"] = "User") -> Account:
        """The account of that login, made when there is none."""
        if login not in self.accounts:
            self.accounts[login] = Account(self.new_id(), login, kind)
        return self.accounts[login]

    def repository(self, owner: str, name: str) -> Repository | None:
        """By owner and name, in any case, as GitHub finds it."""
        return self.repositories.get(f"{owner}/{name}".lower())

    def installation(self, app: App, repository: Repository) -> Installation | None:
        """The installation through which an App sees a repository."""
        return next((i for i in self.installations.values() if i.app is app and repository in i.repositories), None)

    def comment(self, repository: Repository, number: int) -> tuple[PullRequest, Comment] | None:
        """A comment of a repository and the conversation it stands in."""
        found = ((p, c) for p in repository.pull_requests.values() for c in p.comments if c.id == number)
        return next(found, None)


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
