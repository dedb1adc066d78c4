"""Packages that are not installed."""

from __future__ import annotations

import sys

import pytest


def without(monkeypatch: pytest.MonkeyPatch, package: str, *importing: str) -> None:
    """Until the test ends a package is not there, and the modules that import it are not loaded yet."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == package or name in importing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
