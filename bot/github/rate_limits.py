"""GitHub's rate limits: when the next call may go. Pure; the time is handed in.

Rules: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_EVERYTHING = "everything"
_FIRST_PAUSE, _LONGEST_PAUSE = 60.0, 3600.0


def exceeded(status: int, headers: Mapping[str, str], message: str = "") -> bool:
    """Whether an answer refuses for a limit, primary or secondary, rather than for a lacking permission."""
    if status == 429:
        return True
    told = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 403 and (told or "rate limit" in message.lower())


@dataclass(slots=True)
class RateLimits:
    """The limits of one identity (an installation, or the App itself).

    A primary limit holds for one resource (`core`, `graphql`…), a secondary one for everything.
    """

    _until: dict[str, float] = field(default_factory=dict)
    _strikes: int = 0

    def wait(self, resource: str, now: float) -> float:
        """Seconds until a call to this resource may go; 0 when it may go now."""
        return max(0.0, max(self._until.get(resource, now), self._until.get(_EVERYTHING, now)) - now)

    def note(self, resource: str, headers: Mapping[str, str], now: float, *, refused: bool) -> None:
        """Learn from an answer's headers; `refused` when the answer was `exceeded`."""
        resource = headers.get("x-ratelimit-resource", resource)
        reset = _number(headers.get("x-ratelimit-reset"))
        spent = headers.get("x-ratelimit-remaining") == "0" and reset is not None
        if spent and reset is not None:
            self._until[resource] = reset
        if not refused:
            self._strikes = 0
            return
        retry_after = _number(headers.get("retry-after"))
        if retry_after is not None:
            self._until[_EVERYTHING] = now + retry_after
        elif not spent:
            self._until[_EVERYTHING] = now + min(_FIRST_PAUSE * 2**self._strikes, _LONGEST_PAUSE)
            self._strikes += 1

    def known(self, now: float) -> dict[str, float]:
        """The resources that are to wait, each with the time until which."""
        return {resource: until for resource, until in self._until.items() if until > now}

    def learn(self, resource: str, until: float) -> None:
        """Note what another process was told."""
        self._until[resource] = max(until, self._until.get(resource, until))

    @staticmethod
    def concerning(resource: str) -> tuple[str, str]:
        """The names under which a resource may be told to wait."""
        return resource, _EVERYTHING


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
