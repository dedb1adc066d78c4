"""Select the files that an analysis reads."""

from __future__ import annotations

from bot.domain import Change, FileChange, Tree
from bot.formats import FORMATS, NAVIGATION
from bot.languages import LANGUAGES
from bot.languages.program import role
from bot.text.file_classes import ClassifiedTree, classes_of, classify_path
from bot.text.file_classes.attributes import is_attributes_file

_DOCUMENTS = tuple(suffix for form in FORMATS for suffix in form.suffixes)
_SUFFIX_GROUPS = (*(language.suffixes for language in LANGUAGES), *(form.suffixes for form in NAVIGATION))
_SUFFIXES = (*(suffix for suffixes in _SUFFIX_GROUPS for suffix in suffixes), *_DOCUMENTS)


def is_document(path: str) -> bool:
    """Return whether a file has a documentation format, by its suffix."""
    return path.lower().endswith(_DOCUMENTS)


def is_relevant(path: str) -> bool:
    """Return whether an analysis may read a file: docs, code, tests, configuration and `.gitattributes`."""
    has_content = path.endswith(_SUFFIXES) or role(path, classify_path(path).file_class) is not None
    return has_content or is_attributes_file(path)


def only_relevant(change: Change) -> Change:
    """Restrict a change to relevant files, so that no others have to be fetched."""
    paths = {path for path in change.base.keys() | change.head.keys() if is_relevant(path)}
    files = (FileChange(_path_if(paths, f.before), _path_if(paths, f.after)) for f in change.files)
    return Change(_subtree(change.base, paths), _subtree(change.head, paths), tuple(f for f in files if f != _NEITHER))


_NEITHER = FileChange(None, None)


def _path_if(paths: set[str], path: str | None) -> str | None:
    return path if path in paths else None


def _subtree(tree: Tree, paths: set[str]) -> Tree:
    return ClassifiedTree({path: blob for path, blob in tree.items() if path in paths}, classes_of(tree))
