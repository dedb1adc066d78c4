"""One repository's own threshold, from changes of its past that needed no docs.

The same sum of the gate is rare in one repository and usual in another: at one threshold for all, the share of
false alarms runs from none to a third. So the threshold moves with the repository's own quiet changes, as far as
there are enough of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.agents.impact.changed_terms import role
from bot.agents.impact.model import Model
from bot.text.file_classes import classify_path

PRIOR_CHANGES = 20.0
"""So many replayed changes weigh as much as all other repositories together."""
MAX_REPLAYS = 60
MAX_FILES = 15
"""A change of more files is no sample of daily work."""
MIN_LINES, MAX_LINES = 3, 300
"""Nor is one of fewer or more changed lines of the program."""
ALWAYS_OPEN = -1e9
"""The threshold where a rule has an edit: that the change made docs stale is known."""
UPPER_QUANTILE = 0.85
"""Which quantile of the quiet changes' sums stands for a repository: high, yet of more than a few changes."""


def threshold(model: Model, quiet: Sequence[float]) -> float:
    """The gate's threshold for a repository in which it gave these sums to quiet changes."""
    if not quiet:
        return model.threshold
    trust = len(quiet) / (len(quiet) + PRIOR_CHANGES)
    return model.threshold + trust * (quantile(quiet, UPPER_QUANTILE) - model.replayed)


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which that share of the values lies, between two of them where it falls between."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def is_quiet(paths: Sequence[str], is_document: Callable[[str], bool]) -> bool:
    """Whether a past commit changed the program and no document."""
    return (
        len(paths) <= MAX_FILES
        and any(role(path, classify_path(path).file_class) == "program" for path in paths)
        and not any(is_document(path) for path in paths)
    )
