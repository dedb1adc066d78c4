"""By whose fault it is.

    MasError
    ├── UserError        the user's: shown to them, in their words, with the remedy
    ├── RemoteError      GitHub's or a provider's: retried, then shown
    │   ├── Absent       what was asked for is not there
    │   └── Moved        what we worked on is no longer what stands there: look again, then go on
    └── Bug              ours: logged with its trace, counted, admitted with a job id

Anything else that is raised is a bug too; `engine` is the one place that catches it.
"""

from __future__ import annotations


class MasError(Exception):
    """The root of what this program raises on purpose."""


class UserError(MasError):
    """What the user asked for cannot be done as asked.

    Args:
        message: one sentence in the user's own terms, without a trailing remedy.
        remedy: what to do instead, one sentence; shown after the message.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class RemoteError(MasError):
    """GitHub or a provider did not do its part.

    Args:
        message: what was asked, and what came back; never holds a secret.
        retry_after: seconds the other side asks us to wait, when it said so.
        transient: whether trying the same again later can succeed.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, transient: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.transient = transient


class NotFoundError(RemoteError):
    """What was asked for is not there, and asking again brings nothing."""


class ConflictError(RemoteError):
    """A head that an action was fenced by is no longer there; nothing was written."""


class Bug(MasError):
    """An invariant of ours does not hold."""
