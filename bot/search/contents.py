"""Contents of an index: the entries in its storage.

    stamp/MODEL/BRANCH     version of the branch's head
    head/MODEL/BRANCH      the commit, and the content key of each path
    begun/MODEL/           an update is in progress, or was when its process ended
    digests/MODEL/KEY      digests of the embedded text of each chunk of a file's content, in order
    chunks/MODEL/KEY       the chunks of a file's content
    vector/MODEL/DIGEST    the vector of a text

Content is addressed by hash, not by path: branches share it, and moving a file costs nothing. Text that occurs in two
files, or in two versions of one, is embedded once. Models share no entries: while the index of a new model is built,
the old one still serves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.agents.rag_management import embedding_text
from bot.agents.rag_management.chunk import Chunk
from bot.domain import from_json
from bot.ports import IndexStorage
from bot.search.embedders import Embed, Embedder, Vectors

DIGEST_BYTES = 8
"""Size of a digest, in bytes."""
NO_DIGEST = bytes(DIGEST_BYTES)
"""The digest of a chunk that is not embedded."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """An embedding model with the version of the texts that it embeds.

    Args:
        name: `MODEL` above.
        dimensions: of a vector; 0 for a lexical index.
        embed: the embedding function; None if it is not available: stored vectors are then not searched.
    """

    name: str
    dimensions: int
    embed: Embed | None

    @classmethod
    def from_embedder(cls, embedder: Embedder | None, embed: Embed | None) -> EmbeddingModel:
        """Return the model of an embedder, or the lexical one for None, with the current version of the texts."""
        name, dimensions = (embedder.model, embedder.dimensions) if embedder else ("words", 0)
        return cls(f"{name}@{embedding_text.VERSION}", dimensions, embed)


class StaleIndexError(Exception):
    """The index changed while it was being read, for example by another process."""


@dataclass(frozen=True, slots=True)
class BranchHead:
    """The indexed state of a branch.

    Args:
        commit: the indexed commit.
        files: path → content key.
        number: of the update; later updates have higher numbers.
    """

    commit: str
    files: Mapping[str, str]
    number: int


class IndexContents:
    """The contents of a repository's index for one model."""

    def __init__(self, storage: IndexStorage, model: EmbeddingModel) -> None:
        self.storage, self.model = storage, model
        self._heads: dict[str, tuple[bytes, BranchHead]] = {}

    def entry_name(self, kind: str, suffix: str = "") -> str:
        """Return the name of an entry; without `suffix`, the prefix of all entries of a kind."""
        return f"{kind}/{self.model.name}/{suffix}"

    def heads(self) -> dict[str, BranchHead]:
        """Load the heads of all indexed branches."""
        return self._load_heads(self.storage.list_names(self.entry_name("stamp")))

    def head(self, branch: str) -> BranchHead | None:
        """Load the head of a branch; None if it is not indexed."""
        return self._load_heads([self.entry_name("stamp", branch)]).get(branch)

    def _load_heads(self, stamps: Collection[str]) -> dict[str, BranchHead]:
        """Load the heads of some stamps, by branch. A head may be megabytes: it is read only if its stamp is new."""
        prefix = self.entry_name("stamp")
        current = {name.removeprefix(prefix): value for name, value in self.storage.load(stamps).items()}
        known = {branch: self._heads[branch] for branch in current if branch in self._heads}
        new = [branch for branch, stamp in current.items() if branch not in known or known[branch][0] != stamp]
        loaded = self.storage.load([self.entry_name("head", branch) for branch in new])
        for branch in new:
            value = loaded.get(self.entry_name("head", branch))
            self._heads.pop(branch, None)
            if value is not None:  # None if it was dropped between the two reads
                self._heads[branch] = current[branch], BranchHead(**json.loads(value))
        return {branch: self._heads[branch][1] for branch in current if branch in self._heads}

    def chunks(self, keys: Sequence[str]) -> dict[str, tuple[Chunk, ...]]:
        """Load chunks by content key. Raises `StaleIndexError` if some are missing."""
        prefix = self.entry_name("chunks")
        values = self.storage.load([prefix + key for key in keys])
        if len(values) < len(set(keys)):
            raise StaleIndexError
        return {name.removeprefix(prefix): from_json(tuple[Chunk, ...], value) for name, value in values.items()}

    def digests(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Load the concatenated digests by content key; keys that are not indexed are left out."""
        prefix = self.entry_name("digests")
        values = self.storage.load([prefix + key for key in keys])
        return {name.removeprefix(prefix): value for name, value in values.items()}

    def vectors(self, digests: Sequence[bytes]) -> Vectors:
        """Load the vectors of text digests: float32, shape (digests, dimensions), zeros for `NO_DIGEST`.

        Raises:
            StaleIndexError: some are missing.
        """
        if not self.model.dimensions:
            return np.zeros((len(digests), 0), np.float32)
        wanted = {self.vector_name(digest) for digest in digests if digest != NO_DIGEST}
        values = self.storage.load(wanted)
        if len(values) < len(wanted):
            raise StaleIndexError
        zeros = bytes(4 * self.model.dimensions)
        rows = [values.get(self.vector_name(digest), zeros) for digest in digests]
        return np.frombuffer(b"".join(rows), np.float32).reshape(len(rows), self.model.dimensions)

    def vector_name(self, digest: bytes) -> str:
        """Return the name of a text's vector."""
        return self.entry_name("vector", digest.hex())


def digest(text: str) -> bytes:
    """Return the digest of a text."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=DIGEST_BYTES).digest()


def unpack_digests(digests: bytes) -> list[bytes]:
    """Split concatenated digests."""
    return [digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)]
