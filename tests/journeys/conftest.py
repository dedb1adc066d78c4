"""What the journeys of a session share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.scene import end_pools


@pytest.fixture(scope="session", autouse=True)
def pools() -> Iterator[None]:
    """The bots' child processes end with the session."""
    yield
    end_pools()
