"""Values as JSON, and back."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # hashable: a class or a union of classes
    return TypeAdapter(kind)


def to_json(value: object, kind: Any = None) -> bytes:
    """Canonical JSON of any value of this module (`kind` for a union)."""
    shape: Any = kind or type(value)
    return _adapter(shape).dump_json(value)


def from_json(kind: Any, data: bytes | str) -> Any:
    """The value that `to_json` wrote; raises `pydantic.ValidationError` where it is not one."""
    return _adapter(kind).validate_json(data)
