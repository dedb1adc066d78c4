"""Blobs by their id, through one `git cat-file --batch` that lives as long as its repository is open.

https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.errors import Bug, UserError

MAX_BLOB_BYTES = 1 << 20
"""Bytes; a larger blob is never read."""
_BATCH_SIZE = 60
"""Blobs that are asked for before the first is taken: their names fit into the least pipe (4 KB), so no side waits."""


class BlobReader:
    """Reads blobs on demand, one after the other; the process starts with the first.

    Args:
        at: the git folder.
        env: of the process.
    """

    def __init__(self, git_dir: Path, env: Mapping[str, str]) -> None:
        self._git_dir = git_dir
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._prefetched: dict[str, bytes] = {}

    def prefetch(self, oids: Sequence[str]) -> None:
        """Reads blobs before they are asked for: one by one they take thrice as long, since git waits for each name.

        None may be larger than `LARGEST`. What this copy of the repository lacks is left for `read` to say.
        """
        for first in range(0, len(oids), _BATCH_SIZE):
            some = oids[first : first + _BATCH_SIZE]
            self._request("".join(f"{oid}\n" for oid in some))
            for oid in some:
                data = self._next_blob()
                if data is not None:
                    self._prefetched[oid] = data

    def read(self, oid: str, path: str) -> bytes:
        """A blob's bytes; `path` is what people know it by.

        Raises:
            UserError: this copy of the repository lacks it.
            Bug: it is too large to be read, which was for the caller to see.
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
        with suppress(BrokenPipeError):  # then there is no answer either
            stdin.write(lines.encode())
            stdin.flush()

    def _next_blob(self) -> bytes | None:
        """The next blob that was asked for; None where it is not in this copy."""
        stdout = self._ensure_process().stdout
        if stdout is None:
            raise Bug("cat-file has no pipes")
        answer = stdout.readline().split()
        if len(answer) != 3 or answer[1] != b"blob":
            return None
        size = int(answer[2])
        if size > MAX_BLOB_BYTES:
            self.close()  # its bytes stand in the pipe; the next read starts anew
            raise Bug(f"a blob of {size} bytes was asked for")
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
        """End the process, if there is one."""
        if self._process is not None:
            process, self._process = self._process, None
            self._prefetched.clear()
            process.kill()
            process.communicate()


def _missing_blob_error(path: str) -> UserError:
    return UserError(
        f"{path} is not in this copy of the repository: it is a partial clone, or damaged.",
        "Bring what is missing with `git fetch --refetch --no-filter`, or use a whole clone.",
    )
