"""Select the files of a repository to search, and how each is split into chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.agents.rag_management.chunk import Chunk
from bot.agents.rag_management.sections import chunk_document
from bot.agents.rag_management.symbols import chunk_source
from bot.domain import Blob
from bot.domain.search import ContentKind
from bot.formats.format import Format
from bot.formats.living import format_of
from bot.languages.language import Language
from bot.languages.scope import language_of
from bot.text.file_classes import FileClass, classify_path

VERSION = 1
"""Version of the chunks; those of another version are made again."""

MAX_FILE_BYTES = 300_000
"""Maximum size of a file, in bytes; larger ones are generated data."""

_PROSE_KINDS: Mapping[FileClass, ContentKind] = {
    FileClass.DOCUMENT: "doc",
    FileClass.GENERATED: "doc",  # a generated reference answers questions as well as a written one
    FileClass.TRANSLATION: "doc",
    FileClass.OTHER: "doc",
    FileClass.RECORD: "history",
    FileClass.VERSION: "history",
}
_CODE_KINDS: Mapping[FileClass, ContentKind] = {
    FileClass.PROGRAM: "code",
    FileClass.TOOLING: "code",
    FileClass.RECORD: "code",
    FileClass.TEST: "test",
    FileClass.EXAMPLE: "test",
}
"""The content kind of each class in the search index; other classes are not indexed."""


@dataclass(frozen=True, slots=True)
class Chunker:
    """How a file is split into chunks: by its language or format, and with which kind."""

    reader: Language | Format
    kind: ContentKind

    def key(self, blob: Blob) -> str:
        """Return the content key: equal content has the same key at every path."""
        return f"{VERSION}:{self.kind}:{self.reader.name}:{blob.oid}"

    def chunks(self, data: bytes) -> tuple[Chunk, ...]:
        """Split a file into chunks, in order: a document by section, a source file by symbol."""
        if isinstance(self.reader, Language):
            return tuple(chunk_source(self.reader, data, self.kind))
        return tuple(chunk_document(self.reader, data, self.kind))


def is_searchable(path: str, languages: Sequence[Language], formats: Sequence[Format]) -> bool:
    """Return whether a file may be searched, judged by its path alone."""
    return _select_chunker(path, classify_path(path).file_class, languages, formats) is not None


def chunker_for(
    path: str, blob: Blob, file_class: FileClass, languages: Sequence[Language], formats: Sequence[Format]
) -> Chunker | None:
    """Return the chunker for a file of a class; None if the file is not indexed."""
    return _select_chunker(path, file_class, languages, formats) if 0 < blob.size <= MAX_FILE_BYTES else None


def _select_chunker(
    path: str, file_class: FileClass, languages: Sequence[Language], formats: Sequence[Format]
) -> Chunker | None:
    language = language_of(path, languages)
    form = format_of(path, formats) if language is None else None
    if language is not None:
        kind = _CODE_KINDS.get(file_class)
        return Chunker(language, kind) if kind is not None else None
    kind = _PROSE_KINDS.get(file_class)
    return Chunker(form, kind) if form is not None and kind is not None else None
