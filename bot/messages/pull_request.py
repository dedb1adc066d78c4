"""Title, body and commit message of a documentation pull request, and the marker that its body carries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import Draft, Edit
from bot.domain.markers import REBASE_CHECKBOX, TRAILER, DocsMarker
from bot.messages.diagram import diagram
from bot.messages.entries import Permalinks, entry, group_by_section, list_notices, notes_footer
from bot.messages.facts import describe_fact
from bot.messages.markdown import code, fit, pluralize

TITLE_LIMIT = 200
BODY_LIMIT = 60_000
FINGERPRINT_LIMIT = 1_000
"""Edits that a marker names. Whatever became of a larger pull request, facts are looked for from its head on."""

_SAFE_IN_TITLE = re.compile(r"[\w./:=()\[\],'\"*`<> -]+")
_REFERENCE = re.compile(r"//|\bgh-\d", re.IGNORECASE)
_HEADER = "This pull request follows the code: each edit below comes from one change of code, shown with it."
_FOOTER = (
    "_Merge it, or close it: an edit that you close is not proposed again. "
    "Commits that you add to this branch are never overwritten._"
)
_COMMANDS = "<sub>`/mas docs explain <n>` · `/mas docs skip [why]` · `/mas docs rebase` · `/mas help`</sub>"


def title(edits: Sequence[Edit]) -> str:
    """What the pull request does, for a list: one fact in words, several counted."""
    said = list(dict.fromkeys(describe_fact(edit.fact) for edit in edits))
    if len(said) == 1 and _is_safe_in_title(said[0]):
        return f"docs: {said[0]}"
    files = len({edit.path for edit in edits})
    return f"docs: follow {pluralize(len(said), 'change')} of code in {pluralize(files, 'file')}"


def commit_message(edits: Sequence[Edit], digest: str) -> str:
    """The commit's message: the title, the facts, and the trailer that it is found by."""
    facts = filter(_is_safe_in_title, dict.fromkeys(describe_fact(edit.fact) for edit in edits))
    lines = "".join(f"- {fact}\n" for fact in list(facts)[:30]).replace("`", "")
    return f"{title(edits).replace('`', '')}\n\n{lines}\n{TRAILER}: {digest}\n"


def _is_safe_in_title(text: str) -> bool:
    """Whether a title or a commit may hold it: there GitHub obeys `fixes #1`, `GH-1` and addresses, code or not."""
    return len(text) <= TITLE_LIMIT and bool(_SAFE_IN_TITLE.fullmatch(text)) and not _REFERENCE.search(text)


def body(draft: Draft, edits: Sequence[Edit], links: Permalinks, marker: DocsMarker, base: str) -> str:
    """The body: an entry for each edited section, what was noticed and not edited, a picture, the commands, the marker.

    Never longer than `BODY_LIMIT` characters; what does not fit is counted.
    """
    groups = group_by_section(edits)
    foot = "\n\n".join(
        [
            *list_notices(draft.notices, links),
            *notes_footer(draft.notes),
            *diagram(edits),
            _FOOTER,
            _rebase_checkbox(base),
            _COMMANDS,
            str(marker),
        ]
    )
    room = BODY_LIMIT - len(_HEADER) - len(foot) - 200
    kept = fit((entry(number, draft, group, links) for number, group in enumerate(groups, start=1)), room)
    if len(kept) < len(groups):
        kept.append(f"_{pluralize(len(groups) - len(kept), 'more edited section')} in the diff._")
    return "\n\n".join([_HEADER, *kept, foot])


def _rebase_checkbox(base: str) -> str:
    return f"- [ ] {REBASE_CHECKBOX}Start this branch again from {code(base)}; commits of others on it are left behind."


def withdrawal_body(head: str, digest: str) -> str:
    """The body of a pull request whose every cause is gone; it names no edits, so none counts as turned down."""
    return (
        f"The code that made these edits necessary is no longer there.\n\n{DocsMarker(head, digest, frozenset(), head)}"
    )
