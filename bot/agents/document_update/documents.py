"""Find the change logs of a tree, and read its documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from bot.agents.document_update.rules.page import Page
from bot.domain import Blob, Tree
from bot.formats.embedded import EmbeddedText
from bot.formats.format import Format
from bot.languages.language import Language
from bot.languages.symbol_table import words

MAX_DOCUMENT_BYTES = 1_000_000
"""Larger documents are not read."""

_CHANGE_LOG = re.compile(r"(change[-_ ]?log|changes|history)(\.[a-z]+)+", re.I)


def change_log_format(path: str, formats: Sequence[Format]) -> Format | None:
    """Return the format of the project's change log, which is at its root; None for other files."""
    return next((f for f in formats if _CHANGE_LOG.fullmatch(path) and path.lower().endswith(f.suffixes)), None)


FormatsByPath = Mapping[str, Format]
"""The format of each file, by path."""


def find_change_logs(tree: Tree, formats: Sequence[Format]) -> FormatsByPath:
    """Return the change logs of a tree."""
    found = {path: change_log_format(path, formats) for path in sorted(tree)}
    return {path: form for path, form in found.items() if form is not None}


class Library:
    """The text files of a tree, each with its format; `notes` lists the unreadable ones and why."""

    def __init__(self, tree: Tree, formats: FormatsByPath) -> None:
        self._tree = tree
        self._formats = formats
        self._pages: dict[tuple[str, str], Page] = {}
        self._source_maps: dict[str, EmbeddedText] = {}
        self._masked_words: dict[str, frozenset[bytes]] = {}

    @cached_property
    def _problems(self) -> Mapping[str, str]:
        return {path: why for path in self._formats if (why := _unreadable_reason(self._tree[path]))}

    @property
    def paths(self) -> list[str]:
        """The documents that can be read, without navigation files."""
        return [path for path in self._readable if not self._formats[path].is_navigation]

    @cached_property
    def _readable(self) -> list[str]:
        return [path for path in self._formats if path not in self._problems]

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(f"`{path}` was skipped: {why}." for path, why in self._problems.items())

    def paths_mentioning(self, needed: Iterable[bytes], min_count: int = 1) -> list[str]:
        """Return the documents that contain at least `min_count` of these words."""
        needed = frozenset(needed)
        return [path for path in self.paths if self._mentions(path, needed, min_count)]

    def _mentions(self, path: str, needed: frozenset[bytes], min_count: int) -> bool:
        is_masked = self._formats[path].mask is not None
        if is_masked and len(needed & words(self._tree[path])) < min_count:
            return False  # decided without parsing the file
        return len(needed & self._words(path)) >= min_count

    def paths_linking_to(self, word: bytes) -> list[str]:
        """Return the documents that contain this word of a path, and all navigation files.

        Navigation files may name a page differently.
        """
        return [p for p in self._readable if self._formats[p].is_navigation or word in self._words(p)]

    def _words(self, path: str) -> frozenset[bytes]:
        form = self._formats[path]
        if form.extract is None and form.mask is None:
            return words(self._tree[path])
        if path not in self._masked_words:
            self._masked_words[path] = words(Blob.of(self.page(path).visible_data))
        return self._masked_words[path]

    def page(self, path: str, language: Language | None = None) -> Page:
        """Return a document whose names are read as `language`; without one, only its layout is read."""
        key = (path, language.name if language is not None else "")
        if key not in self._pages:
            self._pages[key] = Page(path, self.data(path), self._formats[path], language)
        return self._pages[key]

    def format(self, path: str) -> Format:
        return self._formats[path]

    def source_map(self, path: str) -> EmbeddedText | None:
        """Return the map from a document's text to its file; None where the file is the text."""
        unwrap = self._formats[path].extract
        if unwrap is None:
            return None
        if path not in self._source_maps:
            self._source_maps[path] = unwrap(self._tree[path].data)
        return self._source_maps[path]

    def file_bytes(self, path: str) -> bytes:
        """Return the file's bytes in the repository."""
        return self._tree[path].data

    def data(self, path: str) -> bytes:
        """Return the text of a file. Edits use its offsets until `map_edits` maps them to the file."""
        wrapped = self.source_map(path)
        return wrapped.text if wrapped is not None else self._tree[path].data

    def text(self, path: str) -> str:
        return self.data(path).decode()


def _unreadable_reason(blob: Blob) -> str:
    """Return why a document cannot be read; empty if it can."""
    if blob.size > MAX_DOCUMENT_BYTES:
        return "it is larger than 1 MB"
    if b"\0" in blob.data:
        return "it is binary"
    try:
        blob.data.decode()
    except UnicodeDecodeError:
        return "it is not UTF-8"
    return ""
