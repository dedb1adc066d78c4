"""Doc comments of source files, read as documents.

They are read in place, so an edit of a doc comment is an edit of its file. The code around them is the frame, which no
edit may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial

from cachetools import LRUCache, cached

from bot.agents.document_update.documents import Library
from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.page import Page, looks_like_code
from bot.domain import Change, FactKind
from bot.formats.doc_comments import layout, mask
from bot.formats.format import Format, Layout
from bot.languages.language import DocComment, Language
from bot.languages.scope import language_of
from bot.languages.symbol_table import SymbolTable
from bot.text.file_classes import FileClass, classes_of

_MAX_FILES = 50
"""Unchanged files are read only if at most this many contain the name."""


def doc_comment_formats(change: Change, head: SymbolTable, contexts: Iterable[FactContext]) -> dict[str, Format]:
    """Return the source files to read: those that changed, and those that still use the old name of a symbol."""
    paths = {file.after for file in change.files if file.after is not None}
    for context in contexts:
        paths.update(_files_with_old_name(context, head))
    classes = classes_of(change.head)
    own = (path for path in sorted(paths) if path in head.sources)  # may include generated files
    found = ((path, head.sources[path]) for path in own if classes.of(path).file_class is FileClass.PROGRAM)
    return {path: doc_comment_format(x) for path, x in found if not head.outline(path).broken}


def _files_with_old_name(context: FactContext, head: SymbolTable) -> Iterator[str]:
    """Yield the files that contain the old name of a renamed symbol, unless it could be an ordinary word."""
    fact = context.fact
    if fact.kind is FactKind.RENAMED and fact.what not in ("module", "file") and looks_like_code(context.bare):
        found = head.files_with(context.bare)
        yield from found if len(found) <= _MAX_FILES else ()


def doc_comment_pages(context: FactContext, library: Library, languages: Sequence[Language]) -> Iterator[Page]:
    """Yield the files in the fact's language whose doc comments contain the name that the fact is about."""
    fact = context.fact
    place = fact.before or fact.after
    language = language_of(place.path, languages) if place is not None else None
    name = fact.parameter or fact.symbol.rpartition(".")[2]
    for path in library.paths_mentioning({name.encode()}):
        if language is not None and language_of(path, languages) is language:
            yield library.page(path, language)


@cache
def doc_comment_format(language: Language) -> Format:
    """Return a format that reads the doc comments of a language."""
    return Format(
        name=f"doc comments of {language.name}",
        suffixes=language.suffixes,
        parse=partial(_parse, language),
        slug=str,
        mask=partial(_mask, language),
        frame=partial(_frame, language),
    )


@cached(LRUCache(256), key=lambda language, data: (language.name, data))
def _comments(language: Language, data: bytes) -> tuple[DocComment, ...]:
    return language.doc_comments(data)


def _parse(language: Language, data: bytes) -> Layout:
    return layout(data, _comments(language, data), language.field_styles)


def _mask(language: Language, data: bytes) -> bytes:
    return mask(data, _comments(language, data))


def _frame(language: Language, data: bytes) -> object:
    """Return everything outside the doc comments, as bytes and as tokens."""
    spans = [comment.span for comment in _comments(language, data)]
    edges = [0, *(edge for span in spans for edge in span), len(data)]
    outside = tuple(data[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
    tokens: list[bytes] = []
    at = 0
    for start, end in language.tokens(data):
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at == len(spans) or start < spans[at][0]:
            tokens.append(data[start:end])
    return outside, tuple(tokens)
