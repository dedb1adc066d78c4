"""The results of jobs and of their parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a handler did. A field is None where it does not apply to the job.

    Args:
        reason: one clause that explains the outcome. It is recorded, and `/mas status` shows it.
        actions: the kinds of the actions that were applied, in order.
        more: True when another job continues this one.
    """

    reason: str
    actions: tuple[str, ...] | None = None
    change_detected: bool | None = None
    document_updated: bool | None = None
    embeddings_updated: bool | None = None
    more: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that apply, as the engine records them."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a piece of work was not done: it is disabled, or it does not apply."""

    reason: str
