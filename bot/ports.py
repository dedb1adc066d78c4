"""Ports: the interfaces through which the core uses the outside world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar, overload

from bot.agents.security_review.review import Suppressions
from bot.domain import (
    Action,
    ActionResult,
    CommentState,
    CommentTarget,
    DocsState,
    DocsTarget,
    Draft,
    IndexStatus,
    Memory,
    PullRequestState,
    PullRequestTarget,
    Repository,
    ReviewState,
    ReviewTarget,
    SecurityReview,
    Tenant,
)
from bot.domain.audit import AuditEntry, AuditHead, AuditRecord
from bot.domain.permissions import Permission
from bot.domain.search import SearchResult
from bot.text.file_classes import NO_OVERRIDES, Overrides

T = TypeVar("T")


class Forge(Protocol):
    """A repository on a forge."""

    async def permission(self, user: str) -> Permission:
        """Return the role of a user in the repository."""
        ...

    @overload
    async def observe(self, target: DocsTarget) -> DocsState: ...
    @overload
    async def observe(self, target: PullRequestTarget) -> PullRequestState | None: ...
    @overload
    async def observe(self, target: ReviewTarget) -> ReviewState | None: ...
    @overload
    async def observe(self, target: CommentTarget) -> CommentState | None:
        """Return the state of a target, observed at one moment; None if the pull request or comment does not exist."""
        ...

    async def apply(self, action: Action) -> ActionResult:
        """Apply an action. Applying it twice has the same effect as once.

        Raises:
            ConflictError: the observed state is not the one that the action expects.
            RemoteError: the forge rejected the action.
        """
        ...


class Repositories(Protocol):
    """Git repositories. A fetch makes their commits readable on this machine."""

    async def fetch_head(self, repository: Repository, branch: str) -> str:
        """Fetch a branch. Return its head. Raises `NotFoundError` if the branch does not exist."""
        ...

    async def fetch(self, repository: Repository, branch: str, commit: str) -> str:
        """Fetch a branch with the objects that an analysis from `commit` to its head reads. Return the head.

        Raises:
            ConflictError: the commit no longer exists.
        """
        ...

    async def fetch_pull(self, repository: Repository, base: str, number: int) -> tuple[str, str]:
        """Fetch a pull request with the objects its analysis reads. Return its merge base with `base`, and its head.

        Raises:
            UserError: it has no common history with its base.
        """
        ...

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """Return the files that exist in a fetched commit, by path. Files over 1 MB are left out."""
        ...

    async def analyse(
        self,
        repository: Repository,
        base: str,
        head: str,
        disabled_rules: frozenset[str],
        files: Overrides = NO_OVERRIDES,
    ) -> Draft:
        """Return the draft for the change between two fetched commits, without the disabled rules.

        Args:
            files: overrides of file classes, from `.github/mas.yml`.
        """
        ...

    async def review(
        self, repository: Repository, base: str, head: str, suppressions: Suppressions, files: Overrides = NO_OVERRIDES
    ) -> SecurityReview:
        """Return the security review of the change between two fetched commits. Fetches the changed files first.

        Args:
            files: as in `analyse`.
        """
        ...

    async def find_docs_skips(self, repository: Repository, base: str, head: str) -> list[tuple[str, str]]:
        """Return the commits after `base` with the trailer `Docs: skip`, as pairs of parent and commit."""
        ...


class SearchIndex(Protocol):
    """The search indexes of repositories."""

    async def update(
        self,
        repository: Repository,
        branch: str,
        commit: str,
        in_scope: Callable[[str], bool],
        files: Overrides = NO_OVERRIDES,
        *,
        seq: int,
    ) -> bool | None:
        """Update the index of a branch to a fetched commit.

        Args:
            in_scope: returns whether a path is indexed. It is sent to another process.
            files: overrides of file classes, from `.github/mas.yml`.

        Returns:
            Whether the index is complete; False after a part of the work. None if a later job indexed the branch, or
            if the index was deleted in the meantime.
        """
        ...

    async def search(self, tenant: Tenant, branch: str, query: str) -> tuple[str, Sequence[SearchResult]] | None:
        """Return the indexed commit of a branch and the results of a query, best first; None if there is no index."""
        ...

    async def list_indexes(self, tenant: Tenant) -> Sequence[IndexStatus]:
        """Return the status of each index of a repository, including unfinished ones."""
        ...

    async def list_installation_indexes(self, installation_id: int) -> Sequence[IndexStatus]:
        """Return the status of each index of an installation."""
        ...

    async def current_model(self) -> str:
        """Return the name of the current embedding model."""
        ...

    async def delete_branch(self, tenant: Tenant, branch: str, *, seq: int) -> None:
        """Delete the index of a branch, unless a later job updated it."""
        ...


class Store(Protocol):
    """The stored state. Every call is for one tenant and touches no other tenant's data."""

    async def put_blob(self, tenant: Tenant, body: bytes) -> str:
        """Store a blob. Return its digest (SHA-256, hexadecimal). Equal blobs are stored once."""
        ...

    async def get_blob(self, tenant: Tenant, digest: str) -> bytes:
        """Return the blob with a digest. Raises `Bug` if the tenant has none."""
        ...

    async def get_memory(self, tenant: Tenant, branch: str) -> Memory:
        """Return the stored state of a base branch."""
        ...

    async def advance_baseline(
        self, tenant: Tenant, branch: str, baseline: str, *, seq: int, only_if_unset: bool = False
    ) -> bool:
        """Set the baseline of a branch. Return False if a later job has set it."""
        ...

    async def reject_edits(self, tenant: Tenant, fingerprints: frozenset[str], *, why: str) -> None:
        """Store edits as declined."""
        ...

    async def restore_edits(self, tenant: Tenant, fingerprints: frozenset[str]) -> None:
        """Remove edits from the declined ones."""
        ...

    async def set_state(self, tenant: Tenant, name: str, value: str, *, seq: int) -> None:
        """Set a value, unless a later job has set it."""
        ...

    async def get_state(self, tenant: Tenant, name: str) -> str | None:
        """Return a value, or None if it is not set."""
        ...

    async def append_audit_entry(self, tenant: Tenant, entry: AuditEntry) -> None:
        """Append an entry to the audit log, unless there is one with the same key."""
        ...

    async def get_audit_log(self, tenant: Tenant) -> list[AuditRecord]:
        """Return the audit log, oldest record first."""
        ...

    async def get_audit_head(self, tenant: Tenant) -> AuditHead | None:
        """Return the head of the audit log, written together with its last record; None if there is no log."""
        ...

    async def list_audited_tenants(self) -> frozenset[Tenant]:
        """Return all tenants with an audit log, for the operator's tools."""
        ...

    async def list_tenants(self, installation_id: int) -> frozenset[Tenant]:
        """Return the tenants of an installation that have data."""
        ...

    async def purge(self, tenant: Tenant) -> None:
        """Delete a tenant's data and the details of its audit log. The log stays, and records the purge."""
        ...


