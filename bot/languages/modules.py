"""How a file's module gets its name: a clause in the file, or the package manifest above it and the path."""

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
    """The group of the first match in a file."""
    found = re.search(pattern.encode(), blob.data, re.M)
    return found[1].decode(errors="replace") if found else None


def module_from_path(path: str, tree: Tree) -> str | None:
    """`src/net/socket.h` is `net.socket`."""
    return _module_path(path, ("src", "lib", "include", "source"), ())


def module_from_clause(pattern: str) -> ModuleNamer:
    """The name that the file states itself (`package com.example;`), else its path's."""

    def module(path: str, tree: Tree) -> str | None:
        stated = _search_file(tree[path], pattern) if path in tree else None
        return absolute_name(stated, "") if stated else module_from_path(path, tree)

    return module


@dataclass(frozen=True)
class PackageManifest:
    """A package's manifest.

    Args:
        file: its name; the nearest one above a file counts.
        name: what matches its line with the package's name, the name as a group.
        main: what matches its line with the path of the package's main file, if it has one.
        roots: folders under it that are no part of a module's name.
        entries: stems of the files that speak for their folder.
        dash: what stands for a dash of the package's name in code.
    """

    file: str
    name: str
    main: str = ""
    roots: tuple[str, ...] = ("src",)
    entries: tuple[str, ...] = ("index",)
    dash: str = "-"

    def module(self, path: str, tree: Tree) -> str | None:
        """The package's name and the path within it."""
        folder = posixpath.dirname(path)
        while folder and f"{folder}/{self.file}" not in tree:
            folder = posixpath.dirname(folder)
        manifest = tree.get(posixpath.join(folder, self.file))
        stated = _search_file(manifest, self.name) if manifest is not None else None
        if manifest is None or stated is None:
            return _module_path(path, self.roots, self.entries)
        package = absolute_name(stated, "").replace("-", self.dash)
        within = posixpath.relpath(path, folder) if folder else path
        main = _search_file(manifest, self.main) if self.main else None
        if main is not None and posixpath.normpath(main).partition(".")[0] == within.partition(".")[0]:
            return package
        rest = _module_path(within, self.roots, self.entries)
        return f"{package}.{rest}" if rest else package

    def is_entry(self, path: str) -> bool:
        """Whether a file re-exports what its folder offers."""
        return posixpath.basename(path).partition(".")[0] in self.entries


def _module_path(path: str, roots: Collection[str], entries: Collection[str]) -> str | None:
    folders = path.split("/")
    stem = folders.pop().partition(".")[0]
    if folders and folders[0] in roots:
        folders = folders[1:]
    parts = folders if stem in entries else [*folders, stem]
    return ".".join(parts) or None
