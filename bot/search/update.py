"""Update the contents of an index to a new commit.

A kill at any write, and a step that runs twice, leave an index that the next update repairs: an entry that refers to
others is written after them and deleted before them, and while `begun` exists, references are verified.
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
"""Number of chunks to embed before they are saved: a kill loses at most these."""

READ_AHEAD_BLOBS = 60
"""Number of blobs to fetch ahead."""

IndexableFiles = Mapping[str, tuple[Chunker, Blob]]
"""The files of a commit to index, by path or by content key."""

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
    """Update a branch to a commit. Batches that were saved before a kill are not computed again.

    Args:
        seq: number of the job; nothing is done if a later job has updated the branch. None for the next number.
        read_ahead: fetches blobs before they are read one by one.
        progress: called with the number of indexed files and the number of all files of the commit.
    """
    before = contents.heads()
    if seq is None:
        seq = 1 + max((head.number for head in before.values()), default=0)
    if branch in before and before[branch].number > seq:
        return
    keys = {path: chunker.key(blob) for path, (chunker, blob) in files.items()}
    paths_per_key = Counter(keys.values())
    begun = contents.entry_name("begun")
    interrupted = bool(contents.storage.load([begun]))
    contents.storage.save({begun: b""})
    wanted = {keys[path]: files[path] for path in sorted(files)}
    indexed = _intact_keys(contents, list(wanted)) if interrupted else set(contents.digests(list(wanted)))
    done = sum(paths_per_key[key] for key in indexed)
    for batch in _chunk_batches({key: file for key, file in wanted.items() if key not in indexed}, read_ahead):
        contents.storage.save(_new_entries(contents, batch))
        done += sum(paths_per_key[key] for key in batch)
        progress(done, len(files))
    progress(len(files), len(files))
    head = BranchHead(commit, keys, seq)
    stamp = f"{seq} {commit}".encode()
    contents.storage.save(
        {contents.entry_name("head", branch): to_json(head), contents.entry_name("stamp", branch): stamp}
    )
    _collect_garbage(contents, before, {**before, branch: head}, full=interrupted)
    contents.storage.delete([begun])


def drop_branch(contents: IndexContents, branch: str) -> None:
    """Drop a branch; with the last one, drop everything of the model."""
    before = contents.heads()
    after = {name: head for name, head in before.items() if name != branch}
    if not after:
        drop_model(contents)
        return
    begun = contents.entry_name("begun")
    interrupted = bool(contents.storage.load([begun]))
    contents.storage.save({begun: b""})
    contents.storage.delete([contents.entry_name("stamp", branch), contents.entry_name("head", branch)])
    _collect_garbage(contents, before, after, full=False)
    if not interrupted:  # otherwise the next update of the interrupted branch collects all garbage
        contents.storage.delete([begun])


def model_names(storage: IndexStorage) -> set[str]:
    """Return the names of the models with entries in a storage."""
    return {name.split("/")[1] for kind in ("stamp", "begun") for name in storage.list_names(f"{kind}/")}


def drop_model(contents: IndexContents) -> None:
    """Delete all entries of a model; `begun` is deleted last, so that the rest is found after a kill."""
    contents.storage.save({contents.entry_name("begun"): b""})
    for kind in _KINDS:
        contents.storage.delete(contents.storage.list_names(contents.entry_name(kind)))


def _intact_keys(contents: IndexContents, keys: list[str]) -> set[str]:
    """Return the content keys whose chunks and vectors all exist."""
    chunks, vectors = (contents.storage.list_names(contents.entry_name(kind)) for kind in ("chunks", "vector"))
    return {
        key
        for key, digests in contents.digests(keys).items()
        if contents.entry_name("chunks", key) in chunks
        and all(contents.vector_name(each) in vectors for each in unpack_digests(digests) if each != NO_DIGEST)
    }


def _new_entries(contents: IndexContents, batch: Mapping[str, tuple[Chunk, ...]]) -> dict[str, bytes]:
    """Return the entries of new contents: vectors of new texts, chunks, and last the digests that refer to them."""
    texts: dict[bytes, str] = {}
    digests: dict[str, bytes] = {}
    for key, chunks in batch.items():
        chunk_texts = [_text_to_embed(contents, chunk) for chunk in chunks]
        names = [digest(text) if text else NO_DIGEST for text in chunk_texts]
        texts |= dict(zip(names, chunk_texts, strict=True))
        digests[contents.entry_name("digests", key)] = b"".join(names)
    texts.pop(NO_DIGEST, None)
    entries = {contents.entry_name("chunks", key): to_json(chunks, tuple[Chunk, ...]) for key, chunks in batch.items()}
    return _new_vectors(contents, texts) | entries | digests


def _text_to_embed(contents: IndexContents, chunk: Chunk) -> str:
    """Return the text to embed for a chunk; empty if the chunk is not embedded."""
    return embedding_text(chunk) if contents.model.embed is not None and chunk.kind in EMBEDDED_KINDS else ""


def _new_vectors(contents: IndexContents, texts: Mapping[bytes, str]) -> dict[str, bytes]:
    """Embed the texts that have no vector yet."""
    stored = contents.storage.load([contents.vector_name(each) for each in texts])
    new = [each for each in texts if contents.vector_name(each) not in stored]
    if not new or contents.model.embed is None:
        return {}
    vectors = contents.model.embed([texts[each] for each in new])
    return {contents.vector_name(each): vector.tobytes() for each, vector in zip(new, vectors, strict=True)}


def _collect_garbage(
    contents: IndexContents, before: Mapping[str, BranchHead], after: Mapping[str, BranchHead], *, full: bool
) -> None:
    """Delete the entries that no branch uses any more.

    Args:
        full: check all entries, since an interrupted process may have left some.
    """
    used = {key for head in after.values() for key in head.files.values()}
    unused = {key for head in before.values() for key in head.files.values()} - used
    if full:
        for kind in ("digests", "chunks"):
            prefix = contents.entry_name(kind)
            unused |= {name.removeprefix(prefix) for name in contents.storage.list_names(prefix)} - used
    if not unused and not full:
        return
    used_texts, unused_texts = _text_digests(contents, used), _text_digests(contents, unused)
    vectors = {contents.vector_name(each) for each in unused_texts - used_texts - {NO_DIGEST}}
    if full:
        used_vectors = {contents.vector_name(each) for each in used_texts}
        vectors |= contents.storage.list_names(contents.entry_name("vector")) - used_vectors
    # The digests refer to the other entries, so they are deleted first.
    contents.storage.delete([contents.entry_name("digests", key) for key in unused])
    contents.storage.delete([*vectors, *(contents.entry_name("chunks", key) for key in unused)])


def _text_digests(contents: IndexContents, keys: set[str]) -> set[bytes]:
    return {each for value in contents.digests(sorted(keys)).values() for each in unpack_digests(value)}


def _chunk_batches(
    missing: IndexableFiles, read_ahead: Callable[[list[Blob]], None]
) -> Iterator[dict[str, tuple[Chunk, ...]]]:
    """Yield the chunks of new contents, by key, in batches of about `CHUNK_BATCH_SIZE` chunks."""
    batch: dict[str, tuple[Chunk, ...]] = {}
    blobs = [blob for _, blob in missing.values()]
    for number, (key, (chunker, blob)) in enumerate(missing.items()):
        if number % READ_AHEAD_BLOBS == 0:
            read_ahead(blobs[number : number + READ_AHEAD_BLOBS])
        batch[key] = chunker.chunks(blob.data)
        blob.release()
        if sum(map(len, batch.values())) >= CHUNK_BATCH_SIZE:
            yield batch
            batch = {}
    if batch:
        yield batch
