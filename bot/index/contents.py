"""What an index holds, and how a new commit changes it.

    head/MODEL/BRANCH      the commit, and the key of each path
    begun/MODEL            something is under way, or was when its process ended
    chunks/KEY             the chunks of a file's content
    digests/MODEL/KEY      what an embedder reads of them: a digest for each chunk, in order
    vector/MODEL/DIGEST    the vector of a text

Content is kept by what it is, not by where it lies: branches share it, and a file that is moved costs nothing. Text
that stands in two files, or in two versions of one, is embedded once. Vectors of two models have different names, so
they never meet; while one model's are made, another's serve.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.agents.rag_management import passage as reading_of
from bot.agents.rag_management.chunk import EMBEDDED, Chunk
from bot.agents.rag_management.files import Reading
from bot.agents.rag_management.passage import passage
from bot.domain import Blob, from_json, to_json
from bot.embedders import Embed, Embedder, Vectors
from bot.index.shelf import Shelf

CHUNKS_AT_ONCE = 128
"""Chunks that are embedded before they are kept: a kill costs no more than these."""

BLOBS_AT_ONCE = 60
"""Blobs that are read ahead."""

DIGEST = 8
"""Bytes of a digest."""
NOTHING = bytes(DIGEST)
"""The digest of a chunk that is not embedded."""

Files = Mapping[str, tuple[Reading, Blob]]
"""The files of a commit that are searched, by path, or what is in them, by key."""


@dataclass(frozen=True, slots=True)
class Model:
    """Whose vectors they are, and of which version of the texts that it is given: `MODEL` above.

    Args:
        dimensions: of a vector; 0 for an index of words alone.
        embed: makes vectors; without it those that are kept serve for nothing but the words beside them.
    """

    name: str
    dimensions: int
    embed: Embed | None

    @classmethod
    def of(cls, embedder: Embedder | None, embed: Embed | None) -> Model:
        """The model of an embedder, or of words alone, for the texts of today."""
        own = (embedder.model, embedder.dimensions) if embedder else ("words", 0)
        return cls(f"{own[0]}@{reading_of.VERSION}", own[1], embed)


class Gone(Exception):
    """What a branch was just seen to hold is kept no longer: it was moved meanwhile, perhaps by another process."""


@dataclass(frozen=True, slots=True)
class Head:
    """A branch as it was indexed: the commit, the key of each path, and a number that grows with each time."""

    commit: str
    files: Mapping[str, str]
    number: int


class Contents:
    """The contents of a repository's index for one model."""

    def __init__(self, shelf: Shelf, model: Model) -> None:
        self.shelf, self.model = shelf, model
        self._read: dict[str, tuple[bytes, Head]] = {}

    # ------------------------------------------------------------------ reading

    def heads(self) -> dict[str, Head]:
        """The branches that are indexed."""
        prefix = f"head/{self.model.name}/"
        kept = self.shelf.find(self.shelf.names(prefix))
        return {name.removeprefix(prefix): self._head(name, value) for name, value in kept.items()}

    def head(self, branch: str) -> Head | None:
        """A branch as it was indexed; None where it was not."""
        name = f"head/{self.model.name}/{branch}"
        value = self.shelf.find([name]).get(name)
        return self._head(name, value) if value is not None else None

    def _head(self, name: str, value: bytes) -> Head:
        """A head that is kept; the same one until it is moved, for to read thousands of paths takes a while."""
        known = self._read.get(name)
        if known is None or known[0] != value:
            said = json.loads(value)
            known = self._read[name] = value, Head(said["commit"], said["files"], said["number"])
        return known[1]

    def chunks(self, keys: Sequence[str]) -> dict[str, tuple[Chunk, ...]]:
        """The chunks of contents. Raises `Gone` where some are not kept."""
        kept = self.shelf.find([f"chunks/{key}" for key in keys])
        if len(kept) < len(set(keys)):
            raise Gone
        return {name.removeprefix("chunks/"): from_json(tuple[Chunk, ...], value) for name, value in kept.items()}

    def digests(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The digests of those contents that are indexed, one after the other."""
        prefix = f"digests/{self.model.name}/"
        kept = self.shelf.find([prefix + key for key in keys])
        return {name.removeprefix(prefix): value for name, value in kept.items()}

    def vectors(self, digests: Sequence[bytes]) -> Vectors:
        """The vectors of texts by their digests; zeros where nothing is embedded.

        Raises:
            Gone: some are not kept.
        """
        wanted = {self._vector(digest) for digest in digests if digest != NOTHING}
        kept = self.shelf.find(wanted)
        if len(kept) < len(wanted):
            raise Gone
        zeros = bytes(4 * self.model.dimensions)
        rows = [kept.get(self._vector(digest), zeros) for digest in digests]
        return np.frombuffer(b"".join(rows), np.float32).reshape(len(rows), self.model.dimensions)

    def _vector(self, digest: bytes) -> str:
        return f"vector/{self.model.name}/{digest.hex()}"

    # ------------------------------------------------------------------ writing

    def move(
        self,
        branch: str,
        commit: str,
        files: Files,
        ahead: Callable[[list[Blob]], None] = lambda blobs: None,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        """Bring a branch to a commit. After a kill, what was finished is not done again.

        Args:
            ahead: brings blobs before they are read one by one.
            progress: told how many of the commit's files are done.
        """
        keys = {path: reading.key(blob) for path, (reading, blob) in files.items()}
        begun = f"begun/{self.model.name}"
        broken_off = bool(self.shelf.find([begun]))
        before = self.heads()
        self.shelf.keep({begun: b""})
        self._add({keys[path]: files[path] for path in sorted(files)}, ahead, progress)
        number = 1 + max((head.number for head in before.values()), default=0)
        after = {**before, branch: Head(commit, keys, number)}
        self.shelf.keep({f"head/{self.model.name}/{branch}": to_json(after[branch])})
        self._let_go(before, after, everything=broken_off)
        self.shelf.drop([begun])

    def _add(self, wanted: Files, ahead: Callable[[list[Blob]], None], progress: Callable[[int, int], None]) -> None:
        """Keep what is lacking of some contents, by key."""
        known = self.digests(list(wanted))
        lacking = {key: file for key, file in wanted.items() if key not in known}
        done = len(wanted) - len(lacking)
        for batch in _batches(lacking, ahead):
            self.shelf.keep(self._made(batch))
            done += len(batch)
            progress(done, len(wanted))
        progress(len(wanted), len(wanted))

    def forget(self, branch: str) -> None:
        """Hold a branch no longer."""
        before = self.heads()
        after = {name: head for name, head in before.items() if name != branch}
        self.shelf.drop([f"head/{self.model.name}/{branch}"])
        self._let_go(before, after, everything=False)

    def _made(self, batch: Mapping[str, tuple[Chunk, ...]]) -> dict[str, bytes]:
        """What is kept of new contents: the vectors of texts that are new, their chunks, and, since they say that all
        of it is there, last the digests."""
        texts: dict[bytes, str] = {}
        said: dict[str, bytes] = {}
        for key, chunks in batch.items():
            own = [self._text(chunk) for chunk in chunks]
            names = [digest(text) if text else NOTHING for text in own]
            texts |= dict(zip(names, own, strict=True))
            said[f"digests/{self.model.name}/{key}"] = b"".join(names)
        texts.pop(NOTHING, None)
        kept = {f"chunks/{key}": to_json(chunks, tuple[Chunk, ...]) for key, chunks in batch.items()}
        return self._vectors(texts) | kept | said

    def _text(self, chunk: Chunk) -> str:
        """What an embedder reads of a chunk; nothing where it is not embedded."""
        return passage(chunk) if self.model.embed is not None and chunk.kind in EMBEDDED else ""

    def _vectors(self, texts: Mapping[bytes, str]) -> dict[str, bytes]:
        """The vectors of those texts that have none yet."""
        kept = self.shelf.find([self._vector(each) for each in texts])
        new = [each for each in texts if self._vector(each) not in kept]
        if not new or self.model.embed is None:
            return {}
        vectors = self.model.embed([texts[each] for each in new])
        return {self._vector(each): vector.tobytes() for each, vector in zip(new, vectors, strict=True)}

    def _let_go(self, before: Mapping[str, Head], after: Mapping[str, Head], *, everything: bool) -> None:
        """Drop what no branch holds any more.

        Args:
            everything: look through all that is kept, since a process that ended early may have left something.
        """
        held = {key for head in after.values() for key in head.files.values()}
        own = f"digests/{self.model.name}/"
        kept = {name.removeprefix(own) for name in self.shelf.names(own)} if everything else set()
        gone = sorted(({key for head in before.values() for key in head.files.values()} | kept) - held)
        if not gone and not everything:
            return
        still = {each for value in self.digests(sorted(held)).values() for each in _split(value)}
        lost = {each for value in self.digests(gone).values() for each in _split(value)} - still
        vectors = {self._vector(each) for each in lost}
        if everything:
            vectors |= self.shelf.names(f"vector/{self.model.name}/") - {self._vector(each) for each in still}
        elsewhere = self._others(gone)
        chunks = [f"chunks/{key}" for key in gone if key not in elsewhere]
        self.shelf.drop([own + key for key in gone])  # first, for they say that the others are there
        self.shelf.drop([*vectors, *chunks])

    def _others(self, keys: Sequence[str]) -> set[str]:
        """Those of the contents that are indexed for another model, too."""
        models = {name.split("/")[1] for name in self.shelf.names("head/")} - {self.model.name}
        found: set[str] = set()
        for model in models:
            prefix = f"digests/{model}/"
            found |= {name.removeprefix(prefix) for name in self.shelf.find([prefix + key for key in keys])}
        return found


def digest(text: str) -> bytes:
    """Names a text."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=DIGEST).digest()


def _split(digests: bytes) -> list[bytes]:
    return [digests[at : at + DIGEST] for at in range(0, len(digests), DIGEST)]


def _batches(lacking: Files, ahead: Callable[[list[Blob]], None]) -> Iterator[dict[str, tuple[Chunk, ...]]]:
    """The chunks of new contents, by key, a number of chunks at once."""
    batch: dict[str, tuple[Chunk, ...]] = {}
    blobs = [blob for _, blob in lacking.values()]
    for number, (key, (reading, blob)) in enumerate(lacking.items()):
        if number % BLOBS_AT_ONCE == 0:
            ahead(blobs[number : number + BLOBS_AT_ONCE])
        batch[key] = reading.chunks(blob.data)
        blob.release()
        if sum(map(len, batch.values())) >= CHUNKS_AT_ONCE:
            yield batch
            batch = {}
    if batch:
        yield batch
