"""Read-only access to a local git repository: revisions, trees, changes."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from cachetools import LRUCache

from bot.domain import Blob, Change, FileChange, Tree
from bot.errors import UserError
from bot.git.command import GitError, git, git_environment
from bot.git.objects import MAX_BLOB_BYTES, BlobReader

_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master", "trunk")
_UNSHALLOW_HINT = "Fetch the rest with `git fetch --unshallow`."
_SYMLINK, _SUBMODULE, _NON_UTF8_NAME = "symbolic link", "submodule", "file whose name is not UTF-8"


@dataclass(frozen=True, slots=True)
class _Listing:
    tree: Tree
    missing: frozenset[str]
    skipped: Counter[str]


class GitRepo:
    """A local repository, opened by `open`. Use it as a context manager, since reading blobs starts a process.

    All layouts of git are supported: a work tree or a folder in one, linked work trees, bare repositories, alternates.

    Args:
        path: the git folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # GIT_DIR prevents git from searching parent folders for a repository.
        self._env = git_environment(variables={"GIT_DIR": str(path)})
        self._blobs = BlobReader(path, self._env)
        self._listings: LRUCache[str, _Listing] = LRUCache(4)  # a walk through history reads thousands of trees

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open the repository that contains a folder.

        Raises:
            UserError: the folder does not exist, is not in a repository, or the repository has no commits.
        """
        folder = Path(path)
        if not folder.is_dir():
            problem = "is a file, not a folder" if folder.exists() else "does not exist"
            raise UserError(f"{folder} {problem}.", "Name the folder of a git repository.")
        if not os.access(folder, os.R_OK | os.X_OK):
            raise UserError(f"No permission to read {folder}.", "Grant access, or name another folder.")
        try:
            git_dir = git("rev-parse", "--absolute-git-dir", cwd=folder, env=git_environment())
        except GitError as error:
            raise _open_error(folder, error) from error
        repository = cls(Path(os.fsdecode(git_dir.removesuffix(b"\n"))))
        if not repository._resolve_commit("HEAD") and not repository._output_or_empty("for-each-ref", "--count=1"):
            raise UserError(f"The repository {folder} has no commits yet.", "Make the first one with `git commit`.")
        return repository

    def close(self) -> None:
        """Stop the process that reads blobs."""
        self._blobs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ revisions

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision resolves to.

        Raises:
            UserError: there is no such commit.
        """
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise UserError(f"{revision!r} is not a revision.", "Name a branch, a tag or a commit.")
        oid = self._resolve_commit(revision)
        if oid is None:
            raise UserError(f"There is no commit {revision} in this repository.", self._hint(revision))
        return oid

    def default_branch(self) -> str:
        """Return the remote's default branch, else a branch with a common name, else HEAD.

        In a bare repository this is HEAD.
        """
        bare = self._output_or_empty("rev-parse", "--is-bare-repository") == "true"
        return "HEAD" if bare else next((name for name in _DEFAULT_BRANCHES if self._resolve_commit(name)), "HEAD")

    def merge_base(self, one: str, other: str) -> str:
        """Return the newest common ancestor of two commits.

        Raises:
            UserError: they have none, or this clone is too shallow to have it.
        """
        base = self._output_or_empty("merge-base", one, other)
        if base:
            return base
        if self._is_shallow():
            raise UserError("This clone is too shallow to have the branches' common ancestor.", _UNSHALLOW_HINT)
        raise UserError(f"{one[:12]} and {other[:12]} have no common history.", "Name a base with --base.")

    def parent(self, oid: str) -> str:
        """Return a commit's first parent.

        Raises:
            UserError: it has none, or this clone is too shallow to have it.
        """
        parent = self._resolve_commit(f"{oid}^1")
        if parent:
            return parent
        if self._is_shallow():
            raise UserError("This clone is too shallow to have the previous commit.", _UNSHALLOW_HINT)
        raise UserError(f"{oid[:12]} is the first commit, so there is nothing to compare.", "Commit a change.")

    def commits_with_trailer(self, base: str, head: str, key: str, value: str, limit: int) -> list[tuple[str, str]]:
        """Return the commits after `base` up to `head` that have a trailer, newest first, as (parent, commit).

        Args:
            limit: the maximum number of commits to read.

        https://git-scm.com/docs/git-interpret-trailers
        """
        format_option = f"--format=%H %P%x00%(trailers:key={key},valueonly,separator=%x2C)"
        output = self._output("log", "--first-parent", f"-n{limit}", "-z", format_option, f"{base}..{head}")
        fields = iter(output.decode(errors="replace").split("\0"))
        commits = []
        for names, values in zip(fields, fields, strict=False):
            commit, *parents = names.split()
            if parents and value.lower() in (each.strip().lower() for each in values.split(",")):
                commits.append((parents[0], commit))
        return commits

    def _resolve_commit(self, revision: str) -> str | None:
        return self._output_or_empty("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") or None

    def _hint(self, revision: str) -> str:
        close_matches = difflib.get_close_matches(revision, self._refs(), n=1)
        if close_matches:
            return f"Did you mean {close_matches[0]}?"
        return _UNSHALLOW_HINT if self._is_shallow() else "If it is on the remote, run `git fetch`."

    def _refs(self) -> list[str]:
        return self._output_or_empty(
            "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"
        ).split()

    def _is_shallow(self) -> bool:
        return self._output_or_empty("rev-parse", "--is-shallow-repository") == "true"

    # ------------------------------------------------------------------ content

    def tree(self, oid: str) -> Tree:
        """Return the regular files of a commit; blobs are read on access.

        A blob that a partial clone lacks has size 0, and reading it raises `UserError`.
        """
        return self._listing(oid).tree

    def prefetch(self, blobs: Iterable[Blob]) -> None:
        """Read several blobs ahead, except those that are loaded, too large or missing."""
        self._blobs.prefetch([blob.oid for blob in blobs if 0 < blob.size <= MAX_BLOB_BYTES and not blob.is_loaded])

    def skip_notes(self, oid: str) -> tuple[str, ...]:
        """Return sentences about the files of a commit that `tree` skipped."""
        return tuple(
            f"{count} {kind}{'s' if count > 1 else ''} {'were' if count > 1 else 'was'} skipped."
            if kind != _NON_UTF8_NAME
            else f"{count} file{'s' if count > 1 else ''} whose name is not UTF-8 skipped."
            for kind, count in sorted(self._listing(oid).skipped.items())
        )

    def missing_blobs(self, base: str, head: str, is_wanted: Callable[[str], bool]) -> frozenset[str]:
        """Return the missing blobs of a change: those of wanted paths, and of files that may have been renamed.

        git detects a renamed and edited file by comparing the contents of deleted and added files.
        """
        listings = {base: self._listing(base), head: self._listing(head)}
        differences = list(self._diff_tree(base, head, "100%"))
        deleted = {old for old, new in differences if old and not new}
        added = {new for old, new in differences if new and not old}
        compared = {base: deleted, head: added} if deleted and added else {base: set(), head: set()}
        return frozenset(
            listing.tree[path].oid
            for commit, listing in listings.items()
            for path in listing.missing
            if is_wanted(path) or path in compared[commit]
        )

    def diff_paths(self, base: str, head: str) -> frozenset[str]:
        """Return the paths at which two commits differ, of both sides, without reading content."""
        return frozenset(path for pair in self._diff_tree(base, head, "100%") for path in pair if path is not None)

    def change(self, base: str, head: str) -> Change:
        """Return two commits' trees and the files that differ; renames are detected by content."""
        before, after = self.tree(base), self.tree(head)
        files = [
            FileChange(old if old in before else None, new if new in after else None)
            for old, new in self._diff_tree(base, head)
            if old in before or new in after
        ]
        return Change(before, after, tuple(files))

    def _diff_tree(self, base: str, head: str, similarity: str = "50%") -> Iterator[tuple[str | None, str | None]]:
        """Yield the old and the new path of each difference (git-diff, "Raw output format")."""
        raw = self._output("diff-tree", "-r", "-z", "--raw", "--no-abbrev", f"-M{similarity}", "-l400", base, head)
        fields = iter(raw.split(b"\0"))
        for header in fields:
            if header:
                status = header.rsplit(b" ", 1)[1][:1]
                old = _decode_path(next(fields))
                new = _decode_path(next(fields)) if status in b"RC" else old
                yield (None if status == b"A" else old), (None if status == b"D" else new)

    def _listing(self, oid: str) -> _Listing:
        if oid not in self._listings:
            self._listings[oid] = self._load_listing(oid)
        return self._listings[oid]

    def _load_listing(self, oid: str) -> _Listing:
        # Blobs that trees share are read once.
        known = {blob.oid: blob for listing in self._listings.values() for blob in listing.tree.values()}
        tree: dict[str, Blob] = {}
        missing: set[str] = set()
        skipped: Counter[str] = Counter()
        for line in self._output("ls-tree", "-r", "-z", "-l", "--full-tree", oid).split(b"\0")[:-1]:
            meta, _, name = line.partition(b"\t")
            mode, _, blob, size = meta.decode().split()
            path = _decode_path(name)
            if mode in ("120000", "160000"):
                skipped[_SYMLINK if mode == "120000" else _SUBMODULE] += 1
            elif path is None:
                skipped[_NON_UTF8_NAME] += 1
            else:
                is_present = size.isdigit()  # git prints BAD as the size of a missing blob
                read = partial(self._blobs.read, blob, path)
                tree[path] = known.get(blob) or Blob(blob, int(size) if is_present else 0, read)
                missing |= set() if is_present else {path}
        return _Listing(tree, frozenset(missing), skipped)

    # ------------------------------------------------------------------ git

    def _output(self, *args: str) -> bytes:
        """Run git on a resolved commit, so that an error means a damaged or incomplete repository."""
        try:
            return self._git(*args)
        except GitError as error:
            if "promisor" in error.stderr:
                raise UserError(
                    "This is a partial clone that lacks files of these commits.",
                    "Fetch them with `git fetch --refetch --no-filter`, or use a full clone.",
                ) from error
            raise UserError(
                f"git cannot read {self.path}: {error.stderr}.", "Run `git fsck` to see what is damaged."
            ) from error

    def _output_or_empty(self, *args: str) -> str:
        """Return git's output, or an empty string if it fails."""
        try:
            return self._git(*args).decode(errors="replace").strip()
        except GitError:
            return ""

    def _git(self, *args: str) -> bytes:
        try:
            return git(*args, cwd=self.path, env=self._env)
        except TimeoutError as error:
            raise UserError(f"{error}.", "The disk may be slow, or the change very large.") from error


def _decode_path(raw: bytes) -> str | None:
    """Return a path as text, or None if it is not UTF-8, which JSON and GitHub's API cannot represent."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _open_error(folder: Path, error: GitError) -> UserError:
    if "not a git repository" in error.stderr:
        return UserError(f"{folder} is not in a git repository.", "Name one, or create one with `git init`.")
    message = error.stderr.removeprefix("fatal: ")
    return UserError(f"git cannot open {folder}: {message}.", "Run `git status` there for details.")
