"""Rate limits as GitHub counts them, and faults that a test injects.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from github_sandbox.errors import ApiError


@dataclass
class Fault:
    """A fault that makes the next `times` matching requests fail.

    `path` is a regular expression searched for in the URL path, `contains` a text searched for in the body. With
    `status` None the request is only delayed by `latency` seconds. `body` is sent unchanged, for instance
    the HTML of a broken gateway.
    """

    path: str = ""
    method: str | None = None
    status: int | None = 502
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    latency: float = 0.0
    times: int = 1
    contains: str = ""

    def consume(self, method: str, path: str, body: bytes) -> bool:
        """Return whether the fault applies to a request and, if so, use it up once."""
        matches = self.method in (None, method) and re.search(self.path, path) and self.contains.encode() in body
        if not matches or self.times < 1:
            return False
        self.times -= 1
        return True

    def to_error(self) -> ApiError | None:
        """Return the error to send instead of the endpoint's response, or None for a delay only."""
        if self.status is None:
            return None
        return ApiError(self.status, "Server Error", headers=self.headers, text=self.body)


@dataclass
class RateLimitWindow:
    """A caller's use of one rate limit resource until `reset`."""

    limit: int
    reset: datetime
    used: int = 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def as_json(self) -> dict[str, int]:
        return {
            "limit": self.limit,
            "remaining": self.remaining,
            "reset": int(self.reset.timestamp()),
            "used": self.used,
        }


class RateLimits:
    """Request counts by caller and resource (`core`, `graphql`).

    `primary` is the hourly limit of authenticated callers. `writes_per_minute` enables a secondary limit on writes
    (None: no limit).
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.primary = 5000
        self.anonymous = 60
        self.writes_per_minute: int | None = None
        self.retry_after = 60
        self._now = now
        self._windows: dict[tuple[str, str], RateLimitWindow] = {}
        self._writes: dict[str, list[datetime]] = {}

    def window(self, caller: str, resource: str, *, anonymous: bool = False) -> RateLimitWindow:
        """Return the caller's current one-hour window."""
        limit = self.anonymous if anonymous else self.primary
        window = self._windows.get((caller, resource))
        if window is None or window.reset <= self._now():
            window = RateLimitWindow(limit, self._now() + timedelta(hours=1))
            self._windows[caller, resource] = window
        window.limit = limit
        return window

    def spend(self, window: RateLimitWindow) -> bool:
        """Count one request. Returns False if the primary limit is used up."""
        if window.remaining == 0:
            return False
        window.used += 1
        return True

    def count_write(self, caller: str) -> None:
        """Count one write. Raises `ApiError` (403, `Retry-After`) above the secondary limit."""
        if self.writes_per_minute is None:
            return
        now = self._now()
        recent = [at for at in self._writes.get(caller, []) if at > now - timedelta(minutes=1)]
        if len(recent) >= self.writes_per_minute:
            message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            raise ApiError(403, message, headers={"Retry-After": str(self.retry_after)})
        self._writes[caller] = [*recent, now]
