"""Classification of a repository's own source files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.domain import Blob
from bot.languages.language import Language

MAX_SOURCE_BYTES = 1_000_000
"""A larger file is data or generated."""

_ELSEWHERE = frozenset(
    [
        "test",
        "tests",
        "testing",
        "testdata",
        "fixtures",
        "fixture",
        "conftest",
        "spec",
        "specs",
        "__tests__",
        "__mocks__",
        "mocks",
        "e2e",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "tutorial",
        "tutorials",
        "docs_src",
        "docs",
        "doc",
        "documentation",
        "site",
        "website",
        "vendor",
        "vendored",
        "_vendor",
        "third_party",
        "thirdparty",
        "node_modules",
        "site-packages",
        "external",
        "bench",
        "benchmark",
        "benchmarks",
        "build",
        "dist",
        "tools",
        "scripts",
        "ci",
        ".github",
        ".venv",
        "venv",
        "migrations",
    ]
)
_NOT_OURS = re.compile(
    r"^((test_.*|.*_test|tests|conftest|setup|noxfile|tasks|fabfile|.*_pb2(_grpc)?|versioneer|_version)\.[a-z]+"
    r"|.*[.-]([tT]ests?|[sS]pec|bench|stories|min|bundle|pb|generated|[dD]esigner)\.[a-z]+|.*\.(config\.[cm]?[jt]s|g\.cs)"
    r"|.*(Tests?|TestCase|Spec)\.(java|kt|cs|php)|.*_(gen|generated)\.go|zz_generated.*|.*_spec\.rb|[A-Z][a-z]+file\.js)$"
)


def language_of(path: str, languages: Sequence[Language]) -> Language | None:
    """Return the language of a file, by its suffix."""
    return next((language for language in languages if path.endswith(language.suffixes)), None)


@lru_cache(1 << 16)
def is_source(path: str) -> bool:
    """Return whether a path is the project's own code: not a test, example, docs, vendored or generated file."""
    *folders, name = path.split("/")
    return not (_ELSEWHERE & {f.lower() for f in folders}) and not _NOT_OURS.match(name)


def is_readable(blob: Blob) -> bool:
    return blob.size <= MAX_SOURCE_BYTES
