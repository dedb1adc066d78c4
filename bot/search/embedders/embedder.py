"""The record of an embedder: its model, and how to open it.

Embedders are listed in `bot/search/embedders/__init__.py`. Without one, search is lexical.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

Vectors = NDArray[np.float32]
"""Unit vectors, a row per text; float32, shape (texts, dimensions)."""

Embed = Callable[[Sequence[str]], Vectors]
"""Embed texts, in order. May take long: it is called in a child process."""


_NO_KEY = SecretStr("")


@dataclass(frozen=True, slots=True)
class EmbedderConfig:
    """The operator's configuration.

    Args:
        data_dir: folder for files that an embedder creates once and keeps.
        weights_dir: folder with the files of the embedded model; None to use the installed package.
        api_key: of the provider.
        base_url: of the provider, or of a server with the same protocol; None for the provider's default.
        record_cost: called with the cost of each request, in dollars.
    """

    data_dir: Path
    weights_dir: Path | None = None
    api_key: SecretStr = _NO_KEY
    base_url: str | None = None
    record_cost: Callable[[float], None] = lambda dollars: None


@dataclass(frozen=True, slots=True)
class EmbedderExample:
    """A question, a text near to it and a text far from it."""

    question: str
    near: str
    far: str


@dataclass(frozen=True, slots=True)
class Embedder:
    """An embedder.

    Args:
        name: value of MAS_EMBEDDER.
        model: name of the vectors; vectors of two models are never compared.
        dimensions: of a vector.
        open: return a context manager with the embedding function. Raises `UserError` if something is missing that
            the operator can provide; the function raises `RemoteError` if the provider fails.
        dollars_per_million_tokens: price; 0 for a local model.
        examples: run by the contract tests.
    """

    name: str
    model: str
    dimensions: int
    open: Callable[[EmbedderConfig], AbstractContextManager[Embed]]
    dollars_per_million_tokens: float = 0.0
    examples: tuple[EmbedderExample, ...] = ()
