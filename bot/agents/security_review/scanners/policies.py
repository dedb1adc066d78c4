"""Decide by path and scanner category whether hits in a file are reported."""

from __future__ import annotations

import re

from bot.agents.security_review.scanners.scanner import Category
from bot.domain import Hit, Level

_NON_PRODUCTION = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|specs?|e2e|fixtures?|testdata|mocks?|docs?|documentation|examples?|samples?|demos?"
    r"|benchmarks?)(?:/|$)|(?:^|/)(?:test_[^/]*|[^/]*_test\.\w+|[^/]*\.(?:test|spec)\.\w+|conftest\.py)$"
    r"|\.(?:md|mdx|markdown|rst|adoc|txt|ipynb)$",
    re.IGNORECASE,
)
_ALL_FILES: frozenset[Category] = frozenset({"workflows", "dependencies"})


def is_non_production(path: str) -> bool:
    """Return whether a file belongs to tests, docs or examples, which never run in production."""
    return _NON_PRODUCTION.search(path) is not None


def should_scan(path: str, category: Category) -> bool:
    """Return whether a scanner of this category can report anything in a file."""
    return not is_non_production(path) or category in _ALL_FILES or category == "secrets"


def should_report(path: str, category: Category, hit: Hit) -> bool:
    """Return whether to report a hit in a file.

    Tests, docs and examples contain dangerous code on purpose, and their passwords are made up. Provider tokens and
    private keys are real there, too: secret scanners detect them by format, with high confidence.
    """
    return (
        not is_non_production(path)
        or category in _ALL_FILES
        or (category == "secrets" and hit.confidence >= Level.HIGH)
    )
