"""OpenAI's embeddings, or those of any server that speaks the same protocol.

https://platform.openai.com/docs/api-reference/embeddings
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from bot.agents.rag_management.chunk import count_tokens
from bot.errors import RemoteError, UserError
from bot.search.embedders.embedder import Embed, Embedder, EmbedderConfig, EmbedderExample, Vectors

if TYPE_CHECKING:
    import openai

MODEL, DIMENSIONS, DOLLARS_PER_MILLION_TOKENS = "text-embedding-3-small", 1536, 0.02

MAX_BATCH_TEXTS, MAX_BATCH_TOKENS = 2048, 100_000
"""Of a request: what the provider takes, and a third of what it takes, since tokens are only estimated here."""
MAX_TEXT_LENGTH = 16_000
"""Characters of a text; 8,192 tokens are taken, and a line of data can be a token a character or two."""

_MAX_ATTEMPTS, _TIMEOUT_SECONDS = 6, 60.0


@contextmanager
def _open(config: EmbedderConfig) -> Iterator[Embed]:
    try:
        import openai
    except ImportError as error:
        raise UserError(
            "The package openai is not installed.",
            "Install it (pip install 'mas-docs-bot[models]'), or set another MAS_EMBEDDER.",
        ) from error
    key = config.api_key.get_secret_value()
    if not key:
        raise UserError("MAS_EMBEDDER is openai, but OPENAI_API_KEY is not set.", "Set it, or another MAS_EMBEDDER.")
    # The SDK waits as long as the provider asks for, and longer each time, before it tries again.
    url = config.base_url or "https://api.openai.com/v1"
    with openai.OpenAI(api_key=key, base_url=url, max_retries=_MAX_ATTEMPTS - 1, timeout=_TIMEOUT_SECONDS) as client:

        def embed(texts: Sequence[str]) -> Vectors:
            found = np.empty((len(texts), DIMENSIONS), np.float32)
            at = 0
            for batch in batches(texts):
                found[at : at + len(batch)] = _request_embeddings(client, batch, config)
                at += len(batch)
            return found

        yield embed


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in order, cut to what is taken, as many at once as a request may hold."""
    batch: list[str] = []
    spent = 0
    for text in texts:
        cut = text[:MAX_TEXT_LENGTH] or " "  # an empty text is refused
        cost = count_tokens(cut)
        if batch and (len(batch) == MAX_BATCH_TEXTS or spent + cost > MAX_BATCH_TOKENS):
            yield batch
            batch, spent = [], 0
        batch.append(cut)
        spent += cost
    if batch:
        yield batch


def _request_embeddings(client: openai.OpenAI, batch: list[str], config: EmbedderConfig) -> Vectors:
    """One request. What the provider says of a failure is not passed on: it can hold a part of the key."""
    import openai

    try:
        answer = client.embeddings.create(model=MODEL, input=batch, dimensions=DIMENSIONS, encoding_format="float")
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        raise UserError(
            "The embeddings' provider does not take this OPENAI_API_KEY.", "Is it right, and has it not ended?"
        ) from None
    except openai.APIStatusError as error:
        lasting = error.status_code < 500 and error.status_code not in (408, 409, 429)
        raise RemoteError(
            f"The embeddings' provider answered {error.status_code} to {len(batch)} texts.", transient=not lasting
        ) from None
    except openai.APIError as error:
        raise RemoteError(f"The embeddings' provider cannot be reached: {type(error).__name__}.") from None
    config.record_cost(answer.usage.total_tokens * DOLLARS_PER_MILLION_TOKENS / 1e6)
    rows = [each.embedding for each in sorted(answer.data, key=lambda each: each.index)]
    if len(rows) != len(batch) or any(len(row) != DIMENSIONS for row in rows):
        raise RemoteError(
            f"The embeddings' provider did not answer with a vector of {DIMENSIONS} numbers for each text.",
            transient=False,
        )
    vectors = np.array(rows, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


OPENAI = Embedder(
    name="openai",
    model=MODEL,
    dimensions=DIMENSIONS,
    open=_open,
    dollars_per_million_tokens=DOLLARS_PER_MILLION_TOKENS,
    examples=(
        EmbedderExample(
            "How do I install it?",
            "Installation\nRun `pip install tool` to get the newest version.",
            "Timeouts\nA request that takes longer than five seconds is given up.",
        ),
    ),
)
