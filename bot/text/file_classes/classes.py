"""The classes of files, and what is decided of one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileClass(StrEnum):
    """What a file is to those who maintain its repository."""

    DOCUMENT = "document"
    """Prose that describes the program as it is today, and is to be kept true."""
    VERSION = "version"
    """Documentation of another version."""
    TRANSLATION = "translation"
    RECORD = "record"
    """What was released, decided, agreed or announced; true of its own day: change logs, decisions, posts, licences."""
    GENERATED = "generated"
    VENDORED = "vendored"
    """Written elsewhere and copied here."""
    BUILD_OUTPUT = "build_output"
    TEST = "test"
    """Tests, their data and benchmarks."""
    EXAMPLE = "example"
    """Code that shows how the program is used."""
    PROGRAM = "program"
    SETTINGS = "settings"
    """Data that configures the program or declares its package."""
    TOOLING = "tooling"
    """What builds, checks, releases or publishes the program; no user runs it."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Classification:
    """A class, and in a few words which rule decided it; `declared` where the maintainers themselves said so."""

    file_class: FileClass
    reason: str
    declared: bool = False
