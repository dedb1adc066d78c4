"""Replies to commands, except refusals and explanations."""

from __future__ import annotations

from bot.messages.markdown import code, lower_first, pluralize

PULL_REQUESTS = "pull requests"
DOCS_PULL_REQUESTS = "documentation pull requests by MAS"

NOTHING_TO_APPLY = "Nothing to apply: no edits are suggested here."
ALREADY_APPLIED = "Nothing to apply: this pull request already contains the edits. Merge it to accept them."
BRANCH_IN_FORK = (
    "This branch is in a fork, so I can't push to it. The check's details contain the edits as a patch. "
    "After the merge, I'll open a pull request with the edits that are still needed."
)
BRANCH_MOVED = (
    "Someone pushed to the branch before I could commit. "
    "Please post the command again once the new commits are checked."
)
INDEX_DISABLED = "The search index is disabled in this repository's settings."


def github_rejection(error: str) -> str:
    """Return the reply where GitHub rejected a request."""
    return f"GitHub rejected the request: {error}"


def not_open(number: int) -> str:
    """Return the reply to a command under a closed pull request."""
    return f"#{number} is not open."


def not_for_base(number: int, base: str) -> str:
    """Return the reply under a documentation pull request whose base was changed."""
    return f"Nothing to do: #{number} is not the documentation pull request for {code(base)}."


def did_nothing(reason: str) -> str:
    """Return the reply where the work was skipped."""
    return f"Nothing done: {reason}."


def check_updated(head: str, outcome: str) -> str:
    """Return the reply after a check was published again, with its title as the outcome."""
    return f"Checked {code(head[:9])} again: {lower_first(outcome)}. See the check for details."


def branch_updated(outcome: str) -> str:
    """Return the reply after a documentation pull request was checked again."""
    return f"Checked again: {outcome}."


def branch_rebuilt(base: str, before: str) -> str:
    """Return the reply after a documentation branch was rebuilt. Its head was `before`."""
    return f"Rebuilt this branch from {code(base)}. The previous head was {before}."


def edits_committed(edits: int, files: int, url: str) -> str:
    """Return the reply after edits were committed."""
    return f"Committed [{pluralize(edits, 'edit')} in {pluralize(files, 'file')}]({url})."


def pull_request_instead(branch: str) -> str:
    """Return the reply after a pull request was opened because GitHub rejected a push."""
    return f"GitHub rejected a direct push to {code(branch)}, so I opened a pull request against it."


def finding_ignored(finding_id: str, until: str | None) -> str:
    """Return the reply after a finding was ignored."""
    end = f" until {until}" if until else ""
    return f"Ignoring {code(finding_id)}{end}. The summary lists it with your name and reason."


def index_queued(branch: str) -> str:
    """Return the reply after an update of the search index was queued."""
    return f"Reindexing {code(branch)}. `/mas status` shows the progress."
