"""A local mirror of a remote repository: the complete history without file contents, and the blobs that were fetched.

It is a cache: a lost folder costs one fetch. Its configuration has no remote, so reading it never uses the network; a
read of a missing blob fails at once.
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
    "http.followRedirects": "false",  # a redirect would receive the token
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
    (
        r"not found|error: 404|does not appear to be a git repository",
        "has no such repository, or the App has no access to it",
    ),
    (r"error: 30\d", "has moved the repository"),
)
"""git's messages for errors that a retry does not fix, and their meaning."""


class CredentialsRejected(RemoteError):
    """The remote rejected the token; a new one may be accepted."""


class _CorruptMirror(RemoteError):
    """The mirror cannot be fetched into: a git process was killed, or the disk failed."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The source of a mirror.

    Args:
        url: http or https, as GitHub's `clone_url`.
        token: an installation token; passed only in the environment of the git process.
    """

    url: str
    token: str | None = field(default=None, repr=False)


class Mirror:
    """The mirror of one remote repository. Calls block, and a lock serialises them across processes.

    Args:
        path: the mirror's folder, created on demand; its parent must exist.
        protocols: the accepted URL schemes of a remote.
        timeout_seconds: time limit of one fetch.
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
        """Fetch a branch, and commits that are missing; return the branch's head.

        Args:
            commits: commits that the mirror must have afterwards.
            extra_refs: further references to fetch, by their full names (`refs/pull/7/head`).

        Raises:
            ConflictError: the remote no longer has one of the commits.
            NotFoundError: the remote has no such branch.
            CredentialsRejected: the remote rejected the token.
            RemoteError: the fetch failed; `transient` says whether a retry may succeed.
            UserError: the URL, a branch name or a commit id is invalid.
        """
        required = [commit for commit in commits if _validate_oid(commit)]
        references = [f"refs/heads/{branch}", *extra_refs]
        self._validate(remote, references)
        with self._exclusive_lock() as lock:
            try:
                self._fetch_all(remote, references, required, lock)
            except _CorruptMirror:
                shutil.rmtree(self.path, ignore_errors=True)  # safe: we have the lock, and it is only a copy
                self._fetch_all(remote, references, required, lock)
            return self.resolve_ref(references[0])

    def resolve_ref(self, reference: str) -> str:
        """Return the commit of a fetched reference, given by its full name."""
        return git("rev-parse", _local_ref(reference), cwd=self.path, env=self._local_environment()).decode().strip()

    def has_commits(self, *commits: str) -> bool:
        """Return whether the mirror has commits, with or without their files."""
        try:
            for commit in commits if self.path.exists() else ():
                git("cat-file", "-e", f"{commit}^{{commit}}", cwd=self.path, env=self._local_environment())
        except GitError:
            return False
        return self.path.exists()

    def fetch_blobs(self, remote: Remote, changes: Iterable[tuple[str, str]], is_wanted: Callable[[str], bool]) -> int:
        """Fetch the missing blobs of changes in one fetch, and return their number.

        The size of a blob is unknown before it is fetched, so large blobs are fetched too, though never read.

        Args:
            changes: pairs of commits, from and to.
            is_wanted: whether the file at a path will be read.

        Raises:
            RemoteError: the fetch failed.
            UserError: a commit is not in the mirror.
        """
        self._validate(remote)
        with self._exclusive_lock() as lock:
            with GitRepo.open(self.path) as repository:
                resolved = [(repository.resolve(base), repository.resolve(head)) for base, head in changes]
                missing = frozenset().union(
                    *(repository.missing_blobs(base, head, is_wanted) for base, head in resolved)
                )
            if missing:
                # No negotiation, like git's own lazy fetch: the commits we have do not imply their blobs.
                self._fetch(self.path, remote, sorted(missing), lock, {"fetch.negotiationAlgorithm": "noop"})
            return len(missing)

    def interrupt(self) -> None:
        """Stop the current fetch, called from another thread, and prevent further ones."""
        self._interrupted = True
        if self._fetch_process_group is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._fetch_process_group, signal.SIGTERM)  # git removes its lock files on SIGTERM

    def remove(self) -> None:
        """Delete the mirror, if there is one."""
        with self._exclusive_lock():
            shutil.rmtree(self.path, ignore_errors=True)
            shutil.rmtree(self._temporary_path, ignore_errors=True)
            self._lock_path.unlink()

    def _fetch_all(self, remote: Remote, references: list[str], commits: list[str], lock: int) -> None:
        self._create()
        git_dir = self.path if self.path.exists() else self._temporary_path
        self._fetch(git_dir, remote, [f"+{reference}:{_local_ref(reference)}" for reference in references], lock)
        if git_dir != self.path:
            git_dir.rename(self.path)
        if missing := [commit for commit in commits if not self.has_commits(commit)]:
            self._fetch(self.path, remote, missing, lock)

    # ------------------------------------------------------------------ the folder

    @property
    def _temporary_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    @contextmanager
    def _exclusive_lock(self) -> Iterator[int]:
        """Hold the folder's lock. A fetch inherits it, and keeps it if this process is killed."""
        while True:
            descriptor = os.open(self._lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.fstat(descriptor).st_nlink:  # else another process removed the file while we waited
                    yield descriptor
                    return
            finally:
                os.close(descriptor)

    def _create(self) -> None:
        """Create an empty repository at the temporary path, replacing what a crash left there."""
        if not self.path.exists():
            shutil.rmtree(self._temporary_path, ignore_errors=True)
            self._temporary_path.mkdir(mode=0o700)
            git("init", "--quiet", "--bare", "--template=", ".", cwd=self._temporary_path, env=git_environment())

    def _local_environment(self) -> dict[str, str]:
        return git_environment(variables={"GIT_DIR": str(self.path)})

    # ------------------------------------------------------------------ the remote

    def _validate(self, remote: Remote, references: Iterable[str] = ()) -> None:
        if urlsplit(remote.url).scheme not in self._protocols:
            raise UserError("MAS fetches repositories over http or https only.", "Check the repository's URL.")
        for reference in references:
            try:
                git("check-ref-format", reference, cwd=self.path.parent, env=git_environment())
            except (GitError, ValueError) as error:  # a null character is a ValueError
                name = reference.removeprefix("refs/heads/")
                raise UserError(f"{name!r} is not a valid branch name.", "Check the name.") from error

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
                f"git fetch from {_host(remote)} timed out after {self._timeout_seconds:.0f} s."
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
    # A hash, since `a` and `a/b` cannot exist side by side, and names may be long.
    name = reference.removeprefix("refs/heads/")
    return f"refs/heads/{hashlib.sha256(name.encode()).hexdigest()}"


def _validate_oid(commit: str) -> bool:
    if not _OID.fullmatch(commit):
        raise UserError(f"{commit!r} is not a commit id.", "Check the id.")
    return True


def _host(remote: Remote) -> str:
    return urlsplit(remote.url).hostname or "The remote"


def _to_error(remote: Remote, stderr: str) -> RemoteError:
    if _NO_COMMIT_PATTERN.search(stderr):
        return ConflictError(f"{_host(remote)} no longer has this commit.", transient=False)
    if _NO_BRANCH_PATTERN.search(stderr):
        return NotFoundError(f"{_host(remote)} has no such branch.", transient=False)
    if _CREDENTIALS_PATTERN.search(stderr):
        return CredentialsRejected(f"{_host(remote)} rejected the App's credentials.", transient=False)
    for pattern, meaning in _PERMANENT_ERRORS:
        if re.search(pattern, stderr):
            return RemoteError(f"{_host(remote)} {meaning}.", transient=False)
    message = stderr.splitlines()[-1] if stderr else "no error message"
    if remote.token:
        message = message.replace(remote.token, "…")
    error_class = _CorruptMirror if _CORRUPT_PATTERN.search(stderr) else RemoteError
    return error_class(f"git could not fetch from {_host(remote)}: {message}")
