"""The hidden marker of a documentation pull request, and the rebase checkbox."""

from __future__ import annotations

import re
from dataclasses import dataclass

TRAILER = "MAS-Plan"
REBASE_CHECKBOX = "<!-- mas:rebase -->"
"""What the box that starts the branch again is found by."""
_MARKER = re.compile(r"<!-- mas:docs (?P<fields>[^>]*) -->")
_CHECKBOX = re.compile(rf"\[(?P<tick>[ xX])\] *{REBASE_CHECKBOX}")


@dataclass(frozen=True, slots=True)
class DocsMarker:
    """What a pull request of ours says of itself to us, hidden in its body.

    `head` is the commit that was worked on, `since` the one from which; `digest` names what it says, `fingerprints`
    its edits.
    """

    head: str
    digest: str
    fingerprints: frozenset[str]
    baseline: str

    def __str__(self) -> str:
        edits = ",".join(sorted(self.fingerprints))
        return f"<!-- mas:docs head={self.head} since={self.baseline} digest={self.digest} edits={edits} -->"

    @classmethod
    def parse(cls, body: str) -> DocsMarker | None:
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


def is_rebase_checked(body: str) -> bool:
    """Whether somebody ticked the box that starts the branch again."""
    found = _CHECKBOX.findall(body)  # ours is the last: before it stand lines of documents, which may hold anything
    return bool(found) and found[-1] != " "
