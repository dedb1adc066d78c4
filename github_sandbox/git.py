"""Bare git repositories, used through git's plumbing commands."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType

ZERO = "0" * 40
_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_CONFIG = """\
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
	allowReachableSHA1InWant = true
[http]
	# pushes are authorized before git runs
	receivepack = true
"""


def clean_environment() -> dict[str, str]:
    """Return our environment without git's variables, which are set inside hooks or by the user."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


class GitError(Exception):
    """git failed. The message is git's standard error."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Name, email and date of an author or committer."""

    name: str
    email: str
    date: datetime

    def __str__(self) -> str:
        return f"{self.name} <{self.email}> {int(self.date.timestamp())} {self.date:%z}"

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Parse the value of an `author` or `committer` header."""
        who, seconds, zone = line.rsplit(" ", 2)
        name, _, email = who.rpartition(" <")
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        tz = timezone(-offset if zone[0] == "-" else offset)
        return cls(name, email.rstrip(">"), datetime.fromtimestamp(int(seconds), tz))


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's headers and message."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str

    @classmethod
    def parse(cls, oid: str, raw: bytes) -> Commit:
        """Parse the content of a commit object."""
        head, _, message = raw.decode(errors="replace").partition("\n\n")
        headers = [line.split(" ", 1) for line in head.split("\n") if not line.startswith(" ")]
        first = dict(reversed([(h[0], h[1]) for h in headers if len(h) == 2]))
        parents = tuple(h[1] for h in headers if h[0] == "parent")
        author, committer = Signature.parse(first["author"]), Signature.parse(first["committer"])
        return cls(oid, first["tree"], parents, author, committer, message)


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A tree entry to write. `oid` None removes the path."""

    path: str
    oid: str | None
    mode: str = "100644"
    kind: str = "blob"


@dataclass(frozen=True, slots=True)
class RefChange:
    """A reference update.

    `before` is the expected object: `ZERO` if the reference must not exist, None for no check. `after` `ZERO` deletes.
    """

    name: str
    before: str | None
    after: str


