"""Which files of a tree are living documents, each with its format."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Tree
from bot.formats.format import Format
from bot.text.file_classes import Classification, FileClass, classes_of

_NAVIGATION = frozenset({FileClass.DOCUMENT, FileClass.SETTINGS, FileClass.TOOLING, FileClass.EXAMPLE})
"""What a file that lists the pages of a site can be; it is settings or code by its suffix."""


def format_of(path: str, formats: Sequence[Format]) -> Format | None:
    """Return the format of a file by the end of its name; None where no format reads it."""
    lower = path.lower()
    return next((form for form in formats if lower.endswith(form.suffixes)), None)


def is_living(form: Format, found: Classification) -> bool:
    """Return whether a file of that format and class is kept true to the program."""
    return found.file_class in (_NAVIGATION if form.is_navigation else {FileClass.DOCUMENT})


def living_by_path(tree: Tree, formats: Sequence[Format]) -> dict[str, tuple[Format, Classification]]:
    """Return the files that are living documents unless their content says otherwise; no content is read."""
    classes, found = classes_of(tree), {}
    for path in sorted(tree):
        form = format_of(path, formats)
        if form is not None and is_living(form, said := classes.by_path(path)):
            found[path] = (form, said)
    return found


def living(tree: Tree, formats: Sequence[Format]) -> dict[str, Format]:
    """Return the living documents of a tree."""
    classes = classes_of(tree)
    named = living_by_path(tree, formats)
    return {path: form for path, (form, _) in named.items() if is_living(form, classes.of(path))}
