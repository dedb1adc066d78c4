"""What GitHub answers, as far as it is read, in the domain's words.

Shapes of the answers to `queries`, and of a few REST answers; whatever else they hold is passed over.
"""

from __future__ import annotations

from bot.github.responses.base import extract_repository, parse
from bot.github.responses.branches import BranchResponse, CreateCommitResponse, TreeResponse, plan_digest
from bot.github.responses.pulls import DocsStateResponse, PullRequestStateResponse, ReviewStateResponse
from bot.github.responses.rest import (
    CheckRun,
    CheckRuns,
    CollaboratorPermission,
    CommentResponse,
    GitObject,
    Issue,
    Pull,
    Reaction,
    SubmittedReview,
)

__all__ = [
    "BranchResponse",
    "CheckRun",
    "CheckRuns",
    "CollaboratorPermission",
    "CommentResponse",
    "CreateCommitResponse",
    "DocsStateResponse",
    "GitObject",
    "Issue",
    "Pull",
    "PullRequestStateResponse",
    "Reaction",
    "ReviewStateResponse",
    "SubmittedReview",
    "TreeResponse",
    "extract_repository",
    "parse",
    "plan_digest",
]
