"""Module names of files: from a clause in the file, or from the nearest package manifest and the path."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cachetools import LRUCache, cached

from bot.domain import Blob, Tree
from bot.languages.definitions import absolute_name

ModuleNamer = Callable[[str, Tree], str | None]


@cached(LRUCache(16384), key=lambda blob, pattern: (blob.oid, pattern))
def _search_file(blob: Blob, pattern: str) -> str | None:
    """Return the first group of the first match in a file."""
    found = re.search(pattern.encode(), blob.data, re.M)
    return found[1].decode(errors="replace") if found else None


def module_from_path(path: str, tree: Tree) -> str | None:
    """Return `net.socket` for `src/net/socket.h`."""
    return _module_path(path, ("src", "lib", "include", "source"), ())


def module_from_clause(pattern: str) -> ModuleNamer:
    """Return a namer that uses the clause of a file (`package com.example;`), or its path if it has none."""

    def module(path: str, tree: Tree) -> str | None:
        name = _search_file(tree[path], pattern) if path in tree else None
        return absolute_name(name, "") if name else module_from_path(path, tree)

    return module


@dataclass(frozen=True)
class PackageManifest:
    """The manifest file of a package.

    Args:
        file: its file name; the nearest one in a parent folder applies.
        name: matches the line with the package's name, which is the first group.
        main: matches the line with the path of the package's main file, if there is one.
        roots: folders under it that are not part of module names.
        entries: stems of the files that represent their folder.
        dash: replaces a dash of the package's name in code.
    """

    file: str
    name: str
    main: str = ""
    roots: tuple[str, ...] = ("src",)
    entries: tuple[str, ...] = ("index",)
    dash: str = "-"

    def module(self, path: str, tree: Tree) -> str | None:
        """Return the module name: the package's name and the path within the package."""
        folder = posixpath.dirname(path)
        while folder and f"{folder}/{self.file}" not in tree:
            folder = posixpath.dirname(folder)
        manifest = tree.get(posixpath.join(folder, self.file))
        name = _search_file(manifest, self.name) if manifest is not None else None
        if manifest is None or name is None:
            return _module_path(path, self.roots, self.entries)
        package = absolute_name(name, "").replace("-", self.dash)
        within = posixpath.relpath(path, folder) if folder else path
        main = _search_file(manifest, self.main) if self.main else None
        if main is not None and posixpath.normpath(main).partition(".")[0] == within.partition(".")[0]:
            return package
        rest = _module_path(within, self.roots, self.entries)
        return f"{package}.{rest}" if rest else package

    def is_entry(self, path: str) -> bool:
        """Return whether a file represents its folder, such as `index.js`."""
        return posixpath.basename(path).partition(".")[0] in self.entries


def _module_path(path: str, roots: Collection[str], entries: Collection[str]) -> str | None:
    folders = path.split("/")
    stem = folders.pop().partition(".")[0]
    if folders and folders[0] in roots:
        folders = folders[1:]
    parts = folders if stem in entries else [*folders, stem]
    return ".".join(parts) or None
