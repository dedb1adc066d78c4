"""The base model of responses, and their parsing."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import RemoteError


class Response(BaseModel):
    """The fields that are read from a response; other fields are ignored."""

    model_config = ConfigDict(frozen=True)


A = TypeVar("A", bound=Response)


def extract_repository(data: object) -> Any:
    """Return the repository of a GraphQL response. Raises `RemoteError` if the App has no access to it."""
    match data:
        case {"repository": dict(repository)}:
            return repository
    raise RemoteError("The App has no access to the repository.", transient=False)


def parse(model: type[A], data: object) -> A:
    """Parse a response by its model. Raises `RemoteError` if it does not match."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        locations = ", ".join(".".join(map(str, each["loc"])) for each in error.errors()[:3])
        raise RemoteError(f"GitHub's response has an unexpected structure at {locations or 'its root'}.") from None
