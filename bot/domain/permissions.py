"""GitHub's repository roles."""

from __future__ import annotations

from enum import IntEnum


class Permission(IntEnum):
    """GitHub's repository roles, weakest first."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5
