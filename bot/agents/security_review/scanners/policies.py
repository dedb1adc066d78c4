"""Where a hit counts for nothing, by the kind of file it stands in; each with its reason."""

from __future__ import annotations

from bot.agents.security_review.scanners.scanner import Category
from bot.domain import Hit, Level
from bot.text.file_classes import FileClass
from bot.text.file_classes.kinds import FileKind, kind_of

_NON_PRODUCTION = frozenset({FileClass.TEST, FileClass.EXAMPLE})
_ALL_FILES: frozenset[Category] = frozenset({"workflows", "dependencies"})


def is_non_production(path: str, found: FileClass) -> bool:
    """Whether a file of a class is of tests, docs or examples: nothing there runs for users."""
    return found in _NON_PRODUCTION or kind_of(path) is FileKind.PROSE


def should_scan(category: Category, *, is_aside: bool) -> bool:
    """Whether any hit of a scanner of this sort could count in a file; else it need not be scanned."""
    return not is_aside or category in _ALL_FILES or category == "secrets"


def should_report(category: Category, hit: Hit, *, is_aside: bool) -> bool:
    """Whether a hit in a file counts.

    In tests, docs and examples, code that is dangerous elsewhere is what they are about, and words after `password` are
    made up. Tokens that a provider issued and private keys are real there, too: they are known by their own form, which
    is what a secret of high confidence is.
    """
    return not is_aside or category in _ALL_FILES or (category == "secrets" and hit.confidence >= Level.HIGH)
