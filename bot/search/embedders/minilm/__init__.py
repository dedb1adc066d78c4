"""The embedder that runs on this machine: all-MiniLM-L6-v2 with weights of 8 bits, no network and no torch.

https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import UserError
from bot.search.embedders.embedder import Embed, Embedder, EmbedderConfig, EmbedderExample, Vectors
from bot.search.embedders.minilm.weights import INSTALL_HINT, ensure_model

# The runtime would tell its makers of each process, and keep a file of its own in the folder for temporary ones.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

MAX_TEXT_TOKENS = 256
"""Tokens of a text; the rest is not read."""
MAX_BATCH_TOKENS = 1024
"""Of a batch, blanks counted: larger ones take more time and more memory."""
DIMENSIONS = 384


class _Model:
    """The network and its tokenizer."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(os.cpu_count() or 1, 2)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other work needs the processors
        options.enable_cpu_mem_arena = False  # it would keep the memory of the largest batch
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TEXT_TOKENS)
        self._tokenizer.no_padding()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts of like length go together, so that little of a batch is blank."""
        tokens = [each.ids for each in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda number: len(tokens[number]))
        found = np.empty((len(texts), DIMENSIONS), np.float32)
        for batch in _batches(order, [len(each) for each in tokens]):
            longest = len(tokens[batch[-1]])
            ids = np.zeros((len(batch), longest), np.int64)
            for row, number in enumerate(batch):
                ids[row, : len(tokens[number])] = tokens[number]
            lengths = np.array([len(tokens[number]) for number in batch])
            mask = (np.arange(longest) < lengths[:, None]).astype(np.int64)
            found[batch] = self._session.run(None, {"tokens": ids, "mask": mask})[0]
        return found


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Texts in the order of their lengths, as many at once as fit."""
    batch: list[int] = []
    for number in order:
        if batch and lengths[number] * (len(batch) + 1) > MAX_BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


@cache
def _load_model(folder: Path) -> _Model:
    """Once a process: to load it takes a third of a second."""
    return _Model(folder)


@contextmanager
def _open(config: EmbedderConfig) -> Iterator[Embed]:
    try:
        model = _load_model(ensure_model(config))
    except ImportError as error:
        raise UserError(f"To run the embedded model, the package {error.name} is needed.", INSTALL_HINT) from error
    yield model.embed


MINILM = Embedder(
    name="minilm",
    model="all-MiniLM-L6-v2-int8-1",
    dimensions=DIMENSIONS,
    open=_open,
    examples=(
        EmbedderExample(
            "How do I install it?",
            "Installation\nRun `pip install tool` to get the newest version.",
            "Timeouts\nA request that takes longer than five seconds is given up.",
        ),
        EmbedderExample(
            "Read a value from the environment.",
            "def from_env(name, default=None):\n    return os.environ.get(name, default)",
            "def render(template, **context):\n    return template.format(**context)",
        ),
    ),
)
