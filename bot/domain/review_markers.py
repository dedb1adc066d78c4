"""The hidden marker of a security review comment."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKER = re.compile(r"<!-- mas:finding (?P<fingerprint>\d+:[0-9a-f]{20}) (?P<rule>[\w./-]{1,100}) -->\s*\Z")


@dataclass(frozen=True, slots=True)
class FindingMarker:
    """What a remark says of itself to us, hidden at its end: the finding that it tells of, and its rule."""

    fingerprint: str
    rule: str

    def __str__(self) -> str:
        return f"<!-- mas:finding {self.fingerprint} {self.rule} -->"

    @classmethod
    def parse(cls, body: str) -> FindingMarker | None:
        """The marker of a remark; None where there is none. It is the end: before it stands code of others."""
        found = _MARKER.search(body)
        return cls(found["fingerprint"], found["rule"]) if found else None
