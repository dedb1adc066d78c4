"""How this GitHub says no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

JSON = "application/json; charset=utf-8"


def encoded(body: Any) -> bytes:
    """A JSON-able value as it goes over the wire; nothing for None."""
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()


class Refusal(Exception):
    """A request that is not done.

    Args:
        status: the HTTP status.
        message: GitHub's words.
        errors: the `errors` of a validation failure.
        headers: added to the answer.
        text: answered in place of JSON, for faults that are not GitHub's API speaking.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})
        self.text = text

    @property
    def content(self) -> bytes:
        """What goes over the wire."""
        return encoded(self.body) if self.text is None else self.text.encode()

    @property
    def media(self) -> str:
        """Its media type."""
        return JSON if self.text is None else "text/html; charset=utf-8"

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        return body | {"documentation_url": "https://docs.github.com/rest", "status": str(self.status)}


class Moved(Refusal):
    """A redirect to where a renamed or transferred repository is found by its number."""

    def __init__(self, location: str, *, reading: bool) -> None:
        super().__init__(301 if reading else 307, "Moved Permanently", headers={"Location": location})
        self.location = location

    @property
    def body(self) -> dict[str, Any]:
        return super().body | {"url": self.location}


def invalid(*errors: dict[str, Any]) -> Refusal:
    """A 422 with GitHub's list of errors."""
    return Refusal(422, "Validation Failed", errors=list(errors))


def custom(resource: str, message: str, **more: str) -> dict[str, Any]:
    """An entry of that list in GitHub's own words."""
    return {"resource": resource, "code": "custom", **more, "message": message}


def too_long(resource: str, field: str, limit: int) -> dict[str, Any]:
    """The entry for a text above its limit."""
    return custom(resource, f"{field} is too long (maximum is {limit} characters)", field=field)
