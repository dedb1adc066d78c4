"""The shape of an answer, and how one is read."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import RemoteError


class Response(BaseModel):
    """What is read of an answer; whatever else it holds is passed over."""

    model_config = ConfigDict(frozen=True)


A = TypeVar("A", bound=Response)


def extract_repository(data: object) -> Any:
    """The repository in a GraphQL answer; raises `RemoteError` where the App does not see it."""
    match data:
        case {"repository": dict(found)}:
            return found
    raise RemoteError("GitHub does not show the repository to the App.", transient=False)


def parse(model: type[A], data: object) -> A:
    """An answer in the shape that it should have; raises `RemoteError` where it has another."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors()[:3])
        raise RemoteError(f"GitHub's answer is not as expected at {places or 'its root'}.") from None
