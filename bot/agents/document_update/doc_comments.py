"""Docs that stand in code: the doc comments of source files, as documents of their own.

They are read where they stand, so that an edit of one is an edit of its file; the program around them is the frame
that no edit may touch.
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
"""Files beside the changed ones that are searched for one name."""


def doc_comment_formats(change: Change, head: SymbolTable, contexts: Iterable[FactContext]) -> dict[str, Format]:
    """The source files whose doc comments are read: those that changed, and those that still name what was renamed."""
    paths = {file.after for file in change.files if file.after is not None}
    for context in contexts:
        paths.update(_files_with_old_name(context, head))
    classes = classes_of(change.head)
    own = (path for path in sorted(paths) if path in head.sources)  # of these, what a program wrote is left alone
    found = ((path, head.sources[path]) for path in own if classes.of(path).file_class is FileClass.PROGRAM)
    return {path: doc_comment_format(x) for path, x in found if not head.outline(path).broken}


def _files_with_old_name(context: FactContext, head: SymbolTable) -> Iterator[str]:
    """The files in which a renamed symbol's old name stands, where that can be no plain word."""
    fact = context.fact
    if fact.kind is FactKind.RENAMED and fact.what not in ("module", "file") and looks_like_code(context.bare):
        found = head.files_with(context.bare)
        yield from found if len(found) <= _MAX_FILES else ()


def doc_comment_pages(context: FactContext, library: Library, languages: Sequence[Language]) -> Iterator[Page]:
    """The files of the fact's language whose doc comments name what it is about."""
    fact = context.fact
    place = fact.before or fact.after
    language = language_of(place.path, languages) if place is not None else None
    name = fact.parameter or fact.symbol.rpartition(".")[2]
    for path in library.paths_mentioning({name.encode()}):
        if language is not None and language_of(path, languages) is language:
            yield library.page(path, language)


@cache
def doc_comment_format(language: Language) -> Format:
    """The doc comments of a language as a format."""
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
    """All that stands outside the doc comments, as it is written and as the language reads it."""
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
