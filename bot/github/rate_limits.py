"""GitHub's rate limits: when the next call may be sent. Pure; the caller passes the time.

Rules: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_ALL_RESOURCES = "everything"
_MIN_PAUSE_SECONDS, _MAX_PAUSE_SECONDS = 60.0, 3600.0


def is_rate_limited(status: int, headers: Mapping[str, str], message: str = "") -> bool:
    """Return whether a response signals a primary or secondary rate limit, rather than a missing permission."""
    if status == 429:
        return True
    has_limit_header = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 403 and (has_limit_header or "rate limit" in message.lower())


@dataclass(slots=True)
class RateLimits:
    """The limits of one identity (an installation, or the App itself).

    A primary limit applies to one resource (`core`, `graphql`…), a secondary limit to all of them.
    """

    _blocked_until: dict[str, float] = field(default_factory=dict)
    _consecutive_refusals: int = 0

    def seconds_to_wait(self, resource: str, now: float) -> float:
        """Return the seconds until a call to this resource may be sent; 0 if it may be sent now."""
        return max(0.0, max(self._blocked_until.get(resource, now), self._blocked_until.get(_ALL_RESOURCES, now)) - now)

    def update(self, resource: str, headers: Mapping[str, str], now: float, *, refused: bool) -> None:
        """Update the limits from a response's headers; `refused` if `is_rate_limited` holds for the response."""
        resource = headers.get("x-ratelimit-resource", resource)
        reset = _parse_number(headers.get("x-ratelimit-reset"))
        spent = headers.get("x-ratelimit-remaining") == "0" and reset is not None
        if spent and reset is not None:
            self._blocked_until[resource] = reset
        if not refused:
            self._consecutive_refusals = 0
            return
        retry_after = _parse_number(headers.get("retry-after"))
        if retry_after is not None:
            self._blocked_until[_ALL_RESOURCES] = now + retry_after
        elif not spent:
            self._blocked_until[_ALL_RESOURCES] = now + min(
                _MIN_PAUSE_SECONDS * 2**self._consecutive_refusals, _MAX_PAUSE_SECONDS
            )
            self._consecutive_refusals += 1

    def active(self, now: float) -> dict[str, float]:
        """Return the blocked resources, each with the time until which it is blocked."""
        return {resource: until for resource, until in self._blocked_until.items() if until > now}

    def merge(self, resource: str, until: float) -> None:
        """Add a limit that another process reported."""
        self._blocked_until[resource] = max(until, self._blocked_until.get(resource, until))

    @staticmethod
    def keys_for(resource: str) -> tuple[str, str]:
        """Return the names of the limits that apply to a resource."""
        return resource, _ALL_RESOURCES


def _parse_number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
