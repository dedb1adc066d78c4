"""The globs by which `.github/mas.yml` says what files are."""

from __future__ import annotations

from dataclasses import dataclass

from bot.text.file_classes.classes import Classification, FileClass
from bot.text.globs import path_glob


@dataclass(frozen=True, slots=True)
class Overrides:
    """Globs of paths, each with the class of what it matches. Of several that match, the longest decides."""

    globs: tuple[tuple[str, FileClass], ...] = ()

    def of(self, path: str) -> Classification | None:
        """Return the class that is asked for a path; None where nothing is."""
        found = [(len(glob), glob, name) for glob, name in self.globs if path_glob(glob).fullmatch(path)]
        if not found:
            return None
        _, glob, name = max(found, key=lambda each: each[0])  # of the same length, the first
        return Classification(name, f"`{glob}` in .github/mas.yml", declared=True)


NO_OVERRIDES = Overrides()
