"""Order of versions in each ecosystem."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.analysis.advisories.versions import is_before

IN_ORDER = {
    "PyPI": ["1.0.dev1", "1.0a1", "1.0", "1.0.post1", "1.10", "2!0.1"],
    "npm": [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0",
        "1.2.0",
        "1.10.0",
    ],
    "Go": ["0.0.0-20180101000000-abcdef012345", "0.0.0-20190101000000-000000000000", "0.1.0", "v1.0.0"],
    "crates.io": ["0.1.9", "0.1.10", "1.0.0-rc.1", "1.0.0"],
    "RubyGems": ["1.0.a", "1.0.rc1", "1.0", "1.0.1", "1.2", "1.10"],
}


@pytest.mark.parametrize(
    ("ecosystem", "one", "other"),
    [(ecosystem, one, other) for ecosystem, order in IN_ORDER.items() for one, other in pairwise(order)],
)
def test_a_version_comes_before_the_next(ecosystem: str, one: str, other: str) -> None:
    assert is_before(ecosystem, one, other) is True
    assert is_before(ecosystem, other, one) is False
    assert is_before(ecosystem, one, one) is False


@pytest.mark.parametrize(("ecosystem", "odd"), [("PyPI", "one"), ("npm", "latest"), ("Go", ""), ("npm", "1" * 10_000)])
def test_an_invalid_version_is_not_compared(ecosystem: str, odd: str) -> None:
    assert is_before(ecosystem, odd, "1.0.0") is None
    assert is_before(ecosystem, "1.0.0", odd) is None


def test_gem_versions_of_unequal_length_can_be_equal() -> None:
    assert is_before("RubyGems", "1.0", "1") is False
    assert is_before("RubyGems", "1", "1.0") is False
