"""Blobs by their id, through one `git cat-file --batch` that lives as long as its repository is open.

https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.errors import Bug, UserError

LARGEST = 1 << 20
"""Bytes; a larger blob is never read."""


class BlobReader:
    """Reads blobs on demand, one after the other; the process starts with the first.

    Args:
        at: the git folder.
        env: of the process.
    """

    def __init__(self, at: Path, env: Mapping[str, str]) -> None:
        self._at = at
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, oid: str, path: str) -> bytes:
        """A blob's bytes; `path` is what people know it by.

        Raises:
            UserError: this copy of the repository lacks it.
            Bug: it is too large to be read, which was for the caller to see.
        """
        process = self._started()
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise Bug("cat-file has no pipes")
        try:
            stdin.write(f"{oid}\n".encode())
            stdin.flush()
        except BrokenPipeError as error:
            raise _lacking(path) from error
        answer = stdout.readline().split()
        if len(answer) != 3 or answer[1] != b"blob":
            raise _lacking(path)
        size = int(answer[2])
        if size > LARGEST:
            self.close()  # its bytes stand in the pipe; the next read starts anew
            raise Bug(f"a blob of {size} bytes was asked for")
        data = stdout.read(size + 1)[:-1]
        if len(data) != size:
            raise _lacking(path)
        return data

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=self._at,
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
            process.kill()
            process.communicate()


def _lacking(path: str) -> UserError:
    return UserError(
        f"{path} is not in this copy of the repository: it is a partial clone, or damaged.",
        "Bring what is missing with `git fetch --refetch --no-filter`, or use a whole clone.",
    )
