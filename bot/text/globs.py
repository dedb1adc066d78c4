"""Globs over paths and names, as `.gitignore` and CODEOWNERS know them, at a cost that no pattern can blow up.

`*` and `?` stay between two slashes, `**` is any number of folders, a backslash takes the next character as it is, and
all else, brackets too, stands for itself. The expressions are for `fullmatch`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_CHARACTER = re.compile(r"\\?.", re.DOTALL)
_FOLDERS = "(?:[^/]++/)*?"


@lru_cache(1 << 10)
def path_glob(pattern: str) -> re.Pattern[str]:
    """Matches paths from the repository's root.

    `name` is a file or folder at any depth, `/name` and `a/name` count from the root, `name/` is a folder. A folder
    stands for all that is in it, but `docs/*` for the files of that one folder.
    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-syntax
    https://git-scm.com/docs/gitignore#_pattern_format
    """
    parts = pattern.split("/")
    if parts[0] == "":
        parts = parts[1:]
    elif not any(parts[1:]):
        parts = ["**", *parts]
    if parts in ([], [""]):
        return re.compile(r"(?!)")
    if parts[-1] == "":
        parts[-1] = "**"
    below = "" if parts[-1] in ("*", "**") else "(?:/.*)?"
    return re.compile(_expression(parts) + below, re.DOTALL)


@lru_cache(1 << 10)
def name_glob(pattern: str) -> re.Pattern[str]:
    """Matches whole names, such as those of branches: `release/*` is `release/1`, not `release/1/fix`."""
    return re.compile(_expression(pattern.split("/")), re.DOTALL)


def _expression(parts: Sequence[str]) -> str:
    """Where a run of parts between two `**` is found first, there it stays (the group is atomic): no other place for
    it would leave more for the rest. So the cost is that of the path's length times the pattern's."""
    runs: list[list[str]] = [[]]
    for part in parts:
        if part == "**":
            runs.append([])
        else:
            runs[-1].append(_part(part))
    first, *others = runs
    if not others:
        return "/".join(first)
    *middle, last = others
    found = ["".join(f"{part}/" for part in first)]
    found += [f"(?>{_FOLDERS}{'/'.join(run)}/)" for run in middle if run]
    return "".join(found) + (_FOLDERS + "/".join(last) if last else ".+")


def _part(part: str) -> str:
    """What stands between two slashes; each star but the last takes as little as it can, for the same reason."""
    if part == "*":
        return "[^/]+"
    pieces = [""]
    for character in _CHARACTER.findall(part):
        if character == "*":
            pieces.append("")
        else:
            pieces[-1] += "[^/]" if character == "?" else re.escape(character[-1])
    first, *others = pieces
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + "[^/]*" + last
