"""GitHub API calls per event stay below their limits, as measured by `make bench-calls`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.api_calls import changes, excesses, measured

pytestmark = pytest.mark.journey


async def test_no_event_exceeds_its_limit_of_calls(tmp_path: Path) -> None:
    assert excesses(await measured(changes, tmp_path)) == []
