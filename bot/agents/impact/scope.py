"""Find the documents that a code change can make stale, and count their words for the ranking."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from functools import partial

from bot.agents.impact.documents import DocumentWords, count_words
from bot.domain import Blob, Tree
from bot.formats.format import Format
from bot.formats.living import find_candidate_documents
from bot.text.file_classes.content import classify_prose

MAX_DOCUMENT_BYTES = 1_000_000
"""Maximum size of a document, in bytes; larger ones are not read."""


def load_documents(
    tree: Tree, formats: Sequence[Format], cache: MutableMapping[str, DocumentWords]
) -> dict[str, DocumentWords]:
    """Load the documents of a tree, by path, with `cache` keyed by blob."""
    found: dict[str, DocumentWords] = {}
    for path, (form, classification) in find_candidate_documents(tree, formats).items():
        blob = tree[path]
        if blob.size <= MAX_DOCUMENT_BYTES:
            key = cache_key(form, blob, classification.is_declared)
            load = partial(_load_document, blob, form, classification.is_declared)
            found[path] = _get_or_create(cache, key, load)
    return {path: each for path, each in found.items() if each.sections}


def cache_key(form: Format, blob: Blob, is_declared: bool) -> str:
    """Return the cache key of a document."""
    return f"{form.name}{' declared' if is_declared else ''}:{blob.oid}"


def _load_document(blob: Blob, form: Format, is_declared: bool) -> DocumentWords:
    """Count the words of a document. If its content shows that it is not a living document, it has no sections."""
    is_other = not is_declared and classify_prose(blob.data) is not None
    return DocumentWords(()) if is_other else count_words(blob.data, form)


def _get_or_create(
    cache: MutableMapping[str, DocumentWords], key: str, make: Callable[[], DocumentWords]
) -> DocumentWords:
    value = cache.get(key)
    if value is None:
        cache[key] = value = make()
    return value
