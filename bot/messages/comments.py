"""Refusals and explanations in reply to commands, and comments that MAS posts unprompted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import Draft, Edit
from bot.messages.entries import Permalinks, entry, rule_names
from bot.messages.facts import describe_fact
from bot.messages.markdown import code, code_block, pluralize

FOREIGN_COMMITS_COMMENT = (
    "Someone pushed to this branch, so I've stopped updating it. Merge or close it to continue. "
    "To rebuild it without those commits, tick the box in the description or comment `/mas docs rebase`."
)
BRANCH_CHANGED = (
    "Someone pushed to this branch while I was working, so I left it as it is. "
    "To drop those commits too, repeat the request."
)
COMMENT_CHANGED = "The comment was edited or deleted before I could act on it. Please post the command again."
BRANCH_RENAMED = (
    "I closed this pull request because its base is no longer the default branch. "
    "If edits are still needed, the next push to the default branch opens a new one."
)
WITHDRAWN = "I closed this pull request because its edits are no longer needed."
DECLINED = "I closed this pull request because its edits were declined."

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def reply_marker(comment_id: int) -> str:
    """Return the marker that identifies the reply to a comment."""
    return f"<!-- mas:answer {comment_id} -->"


def unknown_command(text: str, nearest: str | None) -> str:
    """Return the reply to an unknown command."""
    hint = f"Did you mean `/mas {nearest}`?" if nearest else "`/mas help` lists all commands."
    return f"Unknown command {code(text)}. {hint}"


def not_allowed(user: str, syntax: str, role: str, *, allows_author: bool) -> str:
    """Return the reply to a user who lacks the role for a command. A bot is not mentioned."""
    mention = f"@{user}, " if _LOGIN.fullmatch(user) else ""
    exception = ", unless the pull request is yours" if allows_author else ""
    return f"{mention}{code(syntax)} needs {role} access to this repository{exception}."


def not_available_here(syntax: str, where: str) -> str:
    """Return the reply to a command in the wrong place."""
    return f"{code(syntax)} only works on {where}."


def not_on_docs_pull_request(syntax: str) -> str:
    """Return the reply to a command under a documentation pull request that does not support it."""
    return f"{code(syntax)} doesn't work on documentation pull requests by MAS."


def rate_limit_exceeded(minutes: int) -> str:
    """Return the reply to a user who exceeds the rate limit."""
    return f"Too many commands. Please try again in {minutes} minutes."


def internal_error(job: str) -> str:
    """Return the reply where a job failed because of a bug."""
    return f"Something broke on our side (job {code(job)}). Please try again."


def edits_rejected(number: int) -> str:
    """Return the reply to `/mas docs skip`."""
    if not number:
        return "No edits to decline: none are suggested here."
    return f"Declined {pluralize(number, 'edit')}. {'It' if number == 1 else 'They'} won't be suggested again."


def follow_up_body(number: int) -> str:
    """Return the body of a pull request against the branch of pull request `number`."""
    return f"Documentation edits for #{number}. Merge this pull request to add them to its branch."


def explain_edit(number: int, draft: Draft, group: Sequence[Edit], links: Permalinks) -> str:
    """Explain why an edit is suggested."""
    parts = [entry(number, draft, list(group), links)]
    for fact in dict.fromkeys(edit.fact for edit in group):
        parts.append(f"**What changed:** {describe_fact(fact)}.")
        if fact.signature_before and fact.signature_after and fact.signature_before != fact.signature_after:
            parts.append(code_block(f"-{fact.signature_before}\n+{fact.signature_after}", "diff"))
    parts.append(
        f"This edit comes from the {rule_names(group)}. To decline all edits here, comment `/mas docs skip`. "
        "To turn a rule off, set it to `false` under `docs.rules` in `.github/mas.yml`."
    )
    return "\n\n".join(parts)


def no_such_edit(number: int, total: int) -> str:
    """Return the reply where no edit has this number."""
    if not total:
        return "No edits to explain: none are suggested here."
    return f"No edit {number}. This pull request has {'only edit 1' if total == 1 else f'edits 1 to {total}'}."
