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

from bot.errors import Absent, Moved, RemoteError, UserError
from bot.git.command import GitFailed, environment, git
from bot.git.repository import GitRepo

_OID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_STEADY = {
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
    "http.followRedirects": "false",  # a redirect would take the token with it
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
}
_REFUSED = re.compile(r"Authentication failed|could not read (Username|Password)|error: 40[13]")
_GONE = re.compile(r"not our ref|unadvertised object")
_NO_BRANCH = re.compile(r"couldn't find remote ref")
_DAMAGED = re.compile(r"\.lock': File exists|cannot lock ref|corrupt|object file .* is empty|bad object|not a git repo")
_LASTING = (
    (r"not found|error: 404|does not appear to be a git repository", "has no such repository, or hides it from us"),
    (r"error: 30\d", "has moved the repository elsewhere"),
)
"""What git says of failures that trying again does not mend, and what they mean."""


class CredentialsRefused(RemoteError):
    """The remote did not take the token; another one may do."""


class _Damaged(RemoteError):
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
        self, path: Path, *, protocols: frozenset[str] = frozenset({"http", "https"}), seconds: float = 600
    ) -> None:
        self.path = path
        self._protocols = protocols
        self._seconds = seconds
        self._fetching: int | None = None
        self._interrupted = False

    def update(self, remote: Remote, branch: str, commits: Iterable[str] = (), others: Sequence[str] = ()) -> str:
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
        wanted = [commit for commit in commits if _checked(commit)]
        references = [f"refs/heads/{branch}", *others]
        self._check(remote, references)
        with self._alone() as lock:
            try:
                self._updated(remote, references, wanted, lock)
            except _Damaged:
                shutil.rmtree(self.path, ignore_errors=True)  # nobody else is at it, and it is only a copy
                self._updated(remote, references, wanted, lock)
            return self.at(references[0])

    def at(self, reference: str) -> str:
        """The commit that a fetched reference is at, by its full name."""
        return git("rev-parse", _kept(reference), at=self.path, env=self._local()).decode().strip()

    def has(self, *commits: str) -> bool:
        """Whether commits are here, not whether their files are."""
        try:
            for commit in commits if self.path.exists() else ():
                git("cat-file", "-e", f"{commit}^{{commit}}", at=self.path, env=self._local())
        except GitFailed:
            return False
        return self.path.exists()

    def bring(self, remote: Remote, changes: Iterable[tuple[str, str]], wanted: Callable[[str], bool]) -> int:
        """Fetch in one go the blobs that reading changes needs; returns how many were lacking.

        A blob's size shows only when it is here: a large one is fetched too, and then not read.

        Args:
            changes: two commits each, from and to.
            wanted: whether a path is one that is read.

        Raises:
            RemoteError: the remote did not give them.
            UserError: a commit is not in the mirror.
        """
        self._check(remote)
        with self._alone() as lock:
            with GitRepo.open(self.path) as repository:
                resolved = [(repository.resolve(base), repository.resolve(head)) for base, head in changes]
                lacking = frozenset().union(*(repository.absent(base, head, wanted) for base, head in resolved))
            if lacking:
                # As git's own lazy fetch does: what we have says nothing about which blobs we have.
                self._fetch(self.path, remote, sorted(lacking), lock, {"fetch.negotiationAlgorithm": "noop"})
            return len(lacking)

    def interrupt(self) -> None:
        """End the fetch that runs, from another thread, and let none begin: its caller does not wait any more."""
        self._interrupted = True
        if self._fetching is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._fetching, signal.SIGTERM)  # on which git takes its locks away

    def remove(self) -> None:
        """Delete the mirror, if there is one."""
        with self._alone():
            shutil.rmtree(self.path, ignore_errors=True)
            shutil.rmtree(self._nascent, ignore_errors=True)
            self._lock.unlink()

    def _updated(self, remote: Remote, references: list[str], wanted: list[str], lock: int) -> None:
        self._create()
        fetched = self.path if self.path.exists() else self._nascent
        self._fetch(fetched, remote, [f"+{reference}:{_kept(reference)}" for reference in references], lock)
        if fetched != self.path:
            fetched.rename(self.path)
        if lacking := [commit for commit in wanted if not self.has(commit)]:
            self._fetch(self.path, remote, lacking, lock)

    # ------------------------------------------------------------------ the folder

    @property
    def _nascent(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")

    @property
    def _lock(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold the folder's lock. A fetch shares it, and so holds it on if this process is killed."""
        while True:
            descriptor = os.open(self._lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
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
            shutil.rmtree(self._nascent, ignore_errors=True)
            self._nascent.mkdir(mode=0o700)
            git("init", "--quiet", "--bare", "--template=", ".", at=self._nascent, env=environment())

    def _local(self) -> dict[str, str]:
        return environment(variables={"GIT_DIR": str(self.path)})

    # ------------------------------------------------------------------ the remote

    def _check(self, remote: Remote, references: Iterable[str] = ()) -> None:
        if urlsplit(remote.url).scheme not in self._protocols:
            raise UserError("A repository is fetched over http or https only.", "Check its address.")
        for reference in references:
            try:
                git("check-ref-format", reference, at=self.path.parent, env=environment())
            except (GitFailed, ValueError) as error:  # a null character is a ValueError
                name = reference.removeprefix("refs/heads/")
                raise UserError(f"{name!r} is not the name of a branch.", "Check the name.") from error

    def _fetch(
        self, at: Path, remote: Remote, what: list[str], lock: int, config: dict[str, str] | None = None
    ) -> None:
        settings = {"remote.origin.url": remote.url, **_STEADY, **(config or {})}
        if remote.token is not None:
            basic = base64.b64encode(f"x-access-token:{remote.token}".encode()).decode()
            settings["http.extraHeader"] = f"Authorization: Basic {basic}"
        env = environment(settings, {"GIT_DIR": str(at), "GIT_ALLOW_PROTOCOL": ":".join(sorted(self._protocols))})
        flags = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--stdin")
        lines = "".join(f"{line}\n" for line in what).encode()
        try:
            git(
                "fetch", *flags, "origin",
                at=at, env=env, stdin=lines, seconds=self._seconds, keep=(lock,), begun=self._begun,
            )  # fmt: skip
        except TimeoutError as error:
            raise RemoteError(f"{_host(remote)} took longer than {self._seconds:.0f} s to answer git.") from error
        except GitFailed as error:
            raise _fault(remote, error.complaint) from error
        finally:
            self._fetching = None

    def _begun(self, group: int) -> None:
        self._fetching = group
        if self._interrupted:
            self.interrupt()


def _kept(reference: str) -> str:
    # Flat, for a branch `a` may follow upon a branch `a/b`; and short, whatever it is called.
    name = reference.removeprefix("refs/heads/")
    return f"refs/heads/{hashlib.sha256(name.encode()).hexdigest()}"


def _checked(commit: str) -> bool:
    if not _OID.fullmatch(commit):
        raise UserError(f"{commit!r} is not a commit's id.", "Check the id.")
    return True


def _host(remote: Remote) -> str:
    return urlsplit(remote.url).hostname or "The remote"


def _fault(remote: Remote, complaint: str) -> RemoteError:
    if _GONE.search(complaint):
        return Moved(f"{_host(remote)} has no such commit any more.", transient=False)
    if _NO_BRANCH.search(complaint):
        return Absent(f"{_host(remote)} has no such branch.", transient=False)
    if _REFUSED.search(complaint):
        return CredentialsRefused(f"{_host(remote)} refused our credentials.", transient=False)
    for pattern, meaning in _LASTING:
        if re.search(pattern, complaint):
            return RemoteError(f"{_host(remote)} {meaning}.", transient=False)
    last = complaint.splitlines()[-1] if complaint else "no word of why"
    words = last.replace(remote.token, "…") if remote.token else last
    kind = _Damaged if _DAMAGED.search(complaint) else RemoteError
    return kind(f"git could not fetch from {_host(remote)}: {words}")
