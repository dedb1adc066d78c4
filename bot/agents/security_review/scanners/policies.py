"""Decide by path and scanner category whether hits in a file are reported."""

from __future__ import annotations

from bot.agents.security_review.scanners.scanner import Category
from bot.domain import Hit, Level
from bot.text.file_classes import FileClass
from bot.text.file_classes.kinds import FileKind, kind_of

_NON_PRODUCTION = frozenset({FileClass.TEST, FileClass.EXAMPLE})
_ALL_FILES: frozenset[Category] = frozenset({"workflows", "dependencies"})


def is_non_production(path: str, file_class: FileClass) -> bool:
    """Return whether a file belongs to tests, docs or examples, which never run in production."""
    return file_class in _NON_PRODUCTION or kind_of(path) is FileKind.PROSE


def should_scan(category: Category, *, non_production: bool) -> bool:
    """Return whether a scanner of this category can report anything in a file."""
    return not non_production or category in _ALL_FILES or category == "secrets"


def should_report(category: Category, hit: Hit, *, non_production: bool) -> bool:
    """Return whether to report a hit in a file.

    Tests, docs and examples contain dangerous code on purpose, and their passwords are made up. Provider tokens and
    private keys are real there, too: secret scanners detect them by format, with high confidence.
    """
    return not non_production or category in _ALL_FILES or (category == "secrets" and hit.confidence >= Level.HIGH)
