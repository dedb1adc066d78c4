"""Find the living documents of a tree, with their formats."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Tree
from bot.formats.format import Format
from bot.text.file_classes import Classification, FileClass, classes_of

_NAVIGATION = frozenset({FileClass.DOCUMENT, FileClass.SETTINGS, FileClass.TOOLING, FileClass.EXAMPLE})
"""Classes of navigation files: by suffix, most are settings or code."""


def format_of(path: str, formats: Sequence[Format]) -> Format | None:
    """Return the format of a file, by its suffix; None if no format reads it."""
    lower = path.lower()
    return next((form for form in formats if lower.endswith(form.suffixes)), None)


def is_living(form: Format, classification: Classification) -> bool:
    """Return whether a file of this format and class is a living document or a navigation file."""
    return classification.file_class in (_NAVIGATION if form.is_navigation else {FileClass.DOCUMENT})


def find_candidate_documents(tree: Tree, formats: Sequence[Format]) -> dict[str, tuple[Format, Classification]]:
    """Return the living documents of a tree without reading content, which may rule some of them out."""
    classes, found = classes_of(tree), {}
    for path in sorted(tree):
        form = format_of(path, formats)
        if form is not None and is_living(form, classification := classes.by_path(path)):
            found[path] = (form, classification)
    return found


def find_living_documents(tree: Tree, formats: Sequence[Format]) -> dict[str, Format]:
    """Return the living documents of a tree."""
    classes = classes_of(tree)
    candidates = find_candidate_documents(tree, formats)
    return {path: form for path, (form, _) in candidates.items() if is_living(form, classes.of(path))}
