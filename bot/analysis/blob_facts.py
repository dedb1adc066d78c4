"""Cache of facts about single files, keyed by content, so that each file is read once."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Self

import bot
from bot.agents.impact.changed_terms import role
from bot.agents.impact.documents import DocumentWords
from bot.agents.impact.rank import source_words
from bot.agents.impact.scope import cache_key, load_documents
from bot.analysis.cache_dir import CacheDir
from bot.analysis.kv_file import KeyValueFile
from bot.domain import Blob, Tree, from_json, to_json
from bot.formats import FORMATS
from bot.formats.living import find_candidate_documents
from bot.text.file_classes import classes_of

VERSION = f"{bot.__version__}-3"
"""Version of the facts; raise it when `impact.documents`, `impact.words` or a format changes its results."""


class BlobFacts:
    """Facts about files for the ranker; a context manager that saves new facts on exit."""

    def __init__(self, cache: CacheDir) -> None:
        self._table = KeyValueFile(cache.folder / "blobs.db" if cache.folder is not None else None)
        self._documents = _DocumentCache(self._table)
        self._names: dict[str, frozenset[str]] = {}

    def documents(self, tree: Tree) -> dict[str, DocumentWords]:
        """Return the documents of a tree."""
        return load_documents(tree, FORMATS, self._documents)

    def missing_blobs(self, tree: Tree) -> list[Blob]:
        """Return the files of a tree without stored facts, and prefetch the facts of the others."""
        blobs: dict[str, Blob] = {}
        classes, candidates = classes_of(tree), find_candidate_documents(tree, FORMATS)
        for path, blob in tree.items():
            if path in candidates:
                form, classification = candidates[path]
                blobs[_document_key(cache_key(form, blob, classification.is_declared))] = blob
            elif role(path, classes.by_path(path).file_class) == "program":
                blobs[_names_key(blob)] = blob
        return [blobs[key] for key in self._table.missing_keys(blobs)]

    def names(self, blob: Blob) -> frozenset[str]:
        """Return the words of a source file."""
        if blob.oid not in self._names:
            self._names[blob.oid] = self._load_names(blob)
        return self._names[blob.oid]

    def _load_names(self, blob: Blob) -> frozenset[str]:
        key = _names_key(blob)
        stored = self._table.get(key)
        if stored is not None:
            return frozenset(stored.decode(errors="replace").split())
        found = source_words(blob)
        self._table.pending[key] = " ".join(found).encode()
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._table.save()


def _document_key(key: str) -> str:
    return f"{VERSION}:{key}"


def _names_key(blob: Blob) -> str:
    return f"{VERSION}:names:{blob.oid}"


class _DocumentCache(MutableMapping[str, DocumentWords]):
    """Documents by format and blob, from this run and from the cache."""

    def __init__(self, table: KeyValueFile) -> None:
        self._table = table
        self._known: dict[str, DocumentWords] = {}

    def __getitem__(self, key: str) -> DocumentWords:
        if key not in self._known:
            stored = self._table.get(_document_key(key))
            try:
                self._known[key] = from_json(DocumentWords, stored or b"")
            except ValueError as error:
                raise KeyError(key) from error
        return self._known[key]

    def __setitem__(self, key: str, value: DocumentWords) -> None:
        self._known[key] = value
        self._table.pending[_document_key(key)] = to_json(value)

    def __delitem__(self, key: str) -> None:
        del self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
