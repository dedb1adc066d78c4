"""The makers of vectors: one record each, one line each."""

from __future__ import annotations

from bot.search.embedders.embedder import Embed, Embedder, EmbedderConfig, Vectors
from bot.search.embedders.minilm import MINILM
from bot.search.embedders.openai import OPENAI

EMBEDDERS: tuple[Embedder, ...] = (MINILM, OPENAI)

__all__ = ["EMBEDDERS", "MINILM", "Embed", "Embedder", "EmbedderConfig", "Vectors"]
