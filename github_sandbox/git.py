"""A bare git repository as GitHub keeps one, through git's own plumbing commands."""

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
	# who may push is decided before git is asked
	receivepack = true
"""


def inherited() -> dict[str, str]:
    """Our own environment without what steers git, as it is set where a hook or a user's habit runs us."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


class GitError(Exception):
    """git refused; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when, as a commit records it."""

    name: str
    email: str
    date: datetime

    def __str__(self) -> str:
        return f"{self.name} <{self.email}> {int(self.date.timestamp())} {self.date:%z}"

    @classmethod
    def parse(cls, line: str) -> Signature:
        """The signature of an `author` or `committer` header's value."""
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
        """The commit of an object's content."""
        head, _, message = raw.decode(errors="replace").partition("\n\n")
        headers = [line.split(" ", 1) for line in head.split("\n") if not line.startswith(" ")]
        first = dict(reversed([(h[0], h[1]) for h in headers if len(h) == 2]))
        parents = tuple(h[1] for h in headers if h[0] == "parent")
        author, committer = Signature.parse(first["author"]), Signature.parse(first["committer"])
        return cls(oid, first["tree"], parents, author, committer, message)


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A path of a tree to write; `oid` None takes the path out."""

    path: str
    oid: str | None
    mode: str = "100644"
    kind: str = "blob"


@dataclass(frozen=True, slots=True)
class RefChange:
    """A reference that moves. `ZERO` before: it must not exist; after: delete; None before: whatever stands."""

    name: str
    before: str | None
    after: str


def _collide(one: str, other: str) -> bool:
    """Whether two paths cannot both be files, or are the same."""
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
        """Make the folder, with the branches and tags of a local repository when one is given."""
        path.mkdir(parents=True)
        made = cls(path)
        made.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={default_branch}", ".")
        with (path / "config").open("a") as config:
            config.write(_CONFIG)
        if source is not None:
            made.fetch(source.resolve(), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        return made

    def fetch(self, source: Path, *specs: str) -> None:
        """Bring references and what they reach from a repository on this disk."""
        self.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(source), *specs)

    def run(self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] = _NOTHING) -> bytes:
        """What a git command prints. Raises `GitError` with its complaint."""
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            check=False,
            env={**inherited(), **_ENVIRONMENT, "GIT_DIR": str(self.path), **environment},
        )
        if done.returncode:
            raise GitError(done.stderr.decode(errors="replace").strip())
        return done.stdout

    def line(self, *args: str, stdin: bytes = b"", environment: Mapping[str, str] = _NOTHING) -> str:
        """The one line that a command prints."""
        return self.run(*args, stdin=stdin, environment=environment).decode(errors="replace").strip()

    # ------------------------------------------------------------------ references

    def refs(self) -> dict[str, str]:
        """Every reference and what it points to."""
        lines = self.run("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)

    def resolve(self, expression: str, kind: str = "commit") -> str | None:
        """The object that a revision means, or None; `kind` is git's (`commit`, `tree`, `blob`, `object`)."""
        asked = expression if kind == "object" else f"{expression}^{{{kind}}}"
        if "\n" in asked:
            return None
        try:
            facts = self.line("cat-file", "--batch-check", stdin=asked.encode()).split(" ")
        except GitError:  # a path with `..` in it is none of a tree's, and git ends there
            return None
        return facts[0] if len(facts) == 3 and facts[2].isdecimal() else None

    def is_ref_name(self, name: str) -> bool:
        """Whether git would take this as a full reference name."""
        try:
            self.run("check-ref-format", name)
        except GitError:
            return False
        return True

    def move(self, changes: Iterable[RefChange]) -> None:
        """Move references all together or not at all. Raises `GitError` when one does not stand as expected."""
        lines = []
        for change in changes:
            verb = "delete" if change.after == ZERO else "update"
            new = () if change.after == ZERO else (change.after,)
            old = () if change.before is None else (change.before,)
            lines.append("\0".join((f"{verb} {change.name}", *new, *(old or ("",)))) + "\0")
        self.run("update-ref", "--stdin", "-z", stdin="".join(lines).encode())

    # ------------------------------------------------------------------ objects

    def write_blob(self, data: bytes) -> str:
        """Keep a blob."""
        return self.line("hash-object", "-w", "--stdin", stdin=data)

    def write_tree(self, base: str | None, entries: Sequence[TreeEntry]) -> str:
        """Keep a tree: `base` with entries put in and taken out. Raises `GitError` on a path that git refuses."""
        index = self.path / "sandbox.index"
        index.unlink(missing_ok=True)
        environment = {"GIT_INDEX_FILE": str(index)}
        if base is not None:
            self.run("read-tree", base, environment=environment)
        standing = self.run("ls-files", "-z", environment=environment).decode().split("\0")[:-1]
        gone = [path for path in standing if any(_collide(path, entry.path) for entry in entries)]
        lines = [f"0 {ZERO}\t{path}\0" for path in gone]
        lines += [f"{mode} {oid}\t{path}\0" for entry in entries for mode, oid, path in self._leaves(entry)]
        self.run("update-index", "-z", "--index-info", stdin="".join(lines).encode(), environment=environment)
        return self.line("write-tree", environment=environment)

    def _leaves(self, entry: TreeEntry) -> list[tuple[str, str, str]]:
        """Mode, object and path of each file that an entry puts in."""
        if {part.lower() for part in entry.path.split("/")} & {"", ".", "..", ".git"}:
            raise GitError(f"malformed path: {entry.path}")
        if entry.oid is None:
            return []
        if entry.kind != "tree":
            return [(entry.mode, entry.oid, entry.path)]
        listed = self.run("ls-tree", "-r", "-z", entry.oid).decode().split("\0")[:-1]
        rows = [line.partition("\t") for line in listed]
        return [(facts.split()[0], facts.split()[2], f"{entry.path}/{path}") for facts, _, path in rows]

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature
    ) -> str:
        """Keep a commit, with the message as it is given."""
        headers = [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {author}", f"committer {committer}"]
        raw = "\n".join(headers) + "\n\n" + message
        return self.line("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode())

    def merge_tree(self, ours: str, theirs: str) -> str:
        """The tree of a merge. Raises `GitError` on a conflict."""
        return self.line("merge-tree", "--write-tree", ours, theirs)

    def read(self, oid: str) -> tuple[str, bytes]:
        """An object's kind and content. Raises `GitError` when there is none."""
        kind = self.line("cat-file", "-t", oid)
        return kind, self.run("cat-file", kind, oid)

    # ------------------------------------------------------------------ history

    def commit(self, oid: str) -> Commit:
        """A commit. Raises `GitError` when there is none of that id."""
        return Commit.parse(oid, self.run("cat-file", "commit", oid))

    def history(self, *revisions: str, limit: int = 250) -> list[Commit]:
        """The commits of `git rev-list`, newest first."""
        oids = self.run("rev-list", f"--max-count={limit}", *revisions, "--").decode().split()
        raw, commits, at = self.run("cat-file", "--batch", stdin="\n".join(oids).encode()), [], 0
        for oid in oids:
            start = raw.index(b"\n", at) + 1
            end = start + int(raw[at : start - 1].split()[2])
            commits.append(Commit.parse(oid, raw[start:end]))
            at = end + 1
        return commits

    def count(self, *revisions: str) -> int:
        """How many commits `git rev-list` would name."""
        return int(self.line("rev-list", "--count", *revisions, "--"))

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Whether a commit is reachable from another (or is it)."""
        return self.count(ancestor, f"^{descendant}") == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, or None."""
        try:
            return self.line("merge-base", one, other)
        except GitError:
            return None
