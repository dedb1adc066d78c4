"""Models of GitHub's responses, and their conversion to domain types.

Models exist for `queries` and for a few REST responses; fields that MAS does not use are ignored.
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
