"""The results of jobs, each a clause without a period. `/mas status` shows them, and some replies include one."""

from __future__ import annotations

from bot.messages.markdown import pluralize

# ------------------------------------------------------------------ settings

COMMANDS_DISABLED = "commands are disabled in the settings"
DOCS_CHECK_DISABLED = "the documentation check is disabled in the settings"
CHECKS_DISABLED = "the checks are disabled in the settings"
DOCS_PULL_REQUEST_DISABLED = "documentation pull requests are disabled in the settings"
SECURITY_DISABLED = "the security review is disabled in the settings"


def not_watched(branch: str) -> str:
    """Return the result for a branch that the settings do not include."""
    return f"{branch} is not a watched branch"


# ------------------------------------------------------------------ documentation pull requests

UP_TO_DATE = "nothing new"
NO_DOCS_AFFECTED = "no docs affected"
DECLINED_BEFORE = "the edits were declined earlier"
EDITS_DECLINED = "closed the pull request, because its edits were declined"
NO_LONGER_NEEDED = "closed the pull request, because its edits are no longer needed"
FOREIGN_COMMITS = "the branch has commits by others"
"""Compared with the result of a checkpointed plan, so it must not change."""
CLOSED_BY_MAS = "closed by MAS"
WORKFLOWS_NOT_EDITED = "MAS does not edit files in `.github/workflows`."


def edits_proposed(edits: int, files: int) -> str:
    """Return the result where a documentation pull request was opened or updated."""
    return f"suggested {pluralize(edits, 'edit')} in {pluralize(files, 'file')}"


def no_such_branch(branch: str) -> str:
    """Return the result for a branch that was deleted before the job ran."""
    return f"branch {branch} does not exist"


def base_moved(branch: str, head: str) -> str:
    """Return the result where a base branch received commits during the job."""
    return f"{branch} is at {head[:9]} now"


def restart_limit(branch: str, times: int) -> str:
    """Return the result where a branch changed as often as a job may start over."""
    return f"{branch} changed {times} times during the job; its next push continues"


def foreign_branch(branch: str) -> str:
    """Return the result where the branch for the edits has commits by others and no pull request."""
    return f"{branch} has commits by others and no pull request; delete or rename it"


def no_marker(number: int) -> str:
    """Return the result for a pull request whose description lacks the marker of MAS."""
    return f"#{number} has no marker of MAS"


def base_change(number: int, base: str) -> str:
    """Return the result for a documentation pull request whose base was changed."""
    return f"the base of #{number} was changed to {base}"


def decision(number: int, *, merged: bool) -> str:
    """Return the result where a person merged or closed a documentation pull request."""
    return f"#{number} was {'merged' if merged else 'declined'}"


def reopening(number: int, user: str) -> str:
    """Return the result where a person reopened a documentation pull request."""
    return f"#{number} was reopened by {user}"


# ------------------------------------------------------------------ pull requests and commands

NO_COMMAND = "the comment has no command"
MERGE_GROUP_PASSED = "passed the checks of the merge group"
UNKNOWN_COMMAND = "an unknown command"
"""Also part of keys and actions in the audit log, so it must not change."""


def not_reviewed(number: int, *, is_own: bool) -> str:
    """Return the result for a pull request that is not open, or that MAS opened itself."""
    return f"#{number} was opened by MAS" if is_own else f"#{number} is not open"


def new_commits(number: int) -> str:
    """Return the result where a pull request received commits during its review."""
    return f"#{number} received commits during the review"


def rate_limited(user: str) -> str:
    """Return the result where a user exceeded the rate limit."""
    return f"too many commands by {user}"


def command_handled(name: str, user: str, *, ok: bool) -> str:
    """Return the result of a command."""
    return f"{name} by {user}: {'done' if ok else 'not done'}"


# ------------------------------------------------------------------ search index, repositories


def index_complete(branch: str, head: str) -> str:
    """Return the result where an index is up to date."""
    return f"indexed {branch} at {head[:9]}"


def index_partial(branch: str) -> str:
    """Return the result where another job continues to index a branch."""
    return f"indexed a part of {branch}; the next job continues"


def index_superseded(branch: str) -> str:
    """Return the result where a later job has indexed a branch or deleted its index."""
    return f"a later job took over the index of {branch}"


def index_too_large(branch: str) -> str:
    """Return the result where indexing took the maximum number of jobs."""
    return f"{branch} takes too long to index"


def not_indexed(branch: str) -> str:
    """Return the result for a branch that the settings do not index."""
    return f"{branch} is excluded from the index in the settings"


def branch_deleted(branch: str) -> str:
    """Return the result for a deleted branch."""
    return f"{branch} was deleted"


def branches_queued(count: int) -> str:
    """Return the result where branches of an installation were queued for indexing."""
    return f"queued {pluralize(count, 'branch', 'branches')} for indexing"


def default_branch_changed(before: str, now: str) -> str:
    """Return the result for a new or renamed default branch."""
    return f"the default branch is now {now} (was {before})"


def repositories_deleted(count: int) -> str:
    """Return the result where the data of repositories was deleted."""
    return f"deleted the data of {pluralize(count, 'repository', 'repositories')}"
