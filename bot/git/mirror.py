"""The bot's copy of a remote repository: the whole history without file contents, and the blobs that were asked for.

It is a cache: losing the folder costs a fetch. Nothing of the remote, not even its address, stands in its
configuration, so that reading it can never reach out; a read of an absent blob fails at once.
https://git-scm.com/docs/partial-clone
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import ConflictError, NotFoundError, RemoteError, UserError
from bot.git.command import GitError, git, git_environment
from bot.git.repository import GitRepo

_OID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FETCH_CONFIG = {
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
    "http.followRedirects": "false",  # a redirect would take the token with it
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
}
_CREDENTIALS_PATTERN = re.compile(r"Authentication failed|could not read (Username|Password)|error: 40[13]")
_NO_COMMIT_PATTERN = re.compile(r"not our ref|unadvertised object")
_NO_BRANCH_PATTERN = re.compile(r"couldn't find remote ref")
_CORRUPT_PATTERN = re.compile(
    r"\.lock': File exists|cannot lock ref|corrupt|object file .* is empty|bad object|not a git repo"
)
_PERMANENT_ERRORS = (
    (r"not found|error: 404|does not appear to be a git repository", "has no such repository, or hides it from us"),
    (r"error: 30\d", "has moved the repository elsewhere"),
)
"""What git says of failures that trying again does not mend, and what they mean."""


class CredentialsRejected(RemoteError):
    """The remote did not take the token; another one may do."""


class _CorruptMirror(RemoteError):
    """A git that was killed, or the disk, left the mirror unfit to fetch into."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a repository is fetched from.

    Args:
        url: http or https, as GitHub's `clone_url`.
        token: an installation token; it goes into the child's environment and nowhere else.
    """

    url: str
    token: str | None = field(default=None, repr=False)


class Mirror:
    """One remote repository's mirror. Its calls block, and one at a time runs on one folder in all processes.

    Args:
        path: its folder, which need not be there yet; the one that holds it must be.
        protocols: what a remote's address may begin with.
        seconds: how long one fetch may take.
    """

    def __init__(
        self, path: Path, *, protocols: frozenset[str] = frozenset({"http", "https"}), timeout_seconds: float = 600
    ) -> None:
        self.path = path
        self._protocols = protocols
        self._timeout_seconds = timeout_seconds
        self._fetch_process_group: int | None = None
        self._interrupted = False

    def update(self, remote: Remote, branch: str, commits: Iterable[str] = (), extra_refs: Sequence[str] = ()) -> str:
        """Fetch a branch and, where they are lacking, single commits; returns the branch's head.

        Args:
            others: further references that are fetched along, by their full names (`refs/pull/7/head`).

        Raises:
            Moved: the remote has one of the commits no more.
            Absent: the remote has no such branch.
            CredentialsRefused: the remote did not take the token.
            RemoteError: the remote did not give them; `transient` tells whether it may the next time.
            UserError: the address or the names are none that we fetch.
        """
        wanted = [commit for commit in commits if _validate_oid(commit)]
        references = [f"refs/heads/{branch}", *extra_refs]
        self._validate(remote, references)
        with self._exclusive_lock() as lock:
            try:
                self._fetch_all(remote, references, wanted, lock)
            except _CorruptMirror:
                shutil.rmtree(self.path, ignore_errors=True)  # nobody else is at it, and it is only a copy
                self._fetch_all(remote, references, wanted, lock)
            return self.resolve_ref(references[0])

    def resolve_ref(self, reference: str) -> str:
        """The commit that a fetched reference is at, by its full name."""
        return git("rev-parse", _local_ref(reference), cwd=self.path, env=self._local_environment()).decode().strip()

    def has_commits(self, *commits: str) -> bool:
        """Whether commits are here, not whether their files are."""
        try:
            for commit in commits if self.path.exists() else ():
                git("cat-file", "-e", f"{commit}^{{commit}}", cwd=self.path, env=self._local_environment())
        except GitError:
            return False
        return self.path.exists()

    def fetch_blobs(self, remote: Remote, changes: Iterable[tuple[str, str]], is_wanted: Callable[[str], bool]) -> int:
        """Fetch in one go the blobs that reading changes needs; returns how many were lacking.

        A blob's size shows only when it is here: a large one is fetched too, and then not read.

        Args:
            changes: two commits each, from and to.
            wanted: whether a path is one that is read.

        Raises:
            RemoteError: the remote did not give them.
            UserError: a commit is not in the mirror.
        """
        self._validate(remote)
        with self._exclusive_lock() as lock:
            with GitRepo.open(self.path) as repository:
                resolved = [(repository.resolve(base), repository.resolve(head)) for base, head in changes]
                lacking = frozenset().union(
                    *(repository.missing_blobs(base, head, is_wanted) for base, head in resolved)
                )
            if lacking:
                # As git's own lazy fetch does: what we have says nothing about which blobs we have.
                self._fetch(self.path, remote, sorted(lacking), lock, {"fetch.negotiationAlgorithm": "noop"})
            return len(lacking)

    def interrupt(self) -> None:
        """End the fetch that runs, from another thread, and let none begin: its caller does not wait any more."""
        self._interrupted = True
        if self._fetch_process_group is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._fetch_process_group, signal.SIGTERM)  # on which git takes its locks away

    def remove(self) -> None:
        """Delete the mirror, if there is one."""
        with self._exclusive_lock():
            shutil.rmtree(self.path, ignore_errors=True)
            shutil.rmtree(self._temporary_path, ignore_errors=True)
            self._lock_path.unlink()

    def _fetch_all(self, remote: Remote, references: list[str], commits: list[str], lock: int) -> None:
        self._create()
        fetched = self.path if self.path.exists() else self._temporary_path
        self._fetch(fetched, remote, [f"+{reference}:{_local_ref(reference)}" for reference in references], lock)
        if fetched != self.path:
            fetched.rename(self.path)
        if lacking := [commit for commit in commits if not self.has_commits(commit)]:
            self._fetch(self.path, remote, lacking, lock)

    # ------------------------------------------------------------------ the folder

    @property
    def _temporary_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    @contextmanager
    def _exclusive_lock(self) -> Iterator[int]:
        """Hold the folder's lock. A fetch shares it, and so holds it on if this process is killed."""
        while True:
            descriptor = os.open(self._lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.fstat(descriptor).st_nlink:  # else it was removed while we waited
                    yield descriptor
                    return
            finally:
                os.close(descriptor)

    def _create(self) -> None:
        """Begin a mirror beside its place, where what a crash left half made is thrown away."""
        if not self.path.exists():
            shutil.rmtree(self._temporary_path, ignore_errors=True)
            self._temporary_path.mkdir(mode=0o700)
            git("init", "--quiet", "--bare", "--template=", ".", cwd=self._temporary_path, env=git_environment())

    def _local_environment(self) -> dict[str, str]:
        return git_environment(variables={"GIT_DIR": str(self.path)})

    # ------------------------------------------------------------------ the remote

    def _validate(self, remote: Remote, references: Iterable[str] = ()) -> None:
        if urlsplit(remote.url).scheme not in self._protocols:
            raise UserError("A repository is fetched over http or https only.", "Check its address.")
        for reference in references:
            try:
                git("check-ref-format", reference, cwd=self.path.parent, env=git_environment())
            except (GitError, ValueError) as error:  # a null character is a ValueError
                name = reference.removeprefix("refs/heads/")
                raise UserError(f"{name!r} is not the name of a branch.", "Check the name.") from error

    def _fetch(
        self, git_dir: Path, remote: Remote, refspecs: list[str], lock: int, config: dict[str, str] | None = None
    ) -> None:
        settings = {"remote.origin.url": remote.url, **_FETCH_CONFIG, **(config or {})}
        if remote.token is not None:
            basic = base64.b64encode(f"x-access-token:{remote.token}".encode()).decode()
            settings["http.extraHeader"] = f"Authorization: Basic {basic}"
        env = git_environment(
            settings, {"GIT_DIR": str(git_dir), "GIT_ALLOW_PROTOCOL": ":".join(sorted(self._protocols))}
        )
        flags = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--stdin")
        lines = "".join(f"{line}\n" for line in refspecs).encode()
        try:
            git(
                "fetch", *flags, "origin",
                cwd=git_dir, env=env, stdin=lines, timeout_seconds=self._timeout_seconds,
                pass_fds=(lock,), on_start=self._on_start,
            )  # fmt: skip
        except TimeoutError as error:
            raise RemoteError(
                f"{_host(remote)} took longer than {self._timeout_seconds:.0f} s to answer git."
            ) from error
        except GitError as error:
            raise _to_error(remote, error.stderr) from error
        finally:
            self._fetch_process_group = None

    def _on_start(self, process_group: int) -> None:
        self._fetch_process_group = process_group
        if self._interrupted:
            self.interrupt()


def _local_ref(reference: str) -> str:
    # Flat, for a branch `a` may follow upon a branch `a/b`; and short, whatever it is called.
    name = reference.removeprefix("refs/heads/")
    return f"refs/heads/{hashlib.sha256(name.encode()).hexdigest()}"


def _validate_oid(commit: str) -> bool:
    if not _OID.fullmatch(commit):
        raise UserError(f"{commit!r} is not a commit's id.", "Check the id.")
    return True


def _host(remote: Remote) -> str:
    return urlsplit(remote.url).hostname or "The remote"


def _to_error(remote: Remote, stderr: str) -> RemoteError:
    if _NO_COMMIT_PATTERN.search(stderr):
        return ConflictError(f"{_host(remote)} has no such commit any more.", transient=False)
    if _NO_BRANCH_PATTERN.search(stderr):
        return NotFoundError(f"{_host(remote)} has no such branch.", transient=False)
    if _CREDENTIALS_PATTERN.search(stderr):
        return CredentialsRejected(f"{_host(remote)} refused our credentials.", transient=False)
    for pattern, meaning in _PERMANENT_ERRORS:
        if re.search(pattern, stderr):
            return RemoteError(f"{_host(remote)} {meaning}.", transient=False)
    last = stderr.splitlines()[-1] if stderr else "no word of why"
    words = last.replace(remote.token, "…") if remote.token else last
    kind = _CorruptMirror if _CORRUPT_PATTERN.search(stderr) else RemoteError
    return kind(f"git could not fetch from {_host(remote)}: {words}")
