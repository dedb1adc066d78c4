"""From what is wanted, what stands and what is remembered to what to do. Pure, and the same when asked twice.

docs      the documentation pull request of a base branch
reviews   the security review of somebody's pull request
"""

from bot.planning.docs import (
    FOREIGN_COMMITS,
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
    "FOREIGN_COMMITS",
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
