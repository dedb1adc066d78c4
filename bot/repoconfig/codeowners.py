"""CODEOWNERS: who is asked to look at which files.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.text.globs import path_glob

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks; the first that is there counts, on the base branch."""

MAX_CODEOWNERS_BYTES = 3_000_000
"""Bytes; GitHub loads no larger file."""

MAX_RULES = 10_000
"""A file of more is not read. Hundreds are usual; each costs a fifth of a millisecond."""

_MAX_PATTERN_CHARACTERS = 1_000
_LINE = re.compile(r"((?:\\.|[^\s\\])+)((?:\s.*)?)")
_NOT_SUPPORTED = re.compile(r"!|\\#|.*[\[\]]|.*\*\*\*")
_LOGIN = re.compile(r"@([A-Za-z0-9][\w-]{0,99}(?:/[\w-]{1,100})?)", re.ASCII)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class OwnershipRule:
    """The paths of a glob, and whose they are: logins and `organisation/team`, without the `@`."""

    pattern: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """A CODEOWNERS file; the last line that matches a path says whose it is, also when it names nobody."""

    rules: tuple[OwnershipRule, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> CodeOwners:
        """Read a file, whatever is in it; lines that GitHub does not understand are left out, as GitHub does."""
        if len(data) > MAX_CODEOWNERS_BYTES:
            return cls()
        found = (_parse_rule(line.strip()) for line in data.decode("utf-8-sig", errors="replace").split("\n"))
        rules = tuple(rule for rule in found if rule is not None)
        return cls(rules) if len(rules) <= MAX_RULES else cls()

    def owners_of(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The owners of these paths, those of most of them first; addresses of mail are no owners that can be asked."""
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
    """What a line says; None for comments, empty lines and those with something that GitHub does not take."""
    found = _LINE.fullmatch(line)
    if found is None or line.startswith("#"):
        return None
    pattern, rest = found.groups()
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
