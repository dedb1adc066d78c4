"""Globs over paths and names, as in `.gitignore` and CODEOWNERS, without catastrophic backtracking.

`*` and `?` match within a path segment, `**` matches any number of folders, and a backslash escapes the next character.
All other characters, including brackets, are literal. Use the returned patterns with `fullmatch`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_CHARACTER = re.compile(r"\\?.", re.DOTALL)
_FOLDERS = "(?:[^/]++/)*?"


@lru_cache(1 << 10)
def path_glob(pattern: str) -> re.Pattern[str]:
    """Compile a glob over paths relative to the repository's root.

    `name` matches a file or folder at any depth, `/name` and `a/name` match from the root, `name/` matches a folder.
    A folder matches everything in it, but `docs/*` matches only the files directly in `docs`.
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
    """Compile a glob over whole names, such as branches: `release/*` matches `release/1`, not `release/1/fix`."""
    return re.compile(_expression(pattern.split("/")), re.DOTALL)


def _expression(parts: Sequence[str]) -> str:
    """Return the regular expression of a path glob.

    Each run of segments between two `**` is matched at its first place in an atomic group, because no later place
    leaves more for the rest. The cost is at most the path's length times the pattern's.
    """
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
    groups = ["".join(f"{part}/" for part in first)]
    groups += [f"(?>{_FOLDERS}{'/'.join(run)}/)" for run in middle if run]
    return "".join(groups) + (_FOLDERS + "/".join(last) if last else ".+")


def _part(part: str) -> str:
    """Return the expression of one segment. Each star but the last matches as little as possible, for speed."""
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
