"""Run a git process in which neither a repository nor a user's configuration can run code.

Only plumbing commands and `git log` are used (no external diff, text conversion or signature check), by argument lists,
never through a shell. Requires git 2.31 or newer, which reads configuration from the environment.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bot.errors import UserError

TIMEOUT_SECONDS = 120.0
"""The time limit of a command on local objects."""

# The GIT_ variables that are inherited: the trusted certificates. GIT_DIR, GIT_INDEX_FILE and the like would redirect
# git, and GIT_TRACE_CURL would print the token.
_TLS_VARIABLES = frozenset({"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"})
_FIXED_VARIABLES = {
    "LC_ALL": "C",
    "HOME": os.devnull,  # git before 2.32 ignores GIT_CONFIG_GLOBAL, and curl would read .netrc there
    "XDG_CONFIG_HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # empty, so that SSH_ASKPASS is not used either
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    # Do not fetch objects that a partial clone lacks: the first applies since git 2.45, the second before.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
}
_CONFIG = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "safe.directory": "*",
    "log.showSignature": "false",  # `git log` would run the repository's gpg.program
    "gpg.program": os.devnull,
    "gpg.ssh.program": os.devnull,
    "gpg.x509.program": os.devnull,
}


class GitError(Exception):
    """git ended with an error. Has its `exit_code` and `stderr`."""

    def __init__(self, exit_code: int, stderr: str) -> None:
        super().__init__(f"git exited with {exit_code}: {stderr}")
        self.exit_code = exit_code
        self.stderr = stderr


def git_environment(
    config: Mapping[str, str] | None = None, variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of a git process. It includes `config`, so that no command line shows that.

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
    """Run a git command in the folder `cwd` and return its standard output.

    Args:
        timeout_seconds: time limit; after it, git and its child processes are killed.
        pass_fds: file descriptors that the process inherits.
        on_start: called with the process group of git and its child processes.

    Raises:
        GitError: git ended with an error.
        UserError: git is not installed, or `cwd` does not exist.
        TimeoutError: git reached the time limit.
    """
    with _start(args, cwd, env, pass_fds) as process:
        try:
            on_start(process.pid)
            output, stderr = process.communicate(stdin, timeout=timeout_seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"git {args[0]} timed out after {timeout_seconds:.0f} s") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise GitError(process.returncode, stderr.decode(errors="replace").strip())
    return output


def _start(
    args: tuple[str, ...], cwd: Path, env: Mapping[str, str], pass_fds: Iterable[int]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            ["git", *args],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,  # so that the child processes of a fetch can be killed with it
            pass_fds=tuple(pass_fds),
        )
    except FileNotFoundError as error:
        raise _not_found_error(error, cwd) from error


def _not_found_error(error: FileNotFoundError, cwd: Path) -> UserError:
    if error.filename == os.fspath(cwd):
        return UserError(f"The folder {cwd} does not exist.", "Name an existing folder.")
    return UserError("git is not installed or not on the PATH.", "Install git 2.31 or newer.")
