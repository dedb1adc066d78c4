"""What the core needs of the world, as small as it can be said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar, overload

from bot.agents.security_review.review import Quiet
from bot.domain import (
    Action,
    CommentStanding,
    CommentSubject,
    DocsSubject,
    Draft,
    Indexed,
    Memory,
    Outcome,
    PullStanding,
    PullSubject,
    Repository,
    Review,
    ReviewStanding,
    ReviewSubject,
    Standing,
    Tenant,
)
from bot.domain.audit import AuditEntry, AuditHead, AuditRecord
from bot.domain.permissions import Permission
from bot.domain.search import Found

T = TypeVar("T")


class Forge(Protocol):
    """One repository on a forge. Locally: you own it, nothing stands, and applying prints."""

    async def permission(self, user: str) -> Permission:
        """The role that a user has here."""
        ...

    @overload
    async def observe(self, subject: DocsSubject) -> Standing: ...
    @overload
    async def observe(self, subject: PullSubject) -> PullStanding | None: ...
    @overload
    async def observe(self, subject: ReviewSubject) -> ReviewStanding | None: ...
    @overload
    async def observe(self, subject: CommentSubject) -> CommentStanding | None:
        """What stands for a subject now, in one look; None where there is no such pull request or comment."""
        ...

    async def apply(self, action: Action) -> Outcome:
        """Do one thing, or find that it is done; running it twice changes nothing.

        Raises:
            Moved: the state that the action expects is not what stands there.
            RemoteError: the forge did not do it.
        """
        ...


class Source(Protocol):
    """The repositories as git has them; what is read of one lies on this machine after a fetch."""

    async def head(self, repository: Repository, branch: str) -> str:
        """Fetch a branch; returns its head. Raises `Absent` where there is none."""
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

    async def analyse(self, repository: Repository, base: str, head: str, without: frozenset[str]) -> Draft:
        """`analysis.analyse` of two fetched commits, without the rules of these names."""
        ...

    async def review(self, repository: Repository, base: str, head: str, quiet: Quiet) -> Review:
        """`reviewing.review` of two fetched commits, of which the changed files are brought first."""
        ...

    async def skips(self, repository: Repository, base: str, head: str) -> list[tuple[str, str]]:
        """The commits of a branch, after `base`, whose trailer `Docs: skip` says that docs stay; with their parents."""
        ...


class Knowledge(Protocol):
    """The indexes of repositories: what a repository says, to be searched."""

    async def update(
        self, repository: Repository, branch: str, commit: str, holds: Callable[[str], bool], *, seq: int
    ) -> bool | None:
        """Bring the index of a branch to a fetched commit.

        Args:
            holds: of which paths; it goes to another process.

        Returns:
            False where there is more to do, and some of it is done; None where a later job has done it, or all was
            forgotten meanwhile.
        """
        ...

    async def search(self, tenant: Tenant, branch: str, query: str) -> tuple[str, Sequence[Found]] | None:
        """The commit that a branch is indexed at, and what answers a query there, best first; None: it is not."""
        ...

    async def known(self, tenant: Tenant) -> Sequence[Indexed]:
        """The branches of a repository that are indexed, or are being so."""
        ...

    async def known_in(self, installation_id: int) -> Sequence[Indexed]:
        """Those of all repositories of an installation."""
        ...

    async def model(self) -> str:
        """Whose vectors are made now."""
        ...

    async def forget(self, tenant: Tenant, branch: str, *, seq: int) -> None:
        """Hold a branch no longer, unless a later job brought it back."""
        ...


class Store(Protocol):
    """The product's state. Every call is for one tenant and touches no other's."""

    async def put(self, tenant: Tenant, body: bytes) -> str:
        """Keep a body; returns its digest (SHA-256, hexadecimal). The same body twice is kept once."""
        ...

    async def get(self, tenant: Tenant, digest: str) -> bytes:
        """The body of a digest. Raises `Bug` when this tenant has none."""
        ...

    async def memory(self, tenant: Tenant, branch: str) -> Memory:
        """What is remembered of a base branch."""
        ...

    async def settle(self, tenant: Tenant, branch: str, since: str, *, seq: int, only_if_unset: bool = False) -> bool:
        """Remember up to which commit the docs are settled; False when a later job already did."""
        ...

    async def reject(self, tenant: Tenant, fingerprints: frozenset[str], *, why: str) -> None:
        """Remember edits that a person turned down."""
        ...

    async def restore(self, tenant: Tenant, fingerprints: frozenset[str]) -> None:
        """Forget that edits were turned down."""
        ...

    async def keep(self, tenant: Tenant, name: str, value: str, *, seq: int) -> None:
        """Keep a value under a name, unless a later job did."""
        ...

    async def kept(self, tenant: Tenant, name: str) -> str | None:
        """The value that is kept under a name."""
        ...

    async def append(self, tenant: Tenant, entry: AuditEntry) -> None:
        """Add a line to the audit log, unless one of the same key stands there."""
        ...

    async def audit(self, tenant: Tenant) -> list[AuditRecord]:
        """The audit log, oldest first."""
        ...

    async def audit_head(self, tenant: Tenant) -> AuditHead | None:
        """Where the audit log ends, as it was written with the last record; None where there is no log."""
        ...

    async def audited(self) -> frozenset[Tenant]:
        """All tenants that have an audit log: for the operator, who looks after the logs."""
        ...

    async def tenants(self, installation_id: int) -> frozenset[Tenant]:
        """The tenants of an installation that something is kept of."""
        ...

    async def purge(self, tenant: Tenant) -> None:
        """Forget everything of a tenant, the details of its audit log with it; the bare log stays, and says so."""
        ...


class Catalogue(Protocol):
    """Which branches are indexed. What their indexes hold lies on shelves (`bot.index.Shelf`)."""

    async def everything(self) -> list[Indexed]:
        """All branches of all tenants, the newest first: for who then leaves out what is not to be seen."""
        ...

    async def of(self, tenant: Tenant) -> list[Indexed]:
        """The branches of a tenant, the newest first."""
        ...

    async def within(self, installation_id: int) -> list[Indexed]:
        """The branches of all tenants of an installation, the newest first."""
        ...

    async def note(self, indexed: Indexed, *, seq: int, begins: bool = False) -> bool:
        """Remember how far a branch is; False when a later job did, or all was purged meanwhile.

        Args:
            begins: there need be nothing of that branch yet.
        """
        ...

    async def drop(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """Remember a branch no longer; False when a later job noted it."""
        ...


class Tally(Protocol):
    """Counts what the jobs bring about."""

    def edit(self, rule: str, outcome: str) -> None:
        """An edit by a rule was `proposed`, `merged` or `rejected`."""
        ...

    def finding(self, severity: str) -> None:
        """A security review told of something."""
        ...


class Step(Protocol):
    """Runs a piece of work once and remembers its result; after a crash the result is read, not made again.

    The work is plain JSON-able data in its result. A piece that was in flight at a crash runs twice.
    """

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]]) -> T: ...


class Shelf(Protocol):
    """Named values of one repository. Names are text without a pattern's signs; equal names replace each other."""

    def find(self, names: Collection[str]) -> dict[str, bytes]:
        """The values of those names that are kept."""
        ...

    def names(self, prefix: str) -> set[str]:
        """All names that begin so."""
        ...

    def keep(self, values: Mapping[str, bytes]) -> None:
        """Keep the values. When it returns they outlast a kill; one that comes before may leave the first of them."""
        ...

    def drop(self, names: Collection[str]) -> None:
        """Keep no longer what is there of these names; a kill may leave some."""
        ...

    def clear(self) -> None:
        """Keep nothing any more; a kill may leave some."""
        ...
