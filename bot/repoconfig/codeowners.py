"""CODEOWNERS: who reviews which files.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.text.globs import path_glob

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""GitHub uses the first of these files that exists on the base branch."""

MAX_CODEOWNERS_BYTES = 3_000_000
"""GitHub's limit."""

MAX_RULES = 10_000
"""A file with more is ignored. Hundreds are usual; each costs a fifth of a millisecond."""

_MAX_PATTERN_CHARACTERS = 1_000
_LINE = re.compile(r"((?:\\.|[^\s\\])+)((?:\s.*)?)")
_NOT_SUPPORTED = re.compile(r"!|\\#|.*[\[\]]|.*\*\*\*")
_LOGIN = re.compile(r"@([A-Za-z0-9][\w-]{0,99}(?:/[\w-]{1,100})?)", re.ASCII)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class OwnershipRule:
    """A glob and the owners of its paths: logins and `organization/team`, without the `@`."""

    pattern: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """A CODEOWNERS file. The last matching rule decides, even if it names no owner."""

    rules: tuple[OwnershipRule, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> CodeOwners:
        """Parse any bytes. Lines that GitHub does not support are ignored, as on GitHub."""
        if len(data) > MAX_CODEOWNERS_BYTES:
            return cls()
        parsed = (_parse_rule(line.strip()) for line in data.decode("utf-8-sig", errors="replace").split("\n"))
        rules = tuple(rule for rule in parsed if rule is not None)
        return cls(rules) if len(rules) <= MAX_RULES else cls()

    def owners_of(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return the owners of these paths, those of most paths first. Email addresses are left out."""
        count: Counter[str] = Counter()
        left = list(dict.fromkeys(paths))
        for rule in reversed(self.rules):
            if not left:
                break
            matches = path_glob(rule.pattern).fullmatch
            for _ in (path for path in left if matches(path)):
                count.update(rule.owners)
            left = [path for path in left if not matches(path)]
        return tuple(owner for owner, _ in count.most_common())


def _parse_rule(line: str) -> OwnershipRule | None:
    """Parse a line. Return None for comments, empty lines and anything that GitHub does not support."""
    match = _LINE.fullmatch(line)
    if match is None or line.startswith("#"):
        return None
    pattern, rest = match.groups()
    owners: list[str] = []
    for word in rest.split():
        if word.startswith("#"):
            break
        login = _LOGIN.fullmatch(word)
        if login is not None:
            owners.append(login[1])
        elif not _ADDRESS.fullmatch(word):
            return None
    if len(pattern) > _MAX_PATTERN_CHARACTERS or _NOT_SUPPORTED.match(pattern):
        return None
    return OwnershipRule(pattern, tuple(dict.fromkeys(owners)))
