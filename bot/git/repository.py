"""A git repository on this machine, read and never written: revisions, trees, changes."""

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
_UNSHALLOW_HINT = "Bring the rest with `git fetch --unshallow`."
_SYMLINK, _SUBMODULE, _NON_UTF8_NAME = "symbolic link", "submodule", "file whose name is not UTF-8"


@dataclass(frozen=True, slots=True)
class _Listing:
    tree: Tree
    missing: frozenset[str]
    skipped: Counter[str]


class GitRepo:
    """A repository that was found by `open`; a context manager, since it holds a process while blobs are read.

    Any layout that git knows: a work tree, a folder in one, a linked work tree, a bare repository, borrowed objects.

    Args:
        path: the git folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Naming the folder turns git's search, and what it would find on the way, off.
        self._env = git_environment(variables={"GIT_DIR": str(path)})
        self._blobs = BlobReader(path, self._env)
        self._listings: LRUCache[str, _Listing] = LRUCache(4)  # a walk through history would keep thousands of trees

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """The repository that holds a folder.

        Raises:
            UserError: no such folder, no repository, or one without a commit.
        """
        at = Path(path)
        if not at.is_dir():
            what = "is a file, not a folder" if at.exists() else "does not exist"
            raise UserError(f"{at} {what}.", "Name the folder of a git repository.")
        if not os.access(at, os.R_OK | os.X_OK):
            raise UserError(f"{at} may not be read by this user.", "Grant access, or name another folder.")
        try:
            found = git("rev-parse", "--absolute-git-dir", cwd=at, env=git_environment())
        except GitError as error:
            raise _open_error(at, error) from error
        repository = cls(Path(os.fsdecode(found.removesuffix(b"\n"))))
        if not repository._resolve_commit("HEAD") and not repository._output_or_empty("for-each-ref", "--count=1"):
            raise UserError(f"The repository {at} has no commits yet.", "Make the first one with `git commit`.")
        return repository

    def close(self) -> None:
        """Let go of the process that reads blobs."""
        self._blobs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ revisions

    def resolve(self, revision: str) -> str:
        """The commit that a revision means.

        Raises:
            UserError: it means none.
        """
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise UserError(f"{revision!r} is not a revision.", "Name a branch, a tag or a commit.")
        oid = self._resolve_commit(revision)
        if oid is None:
            raise UserError(f"There is no commit {revision} in this repository.", self._hint(revision))
        return oid

    def default_branch(self) -> str:
        """The branch that others start from: the remote's, else a usual name, else what is checked out.

        In a bare repository it is HEAD.
        """
        bare = self._output_or_empty("rev-parse", "--is-bare-repository") == "true"
        return "HEAD" if bare else next((name for name in _DEFAULT_BRANCHES if self._resolve_commit(name)), "HEAD")

    def merge_base(self, one: str, other: str) -> str:
        """The newest commit that two have in common.

        Raises:
            UserError: there is none, or this clone does not reach back to it.
        """
        found = self._output_or_empty("merge-base", one, other)
        if found:
            return found
        if self._is_shallow():
            raise UserError("This clone is too shallow to hold the point where the branches parted.", _UNSHALLOW_HINT)
        raise UserError(f"{one[:12]} and {other[:12]} have no history in common.", "Name a base with --base.")

    def parent(self, oid: str) -> str:
        """A commit's first parent.

        Raises:
            UserError: it has none, or this clone does not reach back to it.
        """
        found = self._resolve_commit(f"{oid}^1")
        if found:
            return found
        if self._is_shallow():
            raise UserError("This clone is too shallow to hold the commit before.", _UNSHALLOW_HINT)
        raise UserError(f"{oid[:12]} is the first commit: there is nothing to compare it with.", "Commit a change.")

    def commits_with_trailer(self, base: str, head: str, key: str, value: str, limit: int) -> list[tuple[str, str]]:
        """The commits after `base` up to `head` that carry a trailer, newest first, each as its parent and itself.

        Args:
            limit: how many commits are looked at.

        https://git-scm.com/docs/git-interpret-trailers
        """
        form = f"--format=%H %P%x00%(trailers:key={key},valueonly,separator=%x2C)"
        said = self._output("log", "--first-parent", f"-n{limit}", "-z", form, f"{base}..{head}").decode(
            errors="replace"
        )
        fields = iter(said.split("\0"))
        found = []
        for names, values in zip(fields, fields, strict=False):
            commit, *parents = names.split()
            if parents and value.lower() in (each.strip().lower() for each in values.split(",")):
                found.append((parents[0], commit))
        return found

    def _resolve_commit(self, revision: str) -> str | None:
        return self._output_or_empty("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") or None

    def _hint(self, revision: str) -> str:
        near = difflib.get_close_matches(revision, self._refs(), n=1)
        if near:
            return f"Did you mean {near[0]}?"
        return _UNSHALLOW_HINT if self._is_shallow() else "Is it fetched? Try `git fetch`."

    def _refs(self) -> list[str]:
        return self._output_or_empty(
            "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"
        ).split()

    def _is_shallow(self) -> bool:
        return self._output_or_empty("rev-parse", "--is-shallow-repository") == "true"

    # ------------------------------------------------------------------ content

    def tree(self, oid: str) -> Tree:
        """The regular files of a commit; their blobs are read when asked for.

        A blob that a partial clone lacks has size 0, and reading it raises `UserError`.
        """
        return self._listing(oid).tree

    def prefetch(self, blobs: Iterable[Blob]) -> None:
        """Reads blobs that will be asked for in one go, but for those that were read, are too large or absent."""
        self._blobs.prefetch([blob.oid for blob in blobs if 0 < blob.size <= MAX_BLOB_BYTES and not blob.is_loaded])

    def skip_notes(self, oid: str) -> tuple[str, ...]:
        """What `tree` left out of a commit, in whole sentences."""
        return tuple(
            f"{count} {what}{'s' if count > 1 else ''} {'were' if count > 1 else 'was'} left out."
            if what != _NON_UTF8_NAME
            else f"{count} file{'s' if count > 1 else ''} with names that are not UTF-8 left out."
            for what, count in sorted(self._listing(oid).skipped.items())
        )

    def missing_blobs(self, base: str, head: str, is_wanted: Callable[[str], bool]) -> frozenset[str]:
        """The blobs that reading a change needs and this copy lacks: those of the wanted paths, and what moved.

        A file that was moved and edited is found by comparing what went with what came.
        """
        listings = {base: self._listing(base), head: self._listing(head)}
        differences = list(self._diff_tree(base, head, "100%"))
        gone = {old for old, new in differences if old and not new}
        come = {new for old, new in differences if new and not old}
        compared = {base: gone, head: come} if gone and come else {base: set(), head: set()}
        return frozenset(
            listing.tree[path].oid
            for commit, listing in listings.items()
            for path in listing.missing
            if is_wanted(path) or path in compared[commit]
        )

    def diff_paths(self, base: str, head: str) -> frozenset[str]:
        """The paths at which two commits differ, on either side; no content is read for it."""
        return frozenset(path for pair in self._diff_tree(base, head, "100%") for path in pair if path is not None)

    def change(self, base: str, head: str) -> Change:
        """Two commits' trees and the files that differ; moved files are found by their content."""
        before, after = self.tree(base), self.tree(head)
        files = [
            FileChange(old if old in before else None, new if new in after else None)
            for old, new in self._diff_tree(base, head)
            if old in before or new in after
        ]
        return Change(before, after, tuple(files))

    def _diff_tree(self, base: str, head: str, similarity: str = "50%") -> Iterator[tuple[str | None, str | None]]:
        """The paths before and after, as `git diff-tree` tells them (format: git-diff, "raw output format")."""
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
        # What two trees share is read once.
        known = {blob.oid: blob for listing in self._listings.values() for blob in listing.tree.values()}
        tree: dict[str, Blob] = {}
        absent: set[str] = set()
        left_out: Counter[str] = Counter()
        for line in self._output("ls-tree", "-r", "-z", "-l", "--full-tree", oid).split(b"\0")[:-1]:
            meta, _, name = line.partition(b"\t")
            mode, _, blob, size = meta.decode().split()
            path = _decode_path(name)
            if mode in ("120000", "160000"):
                left_out[_SYMLINK if mode == "120000" else _SUBMODULE] += 1
            elif path is None:
                left_out[_NON_UTF8_NAME] += 1
            else:
                there = size.isdigit()  # the size of an absent blob reads BAD
                read = partial(self._blobs.read, blob, path)
                tree[path] = known.get(blob) or Blob(blob, int(size) if there else 0, read)
                absent |= set() if there else {path}
        return _Listing(tree, frozenset(absent), left_out)

    # ------------------------------------------------------------------ git

    def _output(self, *args: str) -> bytes:
        """What git prints; its failure here means a damaged or incomplete repository."""
        try:
            return self._git(*args)
        except GitError as error:
            if "promisor" in error.stderr:
                raise UserError(
                    "This is a partial clone that lacks files of these commits.",
                    "Bring them with `git fetch --refetch --no-filter`, or use a whole clone.",
                ) from error
            raise UserError(
                f"git cannot read {self.path}: {error.stderr}.", "`git fsck` says what is damaged."
            ) from error

    def _output_or_empty(self, *args: str) -> str:
        """What git answers to a question that it may have no answer to; empty when it has none."""
        try:
            return self._git(*args).decode(errors="replace").strip()
        except GitError:
            return ""

    def _git(self, *args: str) -> bytes:
        try:
            return git(*args, cwd=self.path, env=self._env)
        except TimeoutError as error:
            raise UserError(f"{error}.", "Is the repository on a slow disk, or the change very large?") from error


def _decode_path(raw: bytes) -> str | None:
    """A path as text; None where it is not UTF-8, which neither JSON nor GitHub's API could carry."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _open_error(at: Path, error: GitError) -> UserError:
    if "not a git repository" in error.stderr:
        return UserError(f"{at} is not in a git repository.", "Name one, or make one with `git init`.")
    complaint = error.stderr.removeprefix("fatal: ")
    return UserError(f"git cannot open {at}: {complaint}.", "`git status` there says more.")
