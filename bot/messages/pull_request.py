"""The title, body and commit message of a documentation pull request, and the marker in its body."""

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
"""Edits that a marker names. A larger pull request advances the baseline, so its other edits are not repeated."""

_SAFE_IN_TITLE = re.compile(r"[\w./:=()\[\],'\"*`<> -]+")
_REFERENCE = re.compile(r"//|\bgh-\d", re.IGNORECASE)
_HEADER = "These docs no longer match the code. Each edit below links to the change that caused it."
_FOOTER = (
    "_Merge to accept, close to decline. Declined edits don't come back. "
    "If you push to this branch, MAS stops updating it._"
)
_COMMANDS = "<sub>`/mas docs explain <n>` · `/mas docs skip [why]` · `/mas docs rebase` · `/mas help`</sub>"
_NO_LONGER_NEEDED = "These edits are no longer needed."
_DECLINED = "These edits were declined."


def title(edits: Sequence[Edit]) -> str:
    """Return the title: a single change in words, or the numbers of files and changes."""
    facts = list(dict.fromkeys(describe_fact(edit.fact) for edit in edits))
    if len(facts) == 1 and _is_safe_in_title(facts[0]):
        return f"docs: {facts[0]}"
    files = len({edit.path for edit in edits})
    return f"docs: update {pluralize(files, 'file')} after {pluralize(len(facts), 'code change')}"


def commit_message(edits: Sequence[Edit], digest: str) -> str:
    """Return the commit message: the title, several changes as a list, and the trailer that identifies the commit."""
    facts = list(dict.fromkeys(describe_fact(edit.fact) for edit in edits))
    lines = [f"- {fact}" for fact in facts if _is_safe_in_title(fact)][:30] if len(facts) > 1 else []
    text = "\n\n".join([title(edits), "\n".join(lines)] if lines else [title(edits)]).replace("`", "")
    return f"{text}\n\n{TRAILER}: {digest}\n"


def _is_safe_in_title(text: str) -> bool:
    """Return whether text may go into titles and commits, where GitHub acts on `fixes #1`, `GH-1` and URLs in code."""
    return len(text) <= TITLE_LIMIT and bool(_SAFE_IN_TITLE.fullmatch(text)) and not _REFERENCE.search(text)


def body(draft: Draft, edits: Sequence[Edit], links: Permalinks, marker: DocsMarker, base: str) -> str:
    """Return the body, at most `BODY_LIMIT` characters long. It counts the entries that do not fit."""
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
        kept.append(f"_See the diff for {pluralize(len(groups) - len(kept), 'more edit')}._")
    return "\n\n".join([_HEADER, *kept, foot])


def _rebase_checkbox(base: str) -> str:
    return f"- [ ] {REBASE_CHECKBOX}Rebuild this branch from {code(base)} (drops commits that people pushed to it)."


def withdrawal_body(head: str, digest: str, *, rejected: bool) -> str:
    """Return the body of a pull request without edits. Its marker names none, so closing it declines nothing."""
    text = _DECLINED if rejected else _NO_LONGER_NEEDED
    return f"{text}\n\n{DocsMarker(head, digest, frozenset(), head)}"
