"""Which files an analysis reads."""

from __future__ import annotations

from bot.domain import Change, FileChange, Tree
from bot.formats import FORMATS, NAVIGATION
from bot.languages import LANGUAGES
from bot.languages.program import role

_DOCUMENTS = tuple(suffix for form in FORMATS for suffix in form.suffixes)
_READ = (*(language.suffixes for language in LANGUAGES), *(form.suffixes for form in NAVIGATION))
_SUFFIXES = (*(suffix for suffixes in _READ for suffix in suffixes), *_DOCUMENTS)


def is_document(path: str) -> bool:
    """Whether a file has the form of docs."""
    return path.lower().endswith(_DOCUMENTS)


def is_read(path: str) -> bool:
    """Whether an analysis may read a file: docs, code with its tests, and the settings beside it."""
    return path.endswith(_SUFFIXES) or role(path) is not None


def seen(change: Change) -> Change:
    """A change as far as it is read: nothing else of a tree need be on this machine."""
    paths = {path for path in change.base.keys() | change.head.keys() if is_read(path)}
    files = (FileChange(_of(paths, f.before), _of(paths, f.after)) for f in change.files)
    return Change(_part(change.base, paths), _part(change.head, paths), tuple(f for f in files if f != _NEITHER))


_NEITHER = FileChange(None, None)


def _of(paths: set[str], path: str | None) -> str | None:
    return path if path in paths else None


def _part(tree: Tree, paths: set[str]) -> Tree:
    return {path: blob for path, blob in tree.items() if path in paths}
