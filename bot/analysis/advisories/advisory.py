"""A known vulnerability, as https://ossf.github.io/osv-schema/ describes it, and whether it concerns a version."""

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
    """One of these: from which version on it is there, and where that ends."""

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
        """In the database's own word; `critical` for what is made to harm, and empty where none is said."""
        word = str(self.database_specific.get("severity") or "")
        return "critical" if self.id.startswith("MAL-") else word.lower().replace("moderate", "medium")

    @property
    def short_summary(self) -> str:
        """Its first sentence or so."""
        text = re.sub(r"\s+", " ", self.summary or self.details).strip().lstrip("# ")
        return text if len(text) <= _MAX_SUMMARY_CHARS else f"{text[: _MAX_SUMMARY_CHARS - 1].rstrip()}…"

    def affects(self, ecosystem: str, name: str, version: str) -> bool:
        """Whether it concerns a version of a package. What cannot be compared is not held to be concerned."""
        return any(self._is_affected(part, ecosystem, version) for part in self._entries_for(ecosystem, name))

    def fix_versions(self, ecosystem: str, name: str) -> Iterator[str]:
        """The versions that mend it, one for each range that ends."""
        for part in self._entries_for(ecosystem, name):
            for span in part.ranges:
                yield from (event.fixed for event in span.events if event.fixed and span.type != "GIT")

    def _entries_for(self, ecosystem: str, name: str) -> Iterator[Affected]:
        for part in self.affected:
            package = part.package
            # `Debian:12` and the like are none of ours; `PyPI` is never said with a release.
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
    """A package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "PyPI" else name


def _is_in_range(span: Range, ecosystem: str, version: str) -> bool:
    """The last event at or before the version decides."""
    is_inside = False
    for event in _sort_events(span.events, ecosystem):
        at = event.introduced or event.fixed
        if at is not None and (at == "0" or is_before(ecosystem, version, at) is False):
            is_inside = event.introduced is not None
        elif event.last_affected is not None and is_before(ecosystem, event.last_affected, version) is not False:
            is_inside = False
    return is_inside


def _sort_events(events: Sequence[Event], ecosystem: str) -> list[Event]:
    """By version, the earliest first; what ends comes before what begins at the same."""
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
    """The lowest later version that none of these concerns, of those that mend one; None where there is none."""
    known = {fixed for advisory in advisories for fixed in advisory.fix_versions(ecosystem, name)}
    best: str | None = None
    for fixed in sorted(known)[:500]:
        if is_before(ecosystem, version, fixed) and not any(a.affects(ecosystem, name, fixed) for a in advisories):
            best = fixed if best is None or is_before(ecosystem, fixed, best) else best
    return best
