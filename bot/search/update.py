"""How a new commit changes what an index holds.

A kill at any write, and a step that runs twice, leave an index that the next change makes whole: what says that
something is there is written after it and dropped before it, and as long as `begun` stands nothing is believed unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from bot.agents.rag_management.chunk import EMBEDDED_KINDS, Chunk
from bot.agents.rag_management.embedding_text import embedding_text
from bot.agents.rag_management.files import Chunker
from bot.domain import Blob, to_json
from bot.ports import IndexStorage
from bot.search.contents import NO_DIGEST, BranchHead, IndexContents, digest, unpack_digests

CHUNK_BATCH_SIZE = 128
"""Chunks that are embedded before they are kept: a kill costs no more than these."""

READ_AHEAD_BLOBS = 60
"""Blobs that are read ahead."""

IndexableFiles = Mapping[str, tuple[Chunker, Blob]]
"""The files of a commit that are searched, by path, or what is in them, by key."""

_KINDS = ("stamp", "head", "digests", "chunks", "vector", "begun")


def update_branch(
    contents: IndexContents,
    branch: str,
    commit: str,
    files: IndexableFiles,
    seq: int | None = None,
    read_ahead: Callable[[list[Blob]], None] = lambda blobs: None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Bring a branch to a commit. After a kill, what was finished is not done again.

    Args:
        number: of the job; where one of a later job stands, nothing is done. Without it: the next one.
        ahead: brings blobs before they are read one by one.
        progress: told how many of the commit's files are done.
    """
    before = contents.heads()
    if seq is None:
        seq = 1 + max((head.number for head in before.values()), default=0)
    if branch in before and before[branch].number > seq:
        return
    keys = {path: reading.key(blob) for path, (reading, blob) in files.items()}
    times = Counter(keys.values())
    begun = contents.entry_name("begun")
    broken_off = bool(contents.storage.load([begun]))
    contents.storage.save({begun: b""})
    wanted = {keys[path]: files[path] for path in sorted(files)}
    known = _intact_keys(contents, list(wanted)) if broken_off else set(contents.digests(list(wanted)))
    done = sum(times[key] for key in known)
    for batch in _chunk_batches({key: file for key, file in wanted.items() if key not in known}, read_ahead):
        contents.storage.save(_new_entries(contents, batch))
        done += sum(times[key] for key in batch)
        progress(done, len(files))
    progress(len(files), len(files))
    head = BranchHead(commit, keys, seq)
    stamp = f"{seq} {commit}".encode()
    contents.storage.save(
        {contents.entry_name("head", branch): to_json(head), contents.entry_name("stamp", branch): stamp}
    )
    _collect_garbage(contents, before, {**before, branch: head}, full=broken_off)
    contents.storage.delete([begun])


def drop_branch(contents: IndexContents, branch: str) -> None:
    """Hold a branch no longer; with the last one everything goes."""
    before = contents.heads()
    after = {name: head for name, head in before.items() if name != branch}
    if not after:
        drop_model(contents)
        return
    begun = contents.entry_name("begun")
    broken_off = bool(contents.storage.load([begun]))
    contents.storage.save({begun: b""})
    contents.storage.delete([contents.entry_name("stamp", branch), contents.entry_name("head", branch)])
    _collect_garbage(contents, before, after, full=False)
    if not broken_off:  # else it is for the move that is under way to look through everything
        contents.storage.delete([begun])


def model_names(storage: IndexStorage) -> set[str]:
    """The names of the models that a shelf holds anything of."""
    return {name.split("/")[1] for kind in ("stamp", "begun") for name in storage.list_names(f"{kind}/")}


def drop_model(contents: IndexContents) -> None:
    """Drop all that is kept for a model; `begun` goes last, so that what a kill leaves is known of."""
    contents.storage.save({contents.entry_name("begun"): b""})
    for kind in _KINDS:
        contents.storage.delete(contents.storage.list_names(contents.entry_name(kind)))


