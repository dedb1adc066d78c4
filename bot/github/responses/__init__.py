"""What GitHub answers, as far as it is read, in the domain's words.

Shapes of the answers to `queries`, and of a few REST answers; whatever else they hold is passed over.
"""

from __future__ import annotations

from bot.github.responses.base import read, repository
from bot.github.responses.branches import Committed, Standing, Tree, digest
from bot.github.responses.pulls import Observed, ObservedPull, ObservedReview
from bot.github.responses.rest import CheckRun, CheckRuns, Issue, Made, Posted, Pull, Reaction, Role, Said

__all__ = [
    "CheckRun",
    "CheckRuns",
    "Committed",
    "Issue",
    "Made",
    "Observed",
    "ObservedPull",
    "ObservedReview",
    "Posted",
    "Pull",
    "Reaction",
    "Role",
    "Said",
    "Standing",
    "Tree",
    "digest",
    "read",
    "repository",
]
