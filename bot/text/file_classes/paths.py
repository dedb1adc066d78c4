"""Classify files by path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.text.file_classes.classes import Classification, FileClass
from bot.text.file_classes.kinds import FileKind, kind_of
from bot.text.file_classes.languages import is_clear, is_code
from bot.text.file_classes.rules import DOCS_FOLDERS, RULES

MAX_PATH, MAX_NAME, MAX_FOLDERS = 4_096, 255, 100
"""Limits in characters and nested folders; few file systems support longer paths or names."""

VERSION_FOLDER = re.compile(
    r"(?:v|version|release|stable)?[-_]?\d+(?:[._](?:\d+|x))+(?:[._-]?(?:rc|alpha|beta|dev|lts|stable)[.-]?\d*)?"
    r"|v[-_]?\d+(?:(?:alpha|beta|rc)\d*)?",
    re.IGNORECASE,
)
"""A folder name that is only a version: `v1`, `1.0`, `1.x`, `version-2.3`."""


TOO_LONG = Classification(FileClass.OTHER, "the path is too long")
NAMED_BY_VERSION = Classification(FileClass.VERSION, "a folder named by a version")
NAMED_BY_LANGUAGE = Classification(FileClass.TRANSLATION, "named by a language")
"""Classifications by path that siblings can overrule."""

_RULES = {kind: tuple(rule for rule in RULES if kind in rule.kinds) for kind in FileKind}
_DEFAULTS = {
    FileKind.PROSE: Classification(FileClass.DOCUMENT, "prose"),
    FileKind.CODE: Classification(FileClass.PROGRAM, "code"),
    FileKind.SETTINGS: Classification(FileClass.SETTINGS, "settings"),
    FileKind.OTHER: Classification(FileClass.OTHER, "not prose, code or settings"),
}
_PLAIN_TEXT = re.compile(r"(?:^|/)(?!readme|install|contributing|todo)[^/]*\.txt$", re.IGNORECASE)


@lru_cache(1 << 12)
def is_version(folder: str) -> bool:
    """Return whether a folder name is only a version."""
    return VERSION_FOLDER.fullmatch(folder) is not None


@lru_cache(1 << 17)
def classify_path(path: str, without: frozenset[FileClass] = frozenset()) -> Classification:
    """Return the class of a path, without siblings and content.

    Args:
        path: relative to the root of the repository.
        without: classes whose rules are skipped.
    """
    *folders, name = path.split("/")
    if len(path) > MAX_PATH or len(folders) > MAX_FOLDERS or max(map(len, path.split("/"))) > MAX_NAME:
        return TOO_LONG
    kind = kind_of(path)
    if _may_match(path, kind):
        lower = [folder.lower() for folder in folders]
        for rule in _RULES[kind]:
            if rule.file_class not in without and rule.matches(path, lower, name.lower()):
                return Classification(rule.file_class, rule.name)
    if kind is not FileKind.PROSE:
        return _DEFAULTS[kind]
    return _classify_prose_path(path, folders, name, without)


def _may_match(path: str, kind: FileKind) -> bool:
    """Return whether any rule can match. One combined pattern quickly excludes most paths, which match no rule."""
    folder, _, name = path.rpartition("/")
    return (
        _has_rule_folder(folder, kind)
        or _ANY_FILE[kind].fullmatch(name.lower()) is not None
        or _ANY_PATH[kind].search(path) is not None
    )


@lru_cache(1 << 14)
def _has_rule_folder(folder: str, kind: FileKind) -> bool:
    folders = folder.lower().split("/")
    return any(not rule.folders.isdisjoint(folders) or folders[0] in rule.roots for rule in _RULES[kind])


def _any_of(patterns: Iterable[re.Pattern[str] | None]) -> re.Pattern[str]:
    sources = (
        f"(?{'i' if pattern.flags & re.IGNORECASE else ''}:{pattern.pattern.removeprefix('(?i)')})"
        for pattern in patterns
        if pattern is not None
    )
    return re.compile("|".join(sources))


_ANY_FILE = {kind: _any_of(rule.file for rule in rules) for kind, rules in _RULES.items()}
_ANY_PATH = {kind: _any_of(rule.path for rule in rules) for kind, rules in _RULES.items()}


def _classify_prose_path(path: str, folders: list[str], name: str, without: frozenset[FileClass]) -> Classification:
    if FileClass.TRANSLATION not in without and (any(is_clear(f) for f in folders) or _has_language_mark(name)):
        return NAMED_BY_LANGUAGE
    if FileClass.VERSION not in without and any(is_version(f) for f in folders):
        return NAMED_BY_VERSION
    if _PLAIN_TEXT.search(path) and DOCS_FOLDERS.isdisjoint(folder.lower() for folder in folders):
        return Classification(FileClass.OTHER, "plain text outside documentation")
    return _DEFAULTS[FileKind.PROSE]


def _has_language_mark(name: str) -> bool:
    """Return whether a file name proves a translation: `a.zh.md`, `a_pt-BR.md`, `README-ja.md`."""
    return any(
        (is_clear(language) and (mark == "." or len(language) > 4)) or (stem.lower() == "readme" and is_code(language))
        for stem, mark, language in language_marks(name)
    )


def language_marks(name: str) -> list[tuple[str, str, str]]:
    """Return the possible splits of a file name into stem, mark and language: `a_zh-CN.md` as `a`, `_`, `zh-CN`."""
    body, dot, _ = name.rpartition(".")
    if not dot:
        return []
    at = [i for i, character in enumerate(body) if character in "._-" and i > 0 and 2 <= len(body) - i - 1 <= 24]
    return [(body[:i], body[i], body[i + 1 :]) for i in at]
