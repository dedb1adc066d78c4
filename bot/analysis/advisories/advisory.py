"""An advisory in the format of https://ossf.github.io/osv-schema/, and the versions that it affects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.analysis.advisories.versions import is_before

_MAX_SUMMARY_CHARS = 200


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(_Part):
    """Start or end of an affected range; exactly one field is set."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None


class Range(_Part):
    type: str
    events: tuple[Event, ...] = ()


class Package(_Part):
    ecosystem: str
    name: str


class Affected(_Part):
    package: Package | None = None
    ranges: tuple[Range, ...] = ()
    versions: frozenset[str] = frozenset()


class Advisory(_Part):
    id: str
    summary: str = ""
    details: str = ""
    aliases: frozenset[str] = frozenset()
    withdrawn: str | None = None
    affected: tuple[Affected, ...] = ()
    database_specific: dict[str, Any] = Field(default_factory=dict)

    @property
    def severity(self) -> str:
        """Severity in the database's own words; `critical` for malicious packages, empty if not given."""
        word = str(self.database_specific.get("severity") or "")
        return "critical" if self.id.startswith("MAL-") else word.lower().replace("moderate", "medium")

    @property
    def short_summary(self) -> str:
        """The summary or details, shortened to `_MAX_SUMMARY_CHARS`."""
        text = re.sub(r"\s+", " ", self.summary or self.details).strip().lstrip("# ")
        return text if len(text) <= _MAX_SUMMARY_CHARS else f"{text[: _MAX_SUMMARY_CHARS - 1].rstrip()}…"

    def affects(self, ecosystem: str, name: str, version: str) -> bool:
        """Return whether a version of a package is affected; versions that cannot be compared are not."""
        return any(self._is_affected(part, ecosystem, version) for part in self._entries_for(ecosystem, name))

    def fix_versions(self, ecosystem: str, name: str) -> Iterator[str]:
        """Yield the fixed versions, one for each range that ends."""
        for part in self._entries_for(ecosystem, name):
            for span in part.ranges:
                yield from (event.fixed for event in span.events if event.fixed and span.type != "GIT")

    def _entries_for(self, ecosystem: str, name: str) -> Iterator[Affected]:
        for part in self.affected:
            package = part.package
            # Ecosystems with a release, such as `Debian:12`, are not supported; `PyPI` never has one.
            if package and package.ecosystem == ecosystem and normalize_name(ecosystem, package.name) == name:
                yield part

    @staticmethod
    def _is_affected(part: Affected, ecosystem: str, version: str) -> bool:
        if version in part.versions:
            return True
        return any(
            _is_in_range(span, ecosystem, version) for span in part.ranges if span.type in ("SEMVER", "ECOSYSTEM")
        )


def normalize_name(ecosystem: str, name: str) -> str:
    """Normalise a package name for comparison."""
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "PyPI" else name


def _is_in_range(span: Range, ecosystem: str, version: str) -> bool:
    """Return whether a version is in a range: the last event at or before it decides."""
    is_inside = False
    for event in _sort_events(span.events, ecosystem):
        at = event.introduced or event.fixed
        if at is not None and (at == "0" or is_before(ecosystem, version, at) is False):
            is_inside = event.introduced is not None
        elif event.last_affected is not None and is_before(ecosystem, event.last_affected, version) is not False:
            is_inside = False
    return is_inside


def _sort_events(events: Sequence[Event], ecosystem: str) -> list[Event]:
    """Sort events by version; at the same version, ends come before starts."""
    ordered: list[Event] = []
    for event in sorted(events, key=lambda e: e.introduced is not None):
        at = _event_version(event)
        place = next(
            (n for n, other in enumerate(ordered) if _is_earlier(ecosystem, at, _event_version(other))), len(ordered)
        )
        ordered.insert(place, event)
    return ordered


def _event_version(event: Event) -> str:
    return event.introduced or event.fixed or event.last_affected or "0"


def _is_earlier(ecosystem: str, one: str, other: str) -> bool:
    return other != "0" and (one == "0" or is_before(ecosystem, one, other) is True)


def lowest_fix(advisories: Sequence[Advisory], ecosystem: str, name: str, version: str) -> str | None:
    """Return the lowest later fixed version that none of the advisories affects, or None."""
    known = {fixed for advisory in advisories for fixed in advisory.fix_versions(ecosystem, name)}
    best: str | None = None
    for fixed in sorted(known)[:500]:
        if is_before(ecosystem, version, fixed) and not any(a.affects(ecosystem, name, fixed) for a in advisories):
            best = fixed if best is None or is_before(ecosystem, fixed, best) else best
    return best
