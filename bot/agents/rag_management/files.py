"""Which files of a repository are searched, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.agents.rag_management.chunk import Chunk
from bot.agents.rag_management.sections import chunk_document
from bot.agents.rag_management.symbols import chunk_source
from bot.domain import Blob
from bot.domain.search import ContentKind
from bot.formats.format import Format
from bot.languages.language import Language
from bot.languages.program import is_generated, is_test_or_example
from bot.languages.scope import language_of

VERSION = 1
"""Of what `chunks` makes of a file; what was kept under another is made anew."""

MAX_FILE_BYTES = 300_000
"""Bytes; what is longer was written by a program, and for one."""

_HISTORY = re.compile(
    r"(^|/)(blog|blogs|posts|news|archives?|versioned_docs|changelog\.d|changes|newsfragments|releases|whatsnew|history)"
    r"/|(^|/)(change[-_ ]?logs?|changes|history|news|release([-_ ]?notes?|s)?|what'?s?[-_]?new|licen[sc]es?|copying|"
    r"notice|authors|contributors|thanks|sponsors?|backers|code[-_]of[-_]conduct)([-_. ][^/]*)?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Chunker:
    """How a file is read: by its language or format, as what kind."""

    reader: Language | Format
    kind: ContentKind

    def key(self, blob: Blob) -> str:
        """Names what is read: the same for the same content, wherever it lies and whatever it is called."""
        return f"{VERSION}:{self.kind}:{self.reader.name}:{blob.oid}"

    def chunks(self, data: bytes) -> tuple[Chunk, ...]:
        """The passages of a file, in order: a document's by section, a source file's by symbol."""
        if isinstance(self.reader, Language):
            return tuple(chunk_source(self.reader, data, self.kind))
        return tuple(chunk_document(self.reader, data, self.kind))


def is_searchable(path: str, languages: Sequence[Language], formats: Sequence[Format]) -> bool:
    """Whether a file of this path may be searched, as far as its path tells."""
    known = language_of(path, languages) is not None or path.lower().endswith(_suffixes(formats))
    return known and not is_generated(path)


def _suffixes(formats: Sequence[Format]) -> tuple[str, ...]:
    return tuple(suffix for each in formats for suffix in each.suffixes)


def chunker_for(path: str, blob: Blob, languages: Sequence[Language], formats: Sequence[Format]) -> Chunker | None:
    """How a file is read; None where it is not searched."""
    if not 0 < blob.size <= MAX_FILE_BYTES or is_generated(path):
        return None
    language = language_of(path, languages)
    if language is not None:
        return Chunker(language, "test" if is_test_or_example(path) else "code")
    lower = path.lower()
    form = next((each for each in formats if lower.endswith(each.suffixes)), None)
    if form is None:
        return None
    return Chunker(form, "history" if _HISTORY.search(path) else "doc")
