"""From what is wanted, what stands and what is remembered to what to do. Pure, and the same when asked twice.

docs      the documentation pull request of a base branch
reviews   the security review of somebody's pull request
"""

from bot.planning.docs import OTHERS, Manner, Wanted, content_digest, edited_files, plan, standing_edits, writable
from bot.planning.reviews import Reviewed, plan_review

__all__ = [
    "OTHERS",
    "Manner",
    "Reviewed",
    "Wanted",
    "content_digest",
    "edited_files",
    "plan",
    "plan_review",
    "standing_edits",
    "writable",
]
