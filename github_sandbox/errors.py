"""Error responses of the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

JSON = "application/json; charset=utf-8"


def encode_json(body: Any) -> bytes:
    """Return a value as JSON bytes, or no bytes for None."""
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()


class ApiError(Exception):
    """A request that fails with an error response.

    Args:
        status: HTTP status.
        message: GitHub's message.
        errors: the `errors` array of a validation failure.
        headers: additional response headers.
        text: body to send instead of JSON, to simulate errors that do not come from GitHub's API itself.
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
        """Return the bytes of the response body."""
        return encode_json(self.body) if self.text is None else self.text.encode()

    @property
    def media_type(self) -> str:
        """Return the media type of the response body."""
        return JSON if self.text is None else "text/html; charset=utf-8"

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON object of the response."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        return body | {"documentation_url": "https://docs.github.com/rest", "status": str(self.status)}


class RepositoryMoved(ApiError):
    """A redirect of a renamed or transferred repository's path to its path by id."""

    def __init__(self, location: str, *, reading: bool) -> None:
        super().__init__(301 if reading else 307, "Moved Permanently", headers={"Location": location})
        self.location = location

    @property
    def body(self) -> dict[str, Any]:
        return super().body | {"url": self.location}


def validation_failed(*errors: dict[str, Any]) -> ApiError:
    """Return a 422 error with GitHub's list of validation errors."""
    return ApiError(422, "Validation Failed", errors=list(errors))


def custom_error(resource: str, message: str, **more: str) -> dict[str, Any]:
    """Return a validation error with a message of its own."""
    return {"resource": resource, "code": "custom", **more, "message": message}


def too_long_error(resource: str, field: str, limit: int) -> dict[str, Any]:
    """Return the validation error for a text above its length limit."""
    return custom_error(resource, f"{field} is too long (maximum is {limit} characters)", field=field)
