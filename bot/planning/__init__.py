"""Reconcile the desired state with the observed state: pure functions that return the actions to take.

docs      the documentation pull request of a base branch
reviews   the security review of a person's pull request
"""

from bot.planning.docs import (
    DesiredDocs,
    PullRequestOptions,
    content_digest,
    files_with_edits,
    pending_edits,
    plan_docs,
    without_workflow_edits,
)
from bot.planning.reviews import DesiredReview, plan_review

__all__ = [
    "DesiredDocs",
    "DesiredReview",
    "PullRequestOptions",
    "content_digest",
    "files_with_edits",
    "pending_edits",
    "plan_docs",
    "plan_review",
    "without_workflow_edits",
]
