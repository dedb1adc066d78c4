"""Replies to commands, apart from refusals and explanations."""

from __future__ import annotations

from bot.messages.markdown import code, pluralize

ISSUES = "issues"
PULL_REQUESTS = "pull requests"
DOCS_PULL_REQUESTS = "my documentation pull requests"

NOTHING_TO_APPLY = "There is nothing to apply: the documentation matches the change."
BRANCH_IN_FORK = (
    "The branch is in another repository, where I cannot write. The check's details contain the edits as a patch. "
    "After this pull request is merged, I open another one with the edits that are still needed."
)
BRANCH_MOVED = (
    "The branch received new commits before I could write to it. I am checking them now; post the command again "
    "when the check is complete."
)
INDEX_DISABLED = "The search index is disabled in the settings of this repository."


def github_rejection(error: str) -> str:
    """Return the reply where GitHub refused a request."""
    return f"GitHub rejected the request: {error}"


def not_open(number: int) -> str:
    """Return the reply to a command under a closed pull request."""
    return f"#{number} is not open."


def not_for_base(number: int, base: str) -> str:
    """Return the reply under a documentation pull request whose base was changed."""
    return f"#{number} is not the documentation pull request of {code(base)}, so there is nothing to do here."


def did_nothing(reason: str) -> str:
    """Return the reply where the work was skipped."""
    return f"I did nothing: {reason}."


def check_updated(head: str, outcome: str) -> str:
    """Return the reply after a check was published again."""
    return f"I checked {head[:9]} again: {outcome}. The check has the details."


def branch_updated(outcome: str) -> str:
    """Return the reply after a documentation pull request was updated."""
    return f"I checked again: {outcome}."


def branch_rebuilt(base: str, before: str) -> str:
    """Return the reply after a documentation branch, whose head was `before`, was rebuilt."""
    return f"I rebuilt this branch from {code(base)}. Its head was {before} before."


def edits_committed(edits: int, files: int, url: str) -> str:
    """Return the reply after edits were committed."""
    return f"Done: [{pluralize(edits, 'edit')} in {pluralize(files, 'file')}]({url})."


def pull_request_instead(branch: str) -> str:
    """Return the reply after a pull request was opened because a branch is protected."""
    return f"GitHub rejected a direct push to {code(branch)}, so I opened a pull request against it."


def finding_ignored(finding_id: str, until: str | None) -> str:
    """Return the reply after a finding was ignored."""
    end = f" until {until}" if until else ""
    return f"{code(finding_id)} is ignored{end}. The summary lists it with your name and your reason."


def index_queued(branch: str) -> str:
    """Return the reply after an update of the search index was queued."""
    return f"The index of {code(branch)} will be updated. `/mas status` shows the progress."
