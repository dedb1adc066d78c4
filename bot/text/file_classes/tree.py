"""Classify the files of a tree from all sources: overrides, attributes, paths, siblings and content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from cachetools import LRUCache, cached

from bot.domain import Blob, Change, FileChange, Tree
from bot.text.file_classes import attributes
from bot.text.file_classes.attributes import Attributes, is_attributes_file
from bot.text.file_classes.classes import Classification, FileClass
from bot.text.file_classes.content import classify_code, classify_prose
from bot.text.file_classes.kinds import FileKind, kind_of
from bot.text.file_classes.overrides import NO_OVERRIDES, Overrides
from bot.text.file_classes.paths import classify_path
from bot.text.file_classes.siblings import Siblings

MAX_BYTES = 1_000_000
"""Larger files are not read, nor files whose content is missing in a partial clone: their size is 0."""
_NOT_HANDWRITTEN = frozenset({FileClass.VENDORED, FileClass.GENERATED, FileClass.BUILD_OUTPUT})
_SUPPORTING = frozenset({FileClass.EXAMPLE, FileClass.TOOLING})


class FileClasses:
    """The classes of the files of one tree. Declarations take precedence over paths, and paths over content."""

    def __init__(self, tree: Tree, overrides: Overrides = NO_OVERRIDES) -> None:
        self.overrides = overrides
        self._tree = tree
        self._siblings = Siblings(tree.keys())
        self._known: dict[str, Classification] = {}

    def by_path(self, path: str) -> Classification:
        """Return the class of a file without reading it. The path may be missing in the tree."""
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._by_path(path)
        return found

    def of(self, path: str) -> Classification:
        """Return the class of a file of the tree. Reads the head of documents and source code."""
        found = self.by_path(path)
        return found if found.is_declared else classify_by_content(path, self._tree[path], found)

    def _by_path(self, path: str) -> Classification:
        override = self.overrides.of(path)
        if override is not None:
            return override
        found = self._by_attributes(path) if self._attributes else None
        if found is not None:
            return found
        return self._siblings.refine(path, classify_path(path))

    def _by_attributes(self, path: str) -> Classification | None:
        values = self._attributes.of(path)
        if values.get(attributes.VENDORED):
            return _declare(FileClass.VENDORED, attributes.VENDORED)
        if values.get(attributes.GENERATED):
            return _declare(FileClass.GENERATED, attributes.GENERATED)
        ignored = (
            _NOT_HANDWRITTEN
            if False in (values.get(attributes.VENDORED), values.get(attributes.GENERATED))
            else frozenset()
        )
        is_documentation = values.get(attributes.DOCUMENTATION)
        if is_documentation is False:
            ignored |= _SUPPORTING
        found = classify_path(path, ignored)
        if is_documentation and found.file_class in (FileClass.PROGRAM, FileClass.OTHER, FileClass.TEST):
            is_prose = kind_of(path) is FileKind.PROSE
            return _declare(FileClass.DOCUMENT if is_prose else FileClass.EXAMPLE, attributes.DOCUMENTATION)
        return replace(found, is_declared=True) if ignored and found != classify_path(path) else None

    @cached_property
    def _attributes(self) -> Attributes:
        files = (path for path in self._tree if is_attributes_file(path))
        small = (path for path in files if 0 < self._tree[path].size <= attributes.MAX_BYTES)
        return Attributes((path, self._tree[path].data) for path in small)


class ClassifiedTree(dict[str, Blob]):
    """A tree with the classes of its files."""

    def __init__(self, tree: Tree, classes: FileClasses) -> None:
        super().__init__(tree)
        self.classes = classes

    def subtree(self, paths: Iterable[str]) -> ClassifiedTree:
        """Return some of the files, with the classes that they have in the whole tree."""
        return ClassifiedTree({path: self[path] for path in paths if path in self}, self.classes)


def classes_of(tree: Tree) -> FileClasses:
    """Return the classes of the files of a tree."""
    return tree.classes if isinstance(tree, ClassifiedTree) else FileClasses(tree)


def classify_change(change: Change, overrides: Overrides = NO_OVERRIDES) -> Change:
    """Return the change with classes for the files of both trees."""
    base, head = (ClassifiedTree(tree, FileClasses(tree, overrides)) for tree in (change.base, change.head))
    return replace(change, base=base, head=head)


def class_in_change(change: Change, file: FileChange) -> FileClass:
    """Return the class of a changed file after the change, or before it if the change deleted the file."""
    tree, path = (change.head, file.after) if file.after is not None else (change.base, file.before)
    return classes_of(tree).of(path).file_class if path is not None else FileClass.OTHER


def classify_by_content(path: str, blob: Blob, found: Classification) -> Classification:
    """Return the class of a file, given its class by the other sources."""
    if found.file_class not in (FileClass.DOCUMENT, FileClass.PROGRAM) or not 0 < blob.size <= MAX_BYTES:
        return found
    return _classify_content(blob, kind_of(path)) or found


@cached(LRUCache(1 << 16), key=lambda blob, kind: (blob.oid, kind))
def _classify_content(blob: Blob, kind: FileKind) -> Classification | None:
    was_loaded = blob.is_loaded
    data = blob.data
    if not was_loaded:
        blob.release()
    return classify_prose(data) if kind is FileKind.PROSE else classify_code(data)


def _declare(file_class: FileClass, attribute: str) -> Classification:
    return Classification(file_class, f"`{attribute}` in .gitattributes", is_declared=True)
