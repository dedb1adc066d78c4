"""A language's record from its description: how a new language is added in one file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.languages import definitions, usages
from bot.languages.comments import NO_COMMENTS, Comments, doc_comments, tokens
from bot.languages.grammar import Grammar
from bot.languages.language import Language, LanguageExample
from bot.languages.modules import Module


def described(
    name: str,
    grammar: Grammar,
    module: Module,
    *,
    suffixes: tuple[str, ...],
    fences: tuple[str, ...],
    examples: tuple[LanguageExample, ...],
    package: Callable[[str], bool] = lambda path: False,
    private: Callable[[str], bool] = lambda path: False,
    repeating: tuple[str, ...] = (),
    comments: Comments = NO_COMMENTS,
) -> Language:
    """The record of a language that its grammar's query describes; the other arguments are those of `Language`."""
    return Language(
        name=name,
        suffixes=suffixes,
        fences=fences,
        outline=partial(definitions.outline, grammar),
        module=module,
        package=package,
        snippet=partial(usages.snippet, grammar),
        words=partial(usages.words, grammar),
        signatures=definitions.signatures,
        repeating=repeating,
        private=private,
        comments=partial(doc_comments, grammar, comments),
        tokens=partial(tokens, grammar),
        fields=comments.fields,
        examples=examples,
    )
