"""Read blobs by id, through one `git cat-file --batch` process per open repository.

https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.errors import Bug, UserError

MAX_BLOB_BYTES = 1 << 20
"""Larger blobs are never read."""
_BATCH_SIZE = 60
"""Blobs per request: their ids fit into the smallest pipe (4 KB), so neither side blocks."""


class BlobReader:
    """Reads blobs on demand; the first read starts the process.

    Args:
        git_dir: the git folder.
        env: environment of the process.
    """

    def __init__(self, git_dir: Path, env: Mapping[str, str]) -> None:
        self._git_dir = git_dir
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._prefetched: dict[str, bytes] = {}

    def prefetch(self, oids: Sequence[str]) -> None:
        """Read blobs ahead, which takes a third of the time of single reads, since git waits for each id.

        Blobs must not be larger than `MAX_BLOB_BYTES`. Missing ones are skipped; `read` reports them.
        """
        for first in range(0, len(oids), _BATCH_SIZE):
            batch = oids[first : first + _BATCH_SIZE]
            self._request("".join(f"{oid}\n" for oid in batch))
            for oid in batch:
                data = self._next_blob()
                if data is not None:
                    self._prefetched[oid] = data

    def read(self, oid: str, path: str) -> bytes:
        """Return a blob's bytes; `path` names it in errors.

        Raises:
            UserError: this copy of the repository lacks the blob.
            Bug: the blob is too large, which the caller must check.
        """
        if oid in self._prefetched:
            return self._prefetched.pop(oid)
        self._request(f"{oid}\n")
        data = self._next_blob()
        if data is None:
            raise _missing_blob_error(path)
        return data

    def _request(self, lines: str) -> None:
        stdin = self._ensure_process().stdin
        if stdin is None:
            raise Bug("cat-file has no pipes")
        with suppress(BrokenPipeError):  # then there is no response either, which `_next_blob` handles
            stdin.write(lines.encode())
            stdin.flush()

    def _next_blob(self) -> bytes | None:
        """Return the next requested blob, or None if this copy lacks it."""
        stdout = self._ensure_process().stdout
        if stdout is None:
            raise Bug("cat-file has no pipes")
        header = stdout.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            return None
        size = int(header[2])
        if size > MAX_BLOB_BYTES:
            self.close()  # its bytes are still in the pipe; the next read starts a new process
            raise Bug(f"a blob of {size} bytes was requested")
        data = stdout.read(size + 1)[:-1]
        return data if len(data) == size else None

    def _ensure_process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=self._git_dir,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def close(self) -> None:
        """Stop the process, if there is one."""
        if self._process is not None:
            process, self._process = self._process, None
            self._prefetched.clear()
            process.kill()
            process.communicate()


def _missing_blob_error(path: str) -> UserError:
    return UserError(
        f"This copy of the repository lacks {path}: it is a partial clone or damaged.",
        "Fetch the missing files with `git fetch --refetch --no-filter`, or use a full clone.",
    )
