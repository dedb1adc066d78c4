"""Rate limits as GitHub counts them, and faults that a test asks for.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from github_sandbox.refusal import Refusal


@dataclass
class Fault:
    """Makes matching requests fail: `times` of them, then it is spent.

    `path` is a regular expression found anywhere in the URL's path. With `status` None the request is only
    held back for `latency` seconds. `body` is answered as it stands (HTML from a broken gateway, say).
    """

    path: str = ""
    method: str | None = None
    status: int | None = 502
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    latency: float = 0.0
    times: int = 1
    contains: str = ""

    def takes(self, method: str, path: str, body: bytes) -> bool:
        """Whether this request is one of its, counting it if so. `contains` is looked for in the body."""
        fits = self.method in (None, method) and re.search(self.path, path) and self.contains.encode() in body
        if not fits or self.times < 1:
            return False
        self.times -= 1
        return True

    def refusal(self) -> Refusal | None:
        """The answer in place of the endpoint's."""
        if self.status is None:
            return None
        return Refusal(self.status, "Server Error", headers=self.headers, text=self.body)


@dataclass
class Window:
    """What a caller has used of one resource until `reset`."""

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
    """Counts requests by caller and resource (`core`, `graphql`).

    Set `primary` to lower the hourly limit of those who come with credentials, and `writes_per_minute` to have a
    secondary limit on what changes things (None: none).
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.primary = 5000
        self.anonymous = 60
        self.writes_per_minute: int | None = None
        self.retry_after = 60
        self._now = now
        self._windows: dict[tuple[str, str], Window] = {}
        self._writes: dict[str, list[datetime]] = {}

    def window(self, caller: str, resource: str, *, anonymous: bool = False) -> Window:
        """The caller's current hour."""
        limit = self.anonymous if anonymous else self.primary
        found = self._windows.get((caller, resource))
        if found is None or found.reset <= self._now():
            found = Window(limit, self._now() + timedelta(hours=1))
            self._windows[caller, resource] = found
        found.limit = limit
        return found

    def spend(self, window: Window) -> bool:
        """Count one request; False when the primary limit is used up."""
        if window.remaining == 0:
            return False
        window.used += 1
        return True

    def write(self, caller: str) -> None:
        """Count one change. Raises `Refusal` (403, `retry-after`) above the secondary limit."""
        if self.writes_per_minute is None:
            return
        now = self._now()
        recent = [at for at in self._writes.get(caller, []) if at > now - timedelta(minutes=1)]
        if len(recent) >= self.writes_per_minute:
            words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            raise Refusal(403, words, headers={"Retry-After": str(self.retry_after)})
        self._writes[caller] = [*recent, now]
