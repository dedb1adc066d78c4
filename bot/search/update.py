"""How a new commit changes what an index holds.

A kill at any write, and a step that runs twice, leave an index that the next change makes whole: what says that
something is there is written after it and dropped before it, and as long as `begun` stands nothing is believed unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from bot.agents.rag_management.chunk import EMBEDDED, Chunk
from bot.agents.rag_management.files import Reading
from bot.agents.rag_management.passage import passage
from bot.domain import Blob, to_json
from bot.ports import Shelf
from bot.search.contents import NOTHING, Contents, Head, digest, split

CHUNKS_AT_ONCE = 128
"""Chunks that are embedded before they are kept: a kill costs no more than these."""

BLOBS_AT_ONCE = 60
"""Blobs that are read ahead."""

Files = Mapping[str, tuple[Reading, Blob]]
"""The files of a commit that are searched, by path, or what is in them, by key."""

_KINDS = ("stamp", "head", "digests", "chunks", "vector", "begun")


def move(
    contents: Contents,
    branch: str,
    commit: str,
    files: Files,
    number: int | None = None,
    ahead: Callable[[list[Blob]], None] = lambda blobs: None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Bring a branch to a commit. After a kill, what was finished is not done again.

    Args:
        number: of the job; where one of a later job stands, nothing is done. Without it: the next one.
        ahead: brings blobs before they are read one by one.
        progress: told how many of the commit's files are done.
    """
    before = contents.heads()
    if number is None:
        number = 1 + max((head.number for head in before.values()), default=0)
    if branch in before and before[branch].number > number:
        return
    keys = {path: reading.key(blob) for path, (reading, blob) in files.items()}
    times = Counter(keys.values())
    begun = contents.named("begun")
    broken_off = bool(contents.shelf.find([begun]))
    contents.shelf.keep({begun: b""})
    wanted = {keys[path]: files[path] for path in sorted(files)}
    known = _whole(contents, list(wanted)) if broken_off else set(contents.digests(list(wanted)))
    done = sum(times[key] for key in known)
    for batch in _batches({key: file for key, file in wanted.items() if key not in known}, ahead):
        contents.shelf.keep(_made(contents, batch))
        done += sum(times[key] for key in batch)
        progress(done, len(files))
    progress(len(files), len(files))
    head = Head(commit, keys, number)
    stamp = f"{number} {commit}".encode()
    contents.shelf.keep({contents.named("head", branch): to_json(head), contents.named("stamp", branch): stamp})
    _let_go(contents, before, {**before, branch: head}, everything=broken_off)
    contents.shelf.drop([begun])


def forget(contents: Contents, branch: str) -> None:
    """Hold a branch no longer; with the last one everything goes."""
    before = contents.heads()
    after = {name: head for name, head in before.items() if name != branch}
    if not after:
        abandon(contents)
        return
    begun = contents.named("begun")
    broken_off = bool(contents.shelf.find([begun]))
    contents.shelf.keep({begun: b""})
    contents.shelf.drop([contents.named("stamp", branch), contents.named("head", branch)])
    _let_go(contents, before, after, everything=False)
    if not broken_off:  # else it is for the move that is under way to look through everything
        contents.shelf.drop([begun])


def models(shelf: Shelf) -> set[str]:
    """The names of the models that a shelf holds anything of."""
    return {name.split("/")[1] for kind in ("stamp", "begun") for name in shelf.names(f"{kind}/")}


def abandon(contents: Contents) -> None:
    """Drop all that is kept for a model; `begun` goes last, so that what a kill leaves is known of."""
    contents.shelf.keep({contents.named("begun"): b""})
    for kind in _KINDS:
        contents.shelf.drop(contents.shelf.names(contents.named(kind)))


def _whole(contents: Contents, keys: list[str]) -> set[str]:
    """Those of the contents of which everything is kept that their digests speak of."""
    chunks, vectors = (contents.shelf.names(contents.named(kind)) for kind in ("chunks", "vector"))
    return {
        key
        for key, digests in contents.digests(keys).items()
        if contents.named("chunks", key) in chunks
        and all(contents.vector(each) in vectors for each in split(digests) if each != NOTHING)
    }


def _made(contents: Contents, batch: Mapping[str, tuple[Chunk, ...]]) -> dict[str, bytes]:
    """What is kept of new contents: the vectors of texts that are new, their chunks, and, since they say that all of
    it is there, last the digests."""
    texts: dict[bytes, str] = {}
    said: dict[str, bytes] = {}
    for key, chunks in batch.items():
        own = [_text(contents, chunk) for chunk in chunks]
        names = [digest(text) if text else NOTHING for text in own]
        texts |= dict(zip(names, own, strict=True))
        said[contents.named("digests", key)] = b"".join(names)
    texts.pop(NOTHING, None)
    kept = {contents.named("chunks", key): to_json(chunks, tuple[Chunk, ...]) for key, chunks in batch.items()}
    return _vectors(contents, texts) | kept | said


def _text(contents: Contents, chunk: Chunk) -> str:
    """What an embedder reads of a chunk; nothing where it is not embedded."""
    return passage(chunk) if contents.model.embed is not None and chunk.kind in EMBEDDED else ""


def _vectors(contents: Contents, texts: Mapping[bytes, str]) -> dict[str, bytes]:
    """The vectors of those texts that have none yet."""
    kept = contents.shelf.find([contents.vector(each) for each in texts])
    new = [each for each in texts if contents.vector(each) not in kept]
    if not new or contents.model.embed is None:
        return {}
    vectors = contents.model.embed([texts[each] for each in new])
    return {contents.vector(each): vector.tobytes() for each, vector in zip(new, vectors, strict=True)}


def _let_go(contents: Contents, before: Mapping[str, Head], after: Mapping[str, Head], *, everything: bool) -> None:
    """Drop what no branch holds any more.

    Args:
        everything: look through all that is kept, since a process that ended early may have left something.
    """
    held = {key for head in after.values() for key in head.files.values()}
    gone = {key for head in before.values() for key in head.files.values()} - held
    if everything:
        for kind in ("digests", "chunks"):
            prefix = contents.named(kind)
            gone |= {name.removeprefix(prefix) for name in contents.shelf.names(prefix)} - held
    if not gone and not everything:
        return
    still = {each for value in contents.digests(sorted(held)).values() for each in split(value)}
    lost = {each for value in contents.digests(sorted(gone)).values() for each in split(value)} - still - {NOTHING}
    vectors = {contents.vector(each) for each in lost}
    if everything:
        vectors |= contents.shelf.names(contents.named("vector")) - {contents.vector(each) for each in still}
    contents.shelf.drop([contents.named("digests", key) for key in gone])  # first: they say that the others are there
    contents.shelf.drop([*vectors, *(contents.named("chunks", key) for key in gone)])


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
