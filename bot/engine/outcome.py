"""What came of a piece of work, whoever's fault it is: the one place where everything is caught."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.errors import RemoteError, UserError
from bot.inbox import DeliveryOutcome

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class WorkOutcome:
    outcome: DeliveryOutcome = "done"
    reason: str = ""


class OutcomeRecorder:
    """Turns what a piece of work raises into a verdict; `bugs` counts what was our own fault."""

    def __init__(self) -> None:
        self.bugs = 0

    @contextmanager
    def capture(self, name: str) -> Iterator[WorkOutcome]:
        """Runs the body; `name` is what the log and the user's word of admission call it."""
        verdict = WorkOutcome()
        try:
            yield verdict
        except (UserError, RemoteError) as error:
            verdict.outcome, verdict.reason = "failed", str(error)
        except Exception:  # noqa: BLE001 - whatever it is, it is our bug: it ends this work, never the engine
            self.bugs += 1
            _log.exception("internal error in %s", name)
            verdict.outcome, verdict.reason = "failed", f"internal error; {name}"
