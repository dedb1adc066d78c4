"""An event costs few calls of GitHub: the figures of `make bench-calls` stay below their limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.api_calls import changes, excesses, measured

pytestmark = pytest.mark.journey


async def test_no_event_costs_more_calls_than_it_may(tmp_path: Path) -> None:
    assert excesses(await measured(changes, tmp_path)) == []
