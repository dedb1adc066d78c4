"""The documents of a tree that a change of code can make stale, counted for ranking."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from functools import partial

from bot.agents.impact.documents import DocumentWords, count_words
from bot.domain import Blob, Tree
from bot.formats.format import Format
from bot.formats.living import living_by_path
from bot.text.file_classes.content import classify_prose

MAX_DOCUMENT_BYTES = 1_000_000
"""Bytes; a longer document is not read."""


def load_documents(
    tree: Tree, formats: Sequence[Format], cache: MutableMapping[str, DocumentWords]
) -> dict[str, DocumentWords]:
    """The documents of a tree, by path; `known` remembers them by blob."""
    found: dict[str, DocumentWords] = {}
    for path, (form, said) in living_by_path(tree, formats).items():
        blob = tree[path]
        if blob.size <= MAX_DOCUMENT_BYTES:
            key, read = cache_key(form, blob, said.declared), partial(_load_document, blob, form, said.declared)
            found[path] = _get_or_create(cache, key, read)
    return {path: each for path, each in found.items() if each.sections}


def cache_key(form: Format, blob: Blob, is_declared: bool) -> str:
    """Under which a document is remembered."""
    return f"{form.name}{' declared' if is_declared else ''}:{blob.oid}"


def _load_document(blob: Blob, form: Format, is_declared: bool) -> DocumentWords:
    """Count a document; one whose content says that it is no living one has no sections."""
    is_other = not is_declared and classify_prose(blob.data) is not None
    return DocumentWords(()) if is_other else count_words(blob.data, form)


def _get_or_create(
    cache: MutableMapping[str, DocumentWords], key: str, make: Callable[[], DocumentWords]
) -> DocumentWords:
    value = cache.get(key)
    if value is None:
        cache[key] = value = make()
    return value