def _paths_conflict(one: str, other: str) -> bool:
    """Return whether two paths are equal or cannot both be files."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


class GitRepository:
    """One bare repository.

    Args:
        path: its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, source: Path | None, default_branch: str) -> GitRepository:
        """Initialize the folder, with the branches and tags of a local repository if given."""
        path.mkdir(parents=True)
        repository = cls(path)
        repository.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={default_branch}", ".")
        with (path / "config").open("a") as config:
            config.write(_CONFIG)
        if source is not None:
            repository.fetch(source.resolve(), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        return repository

    def fetch(self, source: Path, *specs: str) -> None:
        """Fetch references and their objects from a repository on this disk."""
        self.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(source), *specs)

    def run(self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] = _NOTHING) -> bytes:
        """Run a git command and return its output. Raises `GitError` with its standard error."""
        process = subprocess.run(
            ["git", *args],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            check=False,
            env={**clean_environment(), **_ENVIRONMENT, "GIT_DIR": str(self.path), **environment},
        )
        if process.returncode:
            raise GitError(process.stderr.decode(errors="replace").strip())
        return process.stdout

    def line(self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] = _NOTHING) -> str:
        """Run a git command and return its output as stripped text."""
        return self.run(*args, stdin=stdin, environment=environment).decode(errors="replace").strip()

    # ------------------------------------------------------------------ references

    def refs(self) -> dict[str, str]:
        """Return all references with their objects."""
        lines = self.run("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)

    def resolve(self, expression: str, kind: str = "commit") -> str | None:
        """Return the object id of a revision, or None. `kind` is git's: `commit`, `tree`, `blob`, `object`."""
        revision = expression if kind == "object" else f"{expression}^{{{kind}}}"
        if "\n" in revision:
            return None
        try:
            fields = self.line("cat-file", "--batch-check", stdin=revision.encode()).split(" ")
        except GitError:  # git aborts on a path that contains `..`
            return None
        return fields[0] if len(fields) == 3 and fields[2].isdecimal() else None

    def is_ref_name(self, name: str) -> bool:
        """Return whether git accepts this as a full reference name."""
        try:
            self.run("check-ref-format", name)
        except GitError:
            return False
        return True

    def move(self, changes: Iterable[RefChange]) -> None:
        """Update references atomically. Raises `GitError` if one differs from its expected object."""
        lines = []
        for change in changes:
            verb = "delete" if change.after == ZERO else "update"
            new = () if change.after == ZERO else (change.after,)
            old = () if change.before is None else (change.before,)
            lines.append("\0".join((f"{verb} {change.name}", *new, *(old or ("",)))) + "\0")
        self.run("update-ref", "--stdin", "-z", stdin="".join(lines).encode())

    # ------------------------------------------------------------------ objects

    def write_blob(self, data: bytes) -> str:
        """Write a blob and return its id."""
        return self.line("hash-object", "-w", "--stdin", stdin=data)

    def write_tree(self, base: str | None, entries: Sequence[TreeEntry]) -> str:
        """Write `base` with entries added and removed, and return the tree. Raises `GitError` on an invalid path."""
        index = self.path / "sandbox.index"
        index.unlink(missing_ok=True)
        environment = {"GIT_INDEX_FILE": str(index)}
        if base is not None:
            self.run("read-tree", base, environment=environment)
        existing = self.run("ls-files", "-z", environment=environment).decode().split("\0")[:-1]
        replaced = [path for path in existing if any(_paths_conflict(path, entry.path) for entry in entries)]
        lines = [f"0 {ZERO}\t{path}\0" for path in replaced]
        lines += [f"{mode} {oid}\t{path}\0" for entry in entries for mode, oid, path in self._expand(entry)]
        self.run("update-index", "-z", "--index-info", stdin="".join(lines).encode(), environment=environment)
        return self.line("write-tree", environment=environment)

    def _expand(self, entry: TreeEntry) -> list[tuple[str, str, str]]:
        """Return the mode, object id and path of each file that an entry adds."""
        if {part.lower() for part in entry.path.split("/")} & {"", ".", "..", ".git"}:
            raise GitError(f"malformed path: {entry.path}")
        if entry.oid is None:
            return []
        if entry.kind != "tree":
            return [(entry.mode, entry.oid, entry.path)]
        listing = self.run("ls-tree", "-r", "-z", entry.oid).decode().split("\0")[:-1]
        rows = [line.partition("\t") for line in listing]
        return [(fields.split()[0], fields.split()[2], f"{entry.path}/{path}") for fields, _, path in rows]

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature
    ) -> str:
        """Write a commit with the message unchanged, and return its id."""
        headers = [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {author}", f"committer {committer}"]
        raw = "\n".join(headers) + "\n\n" + message
        return self.line("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode())

    def merge_tree(self, ours: str, theirs: str) -> str:
        """Merge two commits and return the tree. Raises `GitError` on a conflict."""
        return self.line("merge-tree", "--write-tree", ours, theirs)

    def read(self, oid: str) -> tuple[str, bytes]:
        """Return an object's type and content. Raises `GitError` if it does not exist."""
        kind = self.line("cat-file", "-t", oid)
        return kind, self.run("cat-file", kind, oid)

    # ------------------------------------------------------------------ history

    def commit(self, oid: str) -> Commit:
        """Return a commit. Raises `GitError` if it does not exist."""
        return Commit.parse(oid, self.run("cat-file", "commit", oid))

    def history(self, *revisions: str, limit: int = 250) -> list[Commit]:
        """Return the commits of `git rev-list`, newest first."""
        oids = self.run("rev-list", f"--max-count={limit}", *revisions, "--").decode().split()
        raw, commits, at = self.run("cat-file", "--batch", stdin="\n".join(oids).encode()), [], 0
        for oid in oids:
            start = raw.index(b"\n", at) + 1
            end = start + int(raw[at : start - 1].split()[2])
            commits.append(Commit.parse(oid, raw[start:end]))
            at = end + 1
        return commits

    def count(self, *revisions: str) -> int:
        """Return the number of commits of `git rev-list`."""
        return int(self.line("rev-list", "--count", *revisions, "--"))

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Return whether a commit is the descendant itself or one of its ancestors."""
        return self.count(ancestor, f"^{descendant}") == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, or None."""
        try:
            return self.line("merge-base", one, other)
        except GitError:
            return None
