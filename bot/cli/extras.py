"""Optional dependencies: a command names the missing extra instead of failing on an import."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution, requires

from bot.errors import UserError

PACKAGE = "mas-docs-bot"

_REQUIREMENT = re.compile(r"""(?P<name>[A-Za-z0-9._-]+).*;.*\bextra\s*==\s*["'](?P<extra>[\w-]+)["']""")


def require(extra: str, command: str) -> None:
    """Check that the packages of an extra are installed.

    Args:
        command: the command that needs them, for the error message.

    Raises:
        UserError: a package is missing.
    """
    if missing(extra):
        raise UserError(f"`{command}` needs the extra `{extra}`.", f"Install it: pip install '{PACKAGE}[{extra}]'")


def missing(extra: str) -> list[str]:
    """Return the packages of an extra that are not installed, from the package metadata.

    Without metadata (`python -m bot` in a bare checkout), return an empty list.
    """
    try:
        declared = requires(PACKAGE) or []
    except PackageNotFoundError:
        return []
    found = (_REQUIREMENT.match(line) for line in declared)
    return [match["name"] for match in found if match and match["extra"] == extra and not _is_installed(match["name"])]


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True
