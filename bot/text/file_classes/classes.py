"""File classes, and the classification of a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileClass(StrEnum):
    """The role of a file in its repository."""

    DOCUMENT = "document"
    """A living document: prose that describes the current program and has to stay correct."""
    VERSION = "version"
    """Documentation of another version."""
    TRANSLATION = "translation"
    RECORD = "record"
    """A text about the past that stays as it is: changelogs, decisions, posts, licences."""
    GENERATED = "generated"
    VENDORED = "vendored"
    """Copied from another project."""
    BUILD_OUTPUT = "build_output"
    TEST = "test"
    """Tests, test data and benchmarks."""
    EXAMPLE = "example"
    """Code that shows how to use the program."""
    PROGRAM = "program"
    SETTINGS = "settings"
    """Data that configures the program or declares its package."""
    TOOLING = "tooling"
    """Code and settings that build, check, release or publish the program."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Classification:
    """The class of a file.

    Args:
        reason: the rule that decided, in a few words.
        is_declared: whether the maintainers declared the class, in settings or attributes.
    """

    file_class: FileClass
    reason: str
    is_declared: bool = False
