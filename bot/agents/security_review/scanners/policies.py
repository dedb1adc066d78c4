"""Where a hit counts for nothing, by the kind of file it stands in; each with its reason."""

from __future__ import annotations

import re

from bot.agents.security_review.scanners.scanner import Sort
from bot.domain import Hit, Level

_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|specs?|e2e|fixtures?|testdata|mocks?|docs?|documentation|examples?|samples?|demos?"
    r"|benchmarks?)(?:/|$)|(?:^|/)(?:test_[^/]*|[^/]*_test\.\w+|[^/]*\.(?:test|spec)\.\w+|conftest\.py)$"
    r"|\.(?:md|mdx|markdown|rst|adoc|txt|ipynb)$",
    re.IGNORECASE,
)
_EVERYWHERE: frozenset[Sort] = frozenset({"workflows", "dependencies"})


def is_aside(path: str) -> bool:
    """Whether a file is of tests, docs or examples: nothing there runs for users."""
    return _ASIDE.search(path) is not None


def may_count(path: str, sort: Sort) -> bool:
    """Whether any hit of a scanner of this sort could count in a file; else it need not be scanned."""
    return not is_aside(path) or sort in _EVERYWHERE or sort == "secrets"


def counts(path: str, sort: Sort, hit: Hit) -> bool:
    """Whether a hit in a file counts.

    In tests, docs and examples, code that is dangerous elsewhere is what they are about, and words after `password` are
    made up. Tokens that a provider issued and private keys are real there, too: they are known by their own form, which
    is what a secret of high confidence is.
    """
    return not is_aside(path) or sort in _EVERYWHERE or (sort == "secrets" and hit.confidence >= Level.HIGH)
