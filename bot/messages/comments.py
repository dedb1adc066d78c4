"""What is answered to commands, and said unasked, under issues and pull requests."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Draft, Edit
from bot.messages.entries import Permalinks, entry
from bot.messages.facts import describe_fact
from bot.messages.markdown import code, code_block, pluralize

FOREIGN_COMMITS_COMMENT = (
    "This branch has commits that are not mine, so I leave it as it is. "
    "What I would change now may be something else than it holds. "
    "Merge or close it, and I go on from there with the next push; or tick the box in the description, "
    "or say `/mas docs rebase`, and I start the branch again without those commits."
)
BRANCH_CHANGED = (
    "Somebody committed to the branch meanwhile, so I left it as it is. Ask again to leave that behind too."
)
COMMENT_CHANGED = "The comment is no longer as I was told of it, so I did nothing. Say it again."
BRANCH_RENAMED = (
    "The branch that this pull request follows is no longer the default branch. I start again with the next push."
)
WITHDRAWN = "The code that made these edits necessary is no longer there, so nothing is left to change."


def reply_marker(comment_id: int) -> str:
    """What the answer to a comment is found by."""
    return f"<!-- mas:answer {comment_id} -->"


def unknown_command(text: str, nearest: str | None) -> str:
    """The answer to what is no command."""
    hint = f"Did you mean `/mas {nearest}`?" if nearest else "`/mas help` lists the commands."
    return f"I know no command {code(text)}. {hint}"


def not_allowed(syntax: str, who: str) -> str:
    """The answer to somebody who may not use a command."""
    return f"Sorry, {code(syntax)} is for: {who}."


def not_available_here(syntax: str, where: str) -> str:
    """The answer to a command in the wrong place."""
    return f"{code(syntax)} works under {where}."


def rate_limit_exceeded(minutes: int) -> str:
    """The answer to one command too many."""
    return f"That was a lot at once. I answer you here again in {minutes} minutes."


def internal_error(job: str) -> str:
    """The admission of a fault of ours."""
    return f"Something went wrong on my side, and it is on record there (job {code(job)}). Ask again if you like."


def edits_rejected(number: int) -> str:
    """The answer to `/mas docs skip`."""
    if not number:
        return "There is nothing to turn down: I propose no edit here."
    they = "it" if number == 1 else "they"
    return f"Declined {pluralize(number, 'edit')}. {they.capitalize()} won't be proposed again."


def follow_up_body(number: int) -> str:
    """The body of a pull request onto the branch of another one."""
    return f"The documentation that #{number} makes stale, as its check proposes it. Merge it into that branch."


def explain_edit(number: int, draft: Draft, group: Sequence[Edit], links: Permalinks) -> str:
    """Why an edited section is to be edited, in full."""
    parts = [entry(number, draft, list(group), links)]
    for fact in dict.fromkeys(edit.fact for edit in group):
        said = [f"**What changed:** {describe_fact(fact)}."]
        if fact.signature_before and fact.signature_after and fact.signature_before != fact.signature_after:
            said.append(code_block(f"-{fact.signature_before}\n+{fact.signature_after}", "diff"))
        said.append(f"That it is so: {round(fact.confidence * 100)} % sure.")
        parts.append("\n\n".join(said))
    rules = ", ".join(code(name) for name in dict.fromkeys(edit.rule for edit in group))
    parts.append(
        f"Written by the rule {rules}. `/mas docs skip` turns the edits down; "
        "`docs.rules` in `.github/mas.yml` switches a rule off."
    )
    return "\n\n".join(parts)


def no_such_edit(number: int, total: int) -> str:
    """The answer where the number is that of no edit."""
    if not total:
        return "There is no edit to explain: the documentation follows the change."
    return f"There is no edit {number}: there {'is' if total == 1 else 'are'} {pluralize(total, 'edited section')}."
