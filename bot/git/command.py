"""One git process, in which nothing that a repository or a user's configuration says can run code.

Only plumbing and `git log` are called (no external diff, no text conversion, no signature looked at), by argument
lists, never through a shell.
git 2.31 or newer: configuration in the environment came with it.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bot.errors import UserError

TIMEOUT_SECONDS = 120.0
"""How long a command on local objects may take."""

# Of the caller's GIT_ variables only those that say which certificates to trust; GIT_DIR, GIT_INDEX_FILE
# and the like would point us elsewhere, and GIT_TRACE_CURL would print the token.
_TLS_VARIABLES = frozenset({"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"})
_FIXED_VARIABLES = {
    "LC_ALL": "C",
    "HOME": os.devnull,  # git before 2.32 knows no GIT_CONFIG_GLOBAL; and curl would read .netrc there
    "XDG_CONFIG_HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # empty, so that SSH_ASKPASS is not asked either
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    # Objects that a partial clone lacks stay lacking: the first since git 2.45, the second before.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
}
_CONFIG = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "safe.directory": "*",
    "log.showSignature": "false",  # else a log runs the repository's own gpg.program
    "gpg.program": os.devnull,
    "gpg.ssh.program": os.devnull,
    "gpg.x509.program": os.devnull,
}


class GitError(Exception):
    """git ended with an error; `complaint` is what it said, `code` its exit status."""

    def __init__(self, exit_code: int, stderr: str) -> None:
        super().__init__(f"git exited with {exit_code}: {stderr}")
        self.exit_code = exit_code
        self.stderr = stderr


def git_environment(
    config: Mapping[str, str] | None = None, variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment of a git process; `config` goes in it, so that no command line shows it.

    https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _TLS_VARIABLES}
    settings = {**_CONFIG, **(config or {})}
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**inherited, **_FIXED_VARIABLES, **numbered, **(variables or {})}


def git(
    *args: str,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bytes = b"",
    timeout_seconds: float = TIMEOUT_SECONDS,
    pass_fds: Iterable[int] = (),
    on_start: Callable[[int], None] = lambda _group: None,
) -> bytes:
    """What a git command run in the folder `at` prints.

    Args:
        seconds: how long it may take; then it and what it started are killed.
        keep: descriptors that stay open in it.
        begun: told the process group that it and what it starts are in.

    Raises:
        GitFailed: it ended with an error.
        UserError: git is not installed.
        TimeoutError: it took too long.
    """
    try:
        # A group of its own, so that what a fetch starts can be ended with it.
        process = subprocess.Popen(
            ["git", *args],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
            pass_fds=tuple(pass_fds),
        )
    except FileNotFoundError as error:
        raise _not_found_error(error, cwd) from error
    with process:
        try:
            on_start(process.pid)
            out, complaint = process.communicate(stdin, timeout=timeout_seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"git {args[0]} took longer than {timeout_seconds:.0f} s") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise GitError(process.returncode, complaint.decode(errors="replace").strip())
    return out


def _not_found_error(error: FileNotFoundError, cwd: Path) -> UserError:
    if error.filename == os.fspath(cwd):
        return UserError(f"The folder {cwd} is gone.", "Name one that is there.")
    return UserError("git is not installed, or not on the PATH.", "Install git 2.31 or newer.")
