"""Where a hit counts for nothing, by the kind of file it stands in; each with its reason."""

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
    """Whether a file is of tests, docs or examples: nothing there runs for users."""
    return _NON_PRODUCTION.search(path) is not None


def should_scan(path: str, category: Category) -> bool:
    """Whether any hit of a scanner of this sort could count in a file; else it need not be scanned."""
    return not is_non_production(path) or category in _ALL_FILES or category == "secrets"


def should_report(path: str, category: Category, hit: Hit) -> bool:
    """Whether a hit in a file counts.

    In tests, docs and examples, code that is dangerous elsewhere is what they are about, and words after `password` are
    made up. Tokens that a provider issued and private keys are real there, too: they are known by their own form, which
    is what a secret of high confidence is.
    """
    return (
        not is_non_production(path)
        or category in _ALL_FILES
        or (category == "secrets" and hit.confidence >= Level.HIGH)
    )
