"""What the other files of a tree prove: which of several versions is today's, and what a translation translates."""

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

_TODAY = words("next latest current main master dev devel develop development head unreleased edge trunk canary stable")
"""Folders that stand beside those of versions, and hold today's."""

_MANY_LANGUAGES = 3
"""So many folders beside each other with names of languages are translations, and no abbreviations."""

_SITE_MARKS = frozenset({"objects.inv", "searchindex.js", "search_index.json", "sitemap.xml", "sitemap.xml.gz"})
"""Files that generators of documentation write into what they build."""


@dataclass(frozen=True, slots=True)
class _Folders:
    """What the folders in one folder are named by.

    Args:
        newest: the newest of those named by versions.
        has_today: whether one holds the documents of today, by its name.
        sources: those named by the language in which documents are first written.
        languages: how many may be named by another language.
    """

    newest: str
    has_today: bool
    sources: tuple[str, ...]
    languages: int

    @classmethod
    def of(cls, names: Collection[str]) -> _Folders:
        newest = max((name for name in names if is_version(name)), key=_version_key, default="")
        has_today = any(name.lower() in _TODAY for name in names)
        return cls(newest, has_today, tuple(filter(is_source, sorted(names))), sum(map(is_code, names)))


class Siblings:
    """The paths of one tree, asked for what they say of one of them."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths
        self._known: dict[str, _Folders] = {}

    def refined(self, path: str, found: Classification) -> Classification:
        """Return the class of a file, given what its path alone proves."""
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
            return Classification(FileClass.TRANSLATION, "translates a page beside it")
        return found

    def _folders_in(self, above: str) -> _Folders:
        if above not in self._known:
            self._known[above] = _Folders.of(self._children.get(above, frozenset()))
        return self._known[above]

    @cached_property
    def _children(self) -> Mapping[str, frozenset[str]]:
        """The folders in each folder; the root is ``""``."""
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
        """The folders that hold code of the program, at any depth."""
        found: set[str] = set()
        for path in self._paths:
            if classify_path(path).file_class is FileClass.PROGRAM:
                folder = path.rpartition("/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def _built_sites(self) -> frozenset[str]:
        marked = (path.rpartition("/") for path in self._paths)
        found = {folder.removesuffix("/search") for folder, _, name in marked if name in _SITE_MARKS}
        return frozenset(folder for folder in found if folder and f"{folder}/index.html" in self._paths)

    @cached_property
    def _prose_folders(self) -> frozenset[str]:
        """The folders of documentation that hold prose at all."""
        prose = (path for path in self._paths if kind_of(path) is FileKind.PROSE)
        return frozenset(match[0] for path in prose if (match := DOCS_FOLDER.match(path)))

    def _is_package(self, path: str) -> bool:
        """Return whether a folder that is called `doc` holds nothing but code, as a package of that name does."""
        folder = DOCS_FOLDER.match(path)
        return folder is not None and folder[0].lower().endswith("doc/") and folder[0] not in self._prose_folders

    def _is_in_built_site(self, path: str) -> bool:
        return bool(self._built_sites) and any(
            _joined(above, name) in self._built_sites for above, name, _ in _split(path)
        )

    def _is_other_version(self, path: str) -> bool:
        for above, folder, below in _split(path):
            if is_version(folder) and _joined(above, folder) not in self._program_folders:
                beside = self._folders_in(above)
                if beside.has_today or folder != beside.newest or _joined(above, below) in self._paths:
                    return True
        return False

    def _is_translation(self, path: str) -> bool:
        return any(self._is_language_folder(*split) for split in _split(path)) or self._has_translated_name(path)

    def _is_language_folder(self, above: str, folder: str, below: str) -> bool:
        if is_source(folder) or not (is_code(folder) or is_tag(folder)):
            return False
        if _joined(above, folder) in self._program_folders:
            return False
        beside = self._folders_in(above)
        if any(_joined(above, f"{name}/{below}") in self._paths for name in beside.sources):
            return True
        is_among_others = beside.languages >= _MANY_LANGUAGES or _joined(above, below) in self._paths
        return is_clear(folder) or (is_code(folder) and is_among_others)

    def _has_translated_name(self, path: str) -> bool:
        above, _, name = path.rpartition("/")
        suffix = "." + name.rpartition(".")[2]
        for stem, mark, language in language_marks(name):
            originals = (f"{stem}{suffix}", f"{stem}{mark}en{suffix}", f"{stem}{mark}EN{suffix}")
            if is_code(language) and (
                classify_path(path).file_class is FileClass.TRANSLATION
                or any(_joined(above, original) in self._paths for original in originals)
            ):
                return True
        return is_code(name.removesuffix(suffix)) and _joined(above, f"en{suffix}") in self._paths


def _split(path: str) -> Iterator[tuple[str, str, str]]:
    """Each folder of a path, with what lies above and below it."""
    parts = path.split("/")
    for i, folder in enumerate(parts[:-1]):
        yield "/".join(parts[:i]), folder, "/".join(parts[i + 1 :])


def _joined(above: str, below: str) -> str:
    return f"{above}/{below}" if above else below


def _version_key(name: str) -> tuple[list[int], bool, list[int], str]:
    """Order folders by version; a preview comes before its release, and `1.x` after all of 1."""
    release, preview, number = re.split(r"(alpha|beta|rc|dev|\Z)", name.lower(), maxsplit=1)
    return _numbers(release), not preview, _numbers(number), name


def _numbers(text: str) -> list[int]:
    return [1 << 30 if part == "x" else int(part) for part in re.findall(r"\d+|(?<=[._])x\b", text)]
