"""Per-repository threshold of the gate, from past changes that needed no docs.

The same gate score is rare in one repository and usual in another: with one threshold for all, the false-alarm rate
ranges from none to a third. The threshold therefore follows the scores of the repository's own quiet changes, the more
the more of them there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.agents.impact.changed_terms import role
from bot.agents.impact.model import Model
from bot.text.file_classes import classify_path

PRIOR_CHANGES = 20.0
"""Weight of the common threshold, as a number of replayed changes."""
MAX_REPLAYS = 60
MAX_FILES = 15
"""Maximum number of files of a replayed change; a larger change is not representative of daily work."""
MIN_LINES, MAX_LINES = 3, 300
"""Minimum and maximum number of changed program lines of a replayed change, for the same reason."""
ALWAYS_OPEN = -1e9
"""The threshold if a rule has an edit: the change is then known to make docs stale."""
UPPER_QUANTILE = 0.85
"""The quantile of the quiet changes' scores that represents a repository: high, but not set by a few outliers."""


def threshold(model: Model, quiet: Sequence[float]) -> float:
    """Return the gate's threshold for a repository, given the gate scores of its quiet changes."""
    if not quiet:
        return model.threshold
    trust = len(quiet) / (len(quiet) + PRIOR_CHANGES)
    return model.threshold + trust * (quantile(quiet, UPPER_QUANTILE) - model.replayed)


def quantile(values: Iterable[float], share: float) -> float:
    """Return the quantile of some values, with linear interpolation."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def is_quiet(paths: Sequence[str], is_document: Callable[[str], bool]) -> bool:
    """Return whether a past commit changed the program and no document."""
    return (
        len(paths) <= MAX_FILES
        and any(role(path, classify_path(path).file_class) == "program" for path in paths)
        and not any(is_document(path) for path in paths)
    )
