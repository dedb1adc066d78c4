"""Blobs by their id, through one `git cat-file --batch` that lives as long as its repository is open.

https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.errors import Bug, UserError

LARGEST = 1 << 20
"""Bytes; a larger blob is never read."""
_AT_ONCE = 60
"""Blobs that are asked for before the first is taken: their names fit into the least pipe (4 KB), so no side waits."""


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
        self._ahead: dict[str, bytes] = {}

    def ahead(self, oids: Sequence[str]) -> None:
        """Reads blobs before they are asked for: one by one they take thrice as long, since git waits for each name.

        None may be larger than `LARGEST`. What this copy of the repository lacks is left for `read` to say.
        """
        for first in range(0, len(oids), _AT_ONCE):
            some = oids[first : first + _AT_ONCE]
            self._ask("".join(f"{oid}\n" for oid in some))
            for oid in some:
                data = self._answer()
                if data is not None:
                    self._ahead[oid] = data

    def read(self, oid: str, path: str) -> bytes:
        """A blob's bytes; `path` is what people know it by.

        Raises:
            UserError: this copy of the repository lacks it.
            Bug: it is too large to be read, which was for the caller to see.
        """
        if oid in self._ahead:
            return self._ahead.pop(oid)
        self._ask(f"{oid}\n")
        data = self._answer()
        if data is None:
            raise _lacking(path)
        return data

    def _ask(self, names: str) -> None:
        stdin = self._started().stdin
        if stdin is None:
            raise Bug("cat-file has no pipes")
        with suppress(BrokenPipeError):  # then there is no answer either
            stdin.write(names.encode())
            stdin.flush()

    def _answer(self) -> bytes | None:
        """The next blob that was asked for; None where it is not in this copy."""
        stdout = self._started().stdout
        if stdout is None:
            raise Bug("cat-file has no pipes")
        answer = stdout.readline().split()
        if len(answer) != 3 or answer[1] != b"blob":
            return None
        size = int(answer[2])
        if size > LARGEST:
            self.close()  # its bytes stand in the pipe; the next read starts anew
            raise Bug(f"a blob of {size} bytes was asked for")
        data = stdout.read(size + 1)[:-1]
        return data if len(data) == size else None

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
            self._ahead.clear()
            process.kill()
            process.communicate()


def _lacking(path: str) -> UserError:
    return UserError(
        f"{path} is not in this copy of the repository: it is a partial clone, or damaged.",
        "Bring what is missing with `git fetch --refetch --no-filter`, or use a whole clone.",
    )