class IndexCatalog(Protocol):
    """The list of indexed branches. `IndexStorage` holds the content of the indexes."""

    async def list_all(self) -> list[IndexStatus]:
        """Return the branches of all tenants, newest first. The caller must filter them by access."""
        ...

    async def list_for_tenant(self, tenant: Tenant) -> list[IndexStatus]:
        """Return the branches of a tenant, newest first."""
        ...

    async def list_for_installation(self, installation_id: int) -> list[IndexStatus]:
        """Return the branches of all tenants of an installation, newest first."""
        ...

    async def record(self, status: IndexStatus, *, seq: int, create: bool = False) -> bool:
        """Record the status of a branch. Return False if a later job did, or if the data was purged in the meantime.

        Args:
            create: whether the branch may be new.
        """
        ...

    async def delete(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """Remove a branch. Return False if a later job recorded it."""
        ...


class JobMetrics(Protocol):
    """Counters for the outcomes of jobs."""

    def count_edit(self, rule: str, outcome: str) -> None:
        """Count an edit by a rule as `proposed`, `merged` or `rejected`."""
        ...

    def count_finding(self, severity: str) -> None:
        """Count a finding of a security review."""
        ...


class Step(Protocol):
    """Runs a piece of work once and checkpoints its result. After a crash it returns the checkpointed result.

    The result must be plain JSON data. Work that was in flight during a crash runs twice.
    """

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]]) -> T: ...


class IndexStorage(Protocol):
    """Named values of one repository. Names contain no wildcards. Saving a name again replaces its value."""

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        """Return the values of the names that exist."""
        ...

    def list_names(self, prefix: str) -> set[str]:
        """Return all names with a prefix."""
        ...

    def save(self, values: Mapping[str, bytes]) -> None:
        """Save values durably. A crash before it returns may leave only the first of them."""
        ...

    def delete(self, names: Collection[str]) -> None:
        """Delete the values of names. A crash may leave some."""
        ...

    def clear(self) -> None:
        """Delete all values. A crash may leave some."""
        ...
