"""Overrides of file classes, from `.github/mas.yml`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.text.file_classes.classes import Classification, FileClass
from bot.text.globs import path_glob


@dataclass(frozen=True, slots=True)
class Overrides:
    """Path globs with their classes. If several globs match a path, the longest one decides."""

    globs: tuple[tuple[str, FileClass], ...] = ()

    def of(self, path: str) -> Classification | None:
        """Return the declared class of a path; None if no glob matches."""
        found = [(len(glob), glob, name) for glob, name in self.globs if path_glob(glob).fullmatch(path)]
        if not found:
            return None
        _, glob, name = max(found, key=lambda each: each[0])  # the first of equal length
        return Classification(name, f"`{glob}` in .github/mas.yml", is_declared=True)


NO_OVERRIDES = Overrides()
