"""Simulate packages that are not installed."""

from __future__ import annotations

import sys

import pytest


def hide_package(monkeypatch: pytest.MonkeyPatch, package: str, *importing: str) -> None:
    """Make imports of a package fail until the test ends, and unload the modules that import it."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == package or name in importing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
