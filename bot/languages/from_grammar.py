"""Factory of language records from a grammar and a query, so that adding a language takes one file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.languages import definitions, usages
from bot.languages.comments import NO_COMMENTS, CommentSyntax, doc_comments, tokens
from bot.languages.grammar import Grammar
from bot.languages.language import Language, LanguageExample
from bot.languages.modules import ModuleNamer


def language_from_grammar(
    name: str,
    grammar: Grammar,
    module: ModuleNamer,
    *,
    suffixes: tuple[str, ...],
    fences: tuple[str, ...],
    examples: tuple[LanguageExample, ...],
    is_package: Callable[[str], bool] = lambda path: False,
    is_private: Callable[[str], bool] = lambda path: False,
    stub_suffixes: tuple[str, ...] = (),
    comments: CommentSyntax = NO_COMMENTS,
) -> Language:
    """Return the record of a language described by its grammar's query. For the other arguments, see `Language`."""
    return Language(
        name=name,
        suffixes=suffixes,
        fences=fences,
        outline=partial(definitions.outline, grammar),
        module=module,
        is_package=is_package,
        snippet=partial(usages.snippet, grammar),
        words=partial(usages.words, grammar),
        signatures=definitions.signatures,
        stub_suffixes=stub_suffixes,
        is_private=is_private,
        doc_comments=partial(doc_comments, grammar, comments),
        tokens=partial(tokens, grammar),
        field_styles=comments.fields,
        examples=examples,
    )
