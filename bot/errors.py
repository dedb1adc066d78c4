"""Exceptions, by who has to act.

    MasError
    ├── UserError          the user: shown with a hint for the fix
    ├── RemoteError        GitHub or another provider: retried, then shown
    │   ├── NotFoundError  the resource does not exist
    │   └── ConflictError  the resource has changed: observe again, then continue
    └── Bug                us: logged with its traceback, counted, reported with a job id

Any other exception is a bug too. Only `engine` catches those.
"""

from __future__ import annotations


class MasError(Exception):
    """The base of all exceptions that MAS raises on purpose."""


class UserError(MasError):
    """The user's request cannot be done.

    Args:
        message: what is wrong: one sentence in the user's terms.
        hint: how to fix it: one sentence, shown after the message.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class RemoteError(MasError):
    """A request to GitHub or another provider failed.

    Args:
        message: the request and the response; never contains a secret.
        retry_after: the seconds that the provider asks to wait, if it does.
        transient: whether a retry can succeed.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, transient: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.transient = transient


class NotFoundError(RemoteError):
    """The resource does not exist, and a retry cannot succeed."""


class ConflictError(RemoteError):
    """The branch head that an action expects has changed. Nothing was written."""


class Bug(MasError):
    """An invariant of MAS is violated."""
