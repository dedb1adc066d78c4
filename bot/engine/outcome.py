"""Outcomes of jobs and deliveries. The only place that catches all exceptions."""

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
    """Converts exceptions into outcomes; `bugs` counts internal errors."""

    def __init__(self) -> None:
        self.bugs = 0

    @contextmanager
    def capture(self, name: str) -> Iterator[WorkOutcome]:
        """Run the body and record its outcome; `name` names the work in the log and in the reason."""
        result = WorkOutcome()
        try:
            yield result
        except (UserError, RemoteError) as error:
            result.outcome, result.reason = "failed", str(error)
        except Exception:  # noqa: BLE001 - a bug: it ends this work, never the engine
            self.bugs += 1
            _log.exception("internal error in %s", name)
            result.outcome, result.reason = "failed", f"internal error in {name}"
