"""The hidden marker of a documentation pull request, and the rebase checkbox."""

from __future__ import annotations

import re
from dataclasses import dataclass

TRAILER = "MAS-Plan"
REBASE_CHECKBOX = "<!-- mas:rebase -->"
"""The hidden text that identifies the checkbox for rebuilding the branch."""
_MARKER = re.compile(r"<!-- mas:docs (?P<fields>[^>]*) -->")
_CHECKBOX = re.compile(rf"\[(?P<tick>[ xX])\] *{REBASE_CHECKBOX}")


@dataclass(frozen=True, slots=True)
class DocsMarker:
    """The hidden state in the body of a documentation pull request.

    Args:
        head: the analysed commit.
        digest: identifies the content of the body.
        fingerprints: those of the edits.
        baseline: the commit that the analysis started from.
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
        """Return the marker of a body, or None if there is none or it is malformed."""
        matches = _MARKER.findall(body)
        if not matches:
            return None
        # The last one is ours: lines of documents come before it, and can contain anything.
        fields = dict(part.split("=", 1) for part in matches[-1].split() if "=" in part)
        head, baseline, digest, edits = (fields.get(name, "") for name in ("head", "since", "digest", "edits"))
        if not all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in (head, baseline)):
            return None
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            return None
        return cls(head, digest, frozenset(filter(None, edits.split(","))), baseline)


def is_rebase_checked(body: str) -> bool:
    """Return whether the checkbox for rebuilding the branch is ticked."""
    ticks = _CHECKBOX.findall(body)  # the last one is ours, as in `DocsMarker.parse`
    return bool(ticks) and ticks[-1] != " "
