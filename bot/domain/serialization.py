"""Serialize values as JSON."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # hashable: a class or a union of classes
    return TypeAdapter(kind)


def to_json(value: object, kind: Any = None) -> bytes:
    """Return the canonical JSON of a domain value. Pass `kind` for a union."""
    shape: Any = kind or type(value)
    return _adapter(shape).dump_json(value)


def from_json(kind: Any, data: bytes | str) -> Any:
    """Parse what `to_json` returned. Raises `pydantic.ValidationError` for anything else."""
    return _adapter(kind).validate_json(data)
