"""What an index holds.

    stamp/MODEL/BRANCH     which head stands
    head/MODEL/BRANCH      the commit, and the key of each path
    begun/MODEL/           something is under way, or was when its process ended
    digests/MODEL/KEY      what an embedder reads of a file's content: a digest for each chunk, in order
    chunks/MODEL/KEY       the chunks of a file's content
    vector/MODEL/DIGEST    the vector of a text

Content is kept by what it is, not by where it lies: branches share it, and a file that is moved costs nothing. Text
that stands in two files, or in two versions of one, is embedded once. Two models share nothing: while what one needs is
made, the other serves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.agents.rag_management import embedding_text as reading_of
from bot.agents.rag_management.chunk import Chunk
from bot.domain import from_json
from bot.ports import IndexStorage
from bot.search.embedders import Embed, Embedder, Vectors

DIGEST_BYTES = 8
"""Bytes of a digest."""
NO_DIGEST = bytes(DIGEST_BYTES)
"""The digest of a chunk that is not embedded."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """Whose vectors they are, and of which version of the texts that it is given: `MODEL` above.

    Args:
        dimensions: of a vector; 0 for an index of words alone.
        embed: makes vectors; without it those that are kept serve for nothing but the words beside them.
    """

    name: str
    dimensions: int
    embed: Embed | None

    @classmethod
    def from_embedder(cls, embedder: Embedder | None, embed: Embed | None) -> EmbeddingModel:
        """The model of an embedder, or of words alone, for the texts of today."""
        own = (embedder.model, embedder.dimensions) if embedder else ("words", 0)
        return cls(f"{own[0]}@{reading_of.VERSION}", own[1], embed)


class StaleIndexError(Exception):
    """What a branch was just seen to hold is kept no longer: it was moved meanwhile, perhaps by another process."""


@dataclass(frozen=True, slots=True)
class BranchHead:
    """A branch as it was indexed: the commit, the key of each path, and a number that grows with each time."""

    commit: str
    files: Mapping[str, str]
    number: int


class IndexContents:
    """The contents of a repository's index for one model."""

    def __init__(self, storage: IndexStorage, model: EmbeddingModel) -> None:
        self.storage, self.model = storage, model
        self._heads: dict[str, tuple[bytes, BranchHead]] = {}

    def entry_name(self, kind: str, suffix: str = "") -> str:
        """The name of something on the shelf; without `of`, how the names of all of a kind begin."""
        return f"{kind}/{self.model.name}/{suffix}"

    def heads(self) -> dict[str, BranchHead]:
        """The branches that are indexed."""
        return self._load_heads(self.storage.list_names(self.entry_name("stamp")))

    def head(self, branch: str) -> BranchHead | None:
        """A branch as it was indexed; None where it was not."""
        return self._load_heads([self.entry_name("stamp", branch)]).get(branch)

    def _load_heads(self, stamps: Collection[str]) -> dict[str, BranchHead]:
        """The heads of some stamps by branch. One is read again only where its stamp is new: it may be megabytes."""
        prefix = self.entry_name("stamp")
        kept = {name.removeprefix(prefix): value for name, value in self.storage.load(stamps).items()}
        known = {branch: self._heads[branch] for branch in kept if branch in self._heads}
        new = [branch for branch, stamp in kept.items() if branch not in known or known[branch][0] != stamp]
        read = self.storage.load([self.entry_name("head", branch) for branch in new])
        for branch in new:
            value = read.get(self.entry_name("head", branch))
            self._heads.pop(branch, None)
            if value is not None:  # else it was dropped between our two looks
                self._heads[branch] = kept[branch], BranchHead(**json.loads(value))
        return {branch: self._heads[branch][1] for branch in kept if branch in self._heads}

    def chunks(self, keys: Sequence[str]) -> dict[str, tuple[Chunk, ...]]:
        """The chunks of contents. Raises `StaleIndexError` where some are not kept."""
        prefix = self.entry_name("chunks")
        kept = self.storage.load([prefix + key for key in keys])
        if len(kept) < len(set(keys)):
            raise StaleIndexError
        return {name.removeprefix(prefix): from_json(tuple[Chunk, ...], value) for name, value in kept.items()}

    def digests(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The digests of those contents that are indexed, one after the other."""
        prefix = self.entry_name("digests")
        kept = self.storage.load([prefix + key for key in keys])
        return {name.removeprefix(prefix): value for name, value in kept.items()}

    def vectors(self, digests: Sequence[bytes]) -> Vectors:
        """The vectors of texts by their digests; zeros where nothing is embedded.

        Raises:
            Gone: some are not kept.
        """
        if not self.model.dimensions:
            return np.zeros((len(digests), 0), np.float32)
        wanted = {self.vector_name(digest) for digest in digests if digest != NO_DIGEST}
        kept = self.storage.load(wanted)
        if len(kept) < len(wanted):
            raise StaleIndexError
        zeros = bytes(4 * self.model.dimensions)
        rows = [kept.get(self.vector_name(digest), zeros) for digest in digests]
        return np.frombuffer(b"".join(rows), np.float32).reshape(len(rows), self.model.dimensions)

    def vector_name(self, digest: bytes) -> str:
        """The name of a text's vector."""
        return self.entry_name("vector", digest.hex())


def digest(text: str) -> bytes:
    """Names a text."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=DIGEST_BYTES).digest()


def unpack_digests(digests: bytes) -> list[bytes]:
    """The digests of a content's chunks."""
    return [digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)]
