"""The hidden marker of a security review comment."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKER = re.compile(r"<!-- mas:finding (?P<fingerprint>\d+:[0-9a-f]{20}) (?P<rule>[\w./-]{1,100}) -->\s*\Z")


@dataclass(frozen=True, slots=True)
class FindingMarker:
    """The hidden state at the end of a review comment: the fingerprint and the rule of its finding."""

    fingerprint: str
    rule: str

    def __str__(self) -> str:
        return f"<!-- mas:finding {self.fingerprint} {self.rule} -->"

    @classmethod
    def parse(cls, body: str) -> FindingMarker | None:
        """Return the marker at the end of a comment, or None. Text before the end can contain anything."""
        match = _MARKER.search(body)
        return cls(match["fingerprint"], match["rule"]) if match else None