def _intact_keys(contents: IndexContents, keys: list[str]) -> set[str]:
    """Those of the contents of which everything is kept that their digests speak of."""
    chunks, vectors = (contents.storage.list_names(contents.entry_name(kind)) for kind in ("chunks", "vector"))
    return {
        key
        for key, digests in contents.digests(keys).items()
        if contents.entry_name("chunks", key) in chunks
        and all(contents.vector_name(each) in vectors for each in unpack_digests(digests) if each != NO_DIGEST)
    }


def _new_entries(contents: IndexContents, batch: Mapping[str, tuple[Chunk, ...]]) -> dict[str, bytes]:
    """What is kept of new contents: the vectors of texts that are new, their chunks, and, since they say that all of
    it is there, last the digests."""
    texts: dict[bytes, str] = {}
    said: dict[str, bytes] = {}
    for key, chunks in batch.items():
        own = [_text_to_embed(contents, chunk) for chunk in chunks]
        names = [digest(text) if text else NO_DIGEST for text in own]
        texts |= dict(zip(names, own, strict=True))
        said[contents.entry_name("digests", key)] = b"".join(names)
    texts.pop(NO_DIGEST, None)
    kept = {contents.entry_name("chunks", key): to_json(chunks, tuple[Chunk, ...]) for key, chunks in batch.items()}
    return _new_vectors(contents, texts) | kept | said


def _text_to_embed(contents: IndexContents, chunk: Chunk) -> str:
    """What an embedder reads of a chunk; nothing where it is not embedded."""
    return embedding_text(chunk) if contents.model.embed is not None and chunk.kind in EMBEDDED_KINDS else ""


def _new_vectors(contents: IndexContents, texts: Mapping[bytes, str]) -> dict[str, bytes]:
    """The vectors of those texts that have none yet."""
    kept = contents.storage.load([contents.vector_name(each) for each in texts])
    new = [each for each in texts if contents.vector_name(each) not in kept]
    if not new or contents.model.embed is None:
        return {}
    vectors = contents.model.embed([texts[each] for each in new])
    return {contents.vector_name(each): vector.tobytes() for each, vector in zip(new, vectors, strict=True)}


def _collect_garbage(
    contents: IndexContents, before: Mapping[str, BranchHead], after: Mapping[str, BranchHead], *, full: bool
) -> None:
    """Drop what no branch holds any more.

    Args:
        everything: look through all that is kept, since a process that ended early may have left something.
    """
    held = {key for head in after.values() for key in head.files.values()}
    gone = {key for head in before.values() for key in head.files.values()} - held
    if full:
        for kind in ("digests", "chunks"):
            prefix = contents.entry_name(kind)
            gone |= {name.removeprefix(prefix) for name in contents.storage.list_names(prefix)} - held
    if not gone and not full:
        return
    still = {each for value in contents.digests(sorted(held)).values() for each in unpack_digests(value)}
    lost = (
        {each for value in contents.digests(sorted(gone)).values() for each in unpack_digests(value)}
        - still
        - {NO_DIGEST}
    )
    vectors = {contents.vector_name(each) for each in lost}
    if full:
        vectors |= contents.storage.list_names(contents.entry_name("vector")) - {
            contents.vector_name(each) for each in still
        }
    contents.storage.delete(
        [contents.entry_name("digests", key) for key in gone]
    )  # first: they say that the others are there
    contents.storage.delete([*vectors, *(contents.entry_name("chunks", key) for key in gone)])


def _chunk_batches(
    missing: IndexableFiles, read_ahead: Callable[[list[Blob]], None]
) -> Iterator[dict[str, tuple[Chunk, ...]]]:
    """The chunks of new contents, by key, a number of chunks at once."""
    batch: dict[str, tuple[Chunk, ...]] = {}
    blobs = [blob for _, blob in missing.values()]
    for number, (key, (reading, blob)) in enumerate(missing.items()):
        if number % READ_AHEAD_BLOBS == 0:
            read_ahead(blobs[number : number + READ_AHEAD_BLOBS])
        batch[key] = reading.chunks(blob.data)
        blob.release()
        if sum(map(len, batch.values())) >= CHUNK_BATCH_SIZE:
            yield batch
            batch = {}
    if batch:
        yield batch
