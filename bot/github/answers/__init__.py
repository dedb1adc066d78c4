"""What GitHub answers, as far as it is read, in the domain's words.

Shapes of the answers to `queries`, and of a few REST answers; whatever else they hold is passed over.
"""

from __future__ import annotations

from bot.github.answers.branches import Committed, Standing, Tree, digest
from bot.github.answers.pulls import Observed, ObservedPull, ObservedReview
from bot.github.answers.rest import CheckRun, CheckRuns, Issue, Made, Posted, Pull, Reaction, Role, Said
from bot.github.answers.shape import read, repository

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
