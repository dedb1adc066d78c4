"""What the core needs of the world, as small as it can be said."""

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
    """One repository on a forge. Locally: you own it, nothing stands, and applying prints."""

    async def permission(self, user: str) -> Permission:
        """The role that a user has here."""
        ...

    @overload
    async def observe(self, target: DocsTarget) -> DocsState: ...
    @overload
    async def observe(self, target: PullRequestTarget) -> PullRequestState | None: ...
    @overload
    async def observe(self, target: ReviewTarget) -> ReviewState | None: ...
    @overload
    async def observe(self, target: CommentTarget) -> CommentState | None:
        """What stands for a subject now, in one look; None where there is no such pull request or comment."""
        ...

    async def apply(self, action: Action) -> ActionResult:
        """Do one thing, or find that it is done; running it twice changes nothing.

        Raises:
            Moved: the state that the action expects is not what stands there.
            RemoteError: the forge did not do it.
        """
        ...


class Repositories(Protocol):
    """The repositories as git has them; what is read of one lies on this machine after a fetch."""

    async def fetch_head(self, repository: Repository, branch: str) -> str:
        """Fetch a branch; returns its head. Raises `NotFoundError` where there is none."""
        ...

    async def fetch(self, repository: Repository, branch: str, commit: str) -> str:
        """Fetch a branch with what an analysis of `commit` against its head reads; returns the head.

        Raises:
            Moved: the commit is no longer to be had.
        """
        ...

    async def fetch_pull(self, repository: Repository, base: str, number: int) -> tuple[str, str]:
        """Fetch a pull request with what its analysis reads; returns where it left `base`, and its head.

        Raises:
            UserError: it has no history in common with its base.
        """
        ...

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of the files that a fetched commit has, of a megabyte at most each."""
        ...

    async def analyse(
        self,
        repository: Repository,
        base: str,
        head: str,
        disabled_rules: frozenset[str],
        files: Overrides = NO_OVERRIDES,
    ) -> Draft:
        """`analysis.analyse` of two fetched commits, without the rules of these names.

        Args:
            files: what `.github/mas.yml` says that files are.
        """
        ...

    async def review(
        self, repository: Repository, base: str, head: str, suppressions: Suppressions, files: Overrides = NO_OVERRIDES
    ) -> SecurityReview:
        """`reviewing.review` of two fetched commits, of which the changed files are brought first; see `analyse`."""
        ...

    async def find_docs_skips(self, repository: Repository, base: str, head: str) -> list[tuple[str, str]]:
        """The commits of a branch, after `base`, whose trailer `Docs: skip` says that docs stay; with their parents."""
        ...


class SearchIndex(Protocol):
    """The indexes of repositories: what a repository says, to be searched."""

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
        """Bring the index of a branch to a fetched commit.

        Args:
            holds: of which paths; it goes to another process.
            files: what `.github/mas.yml` says that files are.

        Returns:
            False where there is more to do, and some of it is done; None where a later job has done it, or all was
            forgotten meanwhile.
        """
        ...

    async def search(self, tenant: Tenant, branch: str, query: str) -> tuple[str, Sequence[SearchResult]] | None:
        """The commit that a branch is indexed at, and what answers a query there, best first; None: it is not."""
        ...

    async def list_indexes(self, tenant: Tenant) -> Sequence[IndexStatus]:
        """The branches of a repository that are indexed, or are being so."""
        ...

    async def list_installation_indexes(self, installation_id: int) -> Sequence[IndexStatus]:
        """Those of all repositories of an installation."""
        ...

    async def current_model(self) -> str:
        """Whose vectors are made now."""
        ...

    async def delete_branch(self, tenant: Tenant, branch: str, *, seq: int) -> None:
        """Hold a branch no longer, unless a later job brought it back."""
        ...


class Store(Protocol):
    """The product's state. Every call is for one tenant and touches no other's."""

    async def put_blob(self, tenant: Tenant, body: bytes) -> str:
        """Keep a body; returns its digest (SHA-256, hexadecimal). The same body twice is kept once."""
        ...

    async def get_blob(self, tenant: Tenant, digest: str) -> bytes:
        """The body of a digest. Raises `Bug` when this tenant has none."""
        ...

    async def get_memory(self, tenant: Tenant, branch: str) -> Memory:
        """What is remembered of a base branch."""
        ...

    async def advance_baseline(
        self, tenant: Tenant, branch: str, baseline: str, *, seq: int, only_if_unset: bool = False
    ) -> bool:
        """Remember up to which commit the docs are settled; False when a later job already did."""
        ...

    async def reject_edits(self, tenant: Tenant, fingerprints: frozenset[str], *, why: str) -> None:
        """Remember edits that a person turned down."""
        ...

    async def restore_edits(self, tenant: Tenant, fingerprints: frozenset[str]) -> None:
        """Forget that edits were turned down."""
        ...

    async def set_state(self, tenant: Tenant, name: str, value: str, *, seq: int) -> None:
        """Keep a value under a name, unless a later job did."""
        ...

    async def get_state(self, tenant: Tenant, name: str) -> str | None:
        """The value that is kept under a name."""
        ...

    async def append_audit_entry(self, tenant: Tenant, entry: AuditEntry) -> None:
        """Add a line to the audit log, unless one of the same key stands there."""
        ...

    async def get_audit_log(self, tenant: Tenant) -> list[AuditRecord]:
        """The audit log, oldest first."""
        ...

    async def get_audit_head(self, tenant: Tenant) -> AuditHead | None:
        """Where the audit log ends, as it was written with the last record; None where there is no log."""
        ...

    async def list_audited_tenants(self) -> frozenset[Tenant]:
        """All tenants that have an audit log: for the operator, who looks after the logs."""
        ...

    async def list_tenants(self, installation_id: int) -> frozenset[Tenant]:
        """The tenants of an installation that something is kept of."""
        ...

    async def purge(self, tenant: Tenant) -> None:
        """Forget everything of a tenant, the details of its audit log with it; the bare log stays, and says so."""
        ...


class IndexCatalog(Protocol):
    """Which branches are indexed. What their indexes hold lies on shelves (`bot.index.Shelf`)."""

    async def list_all(self) -> list[IndexStatus]:
        """All branches of all tenants, the newest first: for who then leaves out what is not to be seen."""
        ...

    async def list_for_tenant(self, tenant: Tenant) -> list[IndexStatus]:
        """The branches of a tenant, the newest first."""
        ...

    async def list_for_installation(self, installation_id: int) -> list[IndexStatus]:
        """The branches of all tenants of an installation, the newest first."""
        ...

    async def record(self, status: IndexStatus, *, seq: int, create: bool = False) -> bool:
        """Remember how far a branch is; False when a later job did, or all was purged meanwhile.

        Args:
            begins: there need be nothing of that branch yet.
        """
        ...

    async def delete(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """Remember a branch no longer; False when a later job noted it."""
        ...


class JobMetrics(Protocol):
    """Counts what the jobs bring about."""

    def count_edit(self, rule: str, outcome: str) -> None:
        """An edit by a rule was `print_pull_request`, `merged` or `rejected`."""
        ...

    def count_finding(self, severity: str) -> None:
        """A security review told of something."""
        ...


class Step(Protocol):
    """Runs a piece of work once and remembers its result; after a crash the result is read, not made again.

    The work is plain JSON-able data in its result. A piece that was in flight at a crash runs twice.
    """

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]]) -> T: ...


class IndexStorage(Protocol):
    """Named values of one repository. Names are text without a pattern's signs; equal names replace each other."""

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        """The values of those names that are kept."""
        ...

    def list_names(self, prefix: str) -> set[str]:
        """All names that begin so."""
        ...

    def save(self, values: Mapping[str, bytes]) -> None:
        """Keep the values. When it returns they outlast a kill; one that comes before may leave the first of them."""
        ...

    def delete(self, names: Collection[str]) -> None:
        """Keep no longer what is there of these names; a kill may leave some."""
        ...

    def clear(self) -> None:
        """Keep nothing any more; a kill may leave some."""
        ...
