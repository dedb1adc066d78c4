"""Title, body and commit message of a documentation pull request, and the marker that its body carries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import Draft, Edit
from bot.messages.diagram import diagram
from bot.messages.entries import Permalinks, entry, grouped, noted, noticed
from bot.messages.facts import sentence
from bot.messages.markdown import code, count, fit

TITLE_LIMIT = 200
BODY_LIMIT = 60_000
FINGERPRINT_LIMIT = 1_000
"""Edits that a marker names. Whatever became of a larger pull request, facts are looked for from its head on."""
TRAILER = "MAS-Plan"
REBASE_BOX = "<!-- mas:rebase -->"
"""What the box that starts the branch again is found by."""

_TAME = re.compile(r"[\w./:=()\[\],'\"*`<> -]+")
_REFERENCE = re.compile(r"//|\bgh-\d", re.IGNORECASE)
_MARKER = re.compile(r"<!-- mas:docs (?P<fields>[^>]*) -->")
_BOX = re.compile(rf"\[(?P<tick>[ xX])\] *{REBASE_BOX}")
_HEADER = "This pull request follows the code: each edit below comes from one change of code, shown with it."
_FOOTER = (
    "_Merge it, or close it: an edit that you close is not proposed again. "
    "Commits that you add to this branch are never overwritten._"
)
_COMMANDS = "<sub>`/mas docs explain <n>` · `/mas docs skip [why]` · `/mas docs rebase` · `/mas help`</sub>"


@dataclass(frozen=True, slots=True)
class Marker:
    """What a pull request of ours says of itself to us, hidden in its body.

    `head` is the commit that was worked on, `since` the one from which; `digest` names what it says, `fingerprints`
    its edits.
    """

    head: str
    digest: str
    fingerprints: frozenset[str]
    since: str

    def __str__(self) -> str:
        edits = ",".join(sorted(self.fingerprints))
        return f"<!-- mas:docs head={self.head} since={self.since} digest={self.digest} edits={edits} -->"

    @classmethod
    def read(cls, body: str) -> Marker | None:
        """The marker of a body; None where there is none, or one that we would not have written."""
        found = _MARKER.findall(body)
        if not found:
            return None
        # Ours is the last: before it stand lines of documents, which may hold anything.
        fields = dict(part.split("=", 1) for part in found[-1].split() if "=" in part)
        head, since, digest, edits = (fields.get(name, "") for name in ("head", "since", "digest", "edits"))
        if not all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in (head, since)):
            return None
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            return None
        return cls(head, digest, frozenset(filter(None, edits.split(","))), since)


def title(edits: Sequence[Edit]) -> str:
    """What the pull request does, for a list: one fact in words, several counted."""
    said = list(dict.fromkeys(sentence(edit.fact) for edit in edits))
    if len(said) == 1 and _is_tame(said[0]):
        return f"docs: {said[0]}"
    files = len({edit.path for edit in edits})
    return f"docs: follow {count(len(said), 'change')} of code in {count(files, 'file')}"


def message(edits: Sequence[Edit], digest: str) -> str:
    """The commit's message: the title, the facts, and the trailer that it is found by."""
    facts = filter(_is_tame, dict.fromkeys(sentence(edit.fact) for edit in edits))
    lines = "".join(f"- {fact}\n" for fact in list(facts)[:30]).replace("`", "")
    return f"{title(edits).replace('`', '')}\n\n{lines}\n{TRAILER}: {digest}\n"


def _is_tame(text: str) -> bool:
    """Whether a title or a commit may hold it: there GitHub obeys `fixes #1`, `GH-1` and addresses, code or not."""
    return len(text) <= TITLE_LIMIT and bool(_TAME.fullmatch(text)) and not _REFERENCE.search(text)


def body(draft: Draft, edits: Sequence[Edit], links: Permalinks, marker: Marker, base: str) -> str:
    """The body: an entry for each edited section, what was noticed and not edited, a picture, the commands, the marker.

    Never longer than `BODY_LIMIT` characters; what does not fit is counted.
    """
    groups = grouped(edits)
    foot = "\n\n".join(
        [
            *noticed(draft.notices, links),
            *noted(draft.notes),
            *diagram(edits),
            _FOOTER,
            _box(base),
            _COMMANDS,
            str(marker),
        ]
    )
    room = BODY_LIMIT - len(_HEADER) - len(foot) - 200
    kept = fit((entry(number, draft, group, links) for number, group in enumerate(groups, start=1)), room)
    if len(kept) < len(groups):
        kept.append(f"_{count(len(groups) - len(kept), 'more edited section')} in the diff._")
    return "\n\n".join([_HEADER, *kept, foot])


def _box(base: str) -> str:
    return f"- [ ] {REBASE_BOX}Start this branch again from {code(base)}; commits of others on it are left behind."


def is_ticked(text: str) -> bool:
    """Whether somebody ticked the box that starts the branch again."""
    found = _BOX.findall(text)  # ours is the last: before it stand lines of documents, which may hold anything
    return bool(found) and found[-1] != " "


def withdrawn(head: str, digest: str) -> str:
    """The body of a pull request whose every cause is gone; it names no edits, so none counts as turned down."""
    return f"The code that made these edits necessary is no longer there.\n\n{Marker(head, digest, frozenset(), head)}"
