"""What an embedder tells the index: which model makes its vectors, and how it is opened.

One record an embedder (see `bot/embedders/__init__.py`). To have none is no record: a search then goes by words.
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
"""A row of length 1 for each text."""

Embed = Callable[[Sequence[str]], Vectors]
"""Vectors of texts, in their order. It takes as long as it takes: it is called in a process of its own."""


_NO_KEY = SecretStr("")


@dataclass(frozen=True, slots=True)
class EmbedderConfig:
    """What the operator says.

    Args:
        data: the folder for what is made once and kept.
        weights: a folder with the embedded model's files; None where a package brings them.
        key: of the provider.
        url: where the provider, or another that speaks its protocol, is; None for its own.
        charge: told what each request cost, in dollars.
    """

    data_dir: Path
    weights_dir: Path | None = None
    api_key: SecretStr = _NO_KEY
    base_url: str | None = None
    record_cost: Callable[[float], None] = lambda dollars: None


@dataclass(frozen=True, slots=True)
class EmbedderExample:
    """A question, and two texts of which the first is nearer to it."""

    question: str
    near: str
    far: str


@dataclass(frozen=True, slots=True)
class Embedder:
    """A maker of vectors.

    Args:
        name: as the operator writes it.
        model: names its vectors; those of two models are never compared.
        dimensions: of a vector.
        open: gives the function that embeds. It raises `UserError` where something is missing that the operator can
            bring, and the function `RemoteError` where the provider fails.
        price: dollars for a million tokens; 0 where it runs here.
        examples: run by the contract tests.
    """

    name: str
    model: str
    dimensions: int
    open: Callable[[EmbedderConfig], AbstractContextManager[Embed]]
    dollars_per_million_tokens: float = 0.0
    examples: tuple[EmbedderExample, ...] = ()
