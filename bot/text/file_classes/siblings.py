"""Classify a file by the other files of its tree: current and older versions, translations, built sites."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.text.file_classes.classes import Classification, FileClass
from bot.text.file_classes.kinds import FileKind, kind_of
from bot.text.file_classes.languages import is_clear, is_code, is_source, is_tag
from bot.text.file_classes.paths import (
    NAMED_BY_LANGUAGE,
    NAMED_BY_VERSION,
    TOO_LONG,
    classify_path,
    is_version,
    language_marks,
)
from bot.text.file_classes.rules import DOCS_FOLDER, IN_DOCS
from bot.text.file_classes.words import words

_CURRENT = words(
    "next latest current main master dev devel develop development head unreleased edge trunk canary stable"
)
"""Names of folders that hold the current version, beside folders of older versions."""

_MANY_LANGUAGES = 3
"""This many sibling folders named like languages are translations, not abbreviations."""

_SITE_MARKS = frozenset({"objects.inv", "searchindex.js", "search_index.json", "sitemap.xml", "sitemap.xml.gz"})
"""Files that documentation generators write into a built site."""


@dataclass(frozen=True, slots=True)
class _Folders:
    """A summary of the folder names in one folder.

    Args:
        newest: the newest version folder; empty if there is none.
        has_current: whether a folder name means the current version.
        sources: folders of the source language.
        languages: the number of folders that may be named by another language.
    """

    newest: str
    has_current: bool
    sources: tuple[str, ...]
    languages: int

    @classmethod
    def of(cls, names: Collection[str]) -> _Folders:
        newest = max((name for name in names if is_version(name)), key=_version_key, default="")
        has_current = any(name.lower() in _CURRENT for name in names)
        return cls(newest, has_current, tuple(filter(is_source, sorted(names))), sum(map(is_code, names)))


class Siblings:
    """Refines classifications by the paths of one tree."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths
        self._known: dict[str, _Folders] = {}

    def refine(self, path: str, found: Classification) -> Classification:
        """Return the class of a file, given its class by path."""
        if found.reason == IN_DOCS and self._is_package(path):
            return classify_path(path, frozenset({FileClass.EXAMPLE, FileClass.TOOLING}))
        if kind_of(path) is not FileKind.PROSE or found is TOO_LONG:
            return found
        if self._is_in_built_site(path):
            return Classification(FileClass.BUILD_OUTPUT, "a folder with the index of a built site")
        if found is NAMED_BY_VERSION and not self._is_other_version(path):
            found = classify_path(path, frozenset({FileClass.VERSION}))
        if found is NAMED_BY_LANGUAGE and not self._is_translation(path):
            found = classify_path(path, frozenset({FileClass.TRANSLATION}))
        if found.file_class is FileClass.DOCUMENT and self._is_translation(path):
            return Classification(FileClass.TRANSLATION, "a translation of a sibling")
        return found

    def _folders_in(self, above: str) -> _Folders:
        if above not in self._known:
            self._known[above] = _Folders.of(self._children.get(above, frozenset()))
        return self._known[above]

    @cached_property
    def _children(self) -> Mapping[str, frozenset[str]]:
        """The folder names in each folder; the root is ``""``."""
        found: dict[str, set[str]] = defaultdict(set)
        seen: set[str] = set()
        for path in self._paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in seen:
                seen.add(folder)
                above, _, name = folder.rpartition("/")
                found[above].add(name)
                folder = above
        return {folder: frozenset(names) for folder, names in found.items()}

    @cached_property
    def _program_folders(self) -> frozenset[str]:
        """The folders that contain program code, at any depth."""
        found: set[str] = set()
        for path in self._paths:
            if classify_path(path).file_class is FileClass.PROGRAM:
                folder = path.rpartition("/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def _site_folders(self) -> frozenset[str]:
        parts = (path.rpartition("/") for path in self._paths)
        found = {folder.removesuffix("/search") for folder, _, name in parts if name in _SITE_MARKS}
        return frozenset(folder for folder in found if folder and f"{folder}/index.html" in self._paths)

    @cached_property
    def _prose_folders(self) -> frozenset[str]:
        """The documentation folders that contain prose."""
        prose = (path for path in self._paths if kind_of(path) is FileKind.PROSE)
        return frozenset(match[0] for path in prose if (match := DOCS_FOLDER.match(path)))

    def _is_package(self, path: str) -> bool:
        """Return whether a file is in a folder `doc` that contains only code, such as a package of that name."""
        folder = DOCS_FOLDER.match(path)
        return folder is not None and folder[0].lower().endswith("doc/") and folder[0] not in self._prose_folders

    def _is_in_built_site(self, path: str) -> bool:
        return bool(self._site_folders) and any(
            _join(above, name) in self._site_folders for above, name, _ in _iter_folders(path)
        )

    def _is_other_version(self, path: str) -> bool:
        for above, folder, below in _iter_folders(path):
            if is_version(folder) and _join(above, folder) not in self._program_folders:
                beside = self._folders_in(above)
                if beside.has_current or folder != beside.newest or _join(above, below) in self._paths:
                    return True
        return False

    def _is_translation(self, path: str) -> bool:
        return any(self._is_language_folder(*parts) for parts in _iter_folders(path)) or self._has_translated_name(path)

    def _is_language_folder(self, above: str, folder: str, below: str) -> bool:
        if is_source(folder) or not (is_code(folder) or is_tag(folder)):
            return False
        if _join(above, folder) in self._program_folders:
            return False
        beside = self._folders_in(above)
        if any(_join(above, f"{name}/{below}") in self._paths for name in beside.sources):
            return True
        is_among_others = beside.languages >= _MANY_LANGUAGES or _join(above, below) in self._paths
        return is_clear(folder) or (is_code(folder) and is_among_others)

    def _has_translated_name(self, path: str) -> bool:
        above, _, name = path.rpartition("/")
        suffix = "." + name.rpartition(".")[2]
        for stem, mark, language in language_marks(name):
            originals = (f"{stem}{suffix}", f"{stem}{mark}en{suffix}", f"{stem}{mark}EN{suffix}")
            if is_code(language) and (
                classify_path(path).file_class is FileClass.TRANSLATION
                or any(_join(above, original) in self._paths for original in originals)
            ):
                return True
        return is_code(name.removesuffix(suffix)) and _join(above, f"en{suffix}") in self._paths


def _iter_folders(path: str) -> Iterator[tuple[str, str, str]]:
    """Yield each folder of a path, as the path above it, its name, and the path below it."""
    parts = path.split("/")
    for i, folder in enumerate(parts[:-1]):
        yield "/".join(parts[:i]), folder, "/".join(parts[i + 1 :])


def _join(above: str, below: str) -> str:
    return f"{above}/{below}" if above else below


def _version_key(name: str) -> tuple[list[int], bool, list[int], str]:
    """Return the sort key of a version; a preview sorts before its release, and `1.x` after all of 1."""
    release, preview, number = re.split(r"(alpha|beta|rc|dev|\Z)", name.lower(), maxsplit=1)
    return _numbers(release), not preview, _numbers(number), name


def _numbers(text: str) -> list[int]:
    return [1 << 30 if part == "x" else int(part) for part in re.findall(r"\d+|(?<=[._])x\b", text)]
