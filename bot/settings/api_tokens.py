"""The tokens of the API, and what each may ask about.

A module of its own: settings read it, and need no web server for that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import SecretStr

MIN_TOKEN_LENGTH = 16
"""The shortest token, in characters, that we take."""

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750's b64token


@dataclass(frozen=True, slots=True)
class TokenScope:
    """What somebody may ask about: everything, or these installations and repositories (`owner/name`, lower case)."""

    all_repositories: bool = False
    installations: frozenset[int] = frozenset()
    repositories: frozenset[str] = frozenset()

    def allows(self, installation_id: int, repository: str) -> bool:
        """Whether a repository, by `owner/name`, of an installation is within it."""
        return self.all_repositories or installation_id in self.installations or repository.lower() in self.repositories


ALL_REPOSITORIES = TokenScope(all_repositories=True)


def parse_scope(text: str) -> TokenScope:
    """The scope that `*`, installations' numbers and `owner/name`, with commas between, stand for.

    Raises:
        ValueError: it is none of these; says so without the text.
    """
    parts = [part.strip() for part in text.split(",")]
    if parts == ["*"]:
        return ALL_REPOSITORIES
    numbers = frozenset(int(part) for part in parts if part.isascii() and part.isdecimal())
    repositories = frozenset(part.lower() for part in parts if _REPOSITORY.fullmatch(part))
    if len(numbers) + len(repositories) != len(set(map(str.lower, parts))):
        raise ValueError("has a scope that is neither *, nor installations' numbers, nor repositories as owner/name.")
    return TokenScope(False, numbers, repositories)


def parse_tokens(text: str) -> tuple[tuple[SecretStr, TokenScope], ...]:
    """The tokens of `TOKEN=SCOPE`, with semicolons between.

    Raises:
        ValueError: one is malformed or short; says so without the text.
    """
    given = []
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        token, _, of = entry.rpartition("=")
        if not _TOKEN.fullmatch(token) or len(token) < MIN_TOKEN_LENGTH:
            raise ValueError(
                f"is not TOKEN=SCOPE, or has a token of under {MIN_TOKEN_LENGTH} characters. "
                "Make one with `openssl rand -hex 32`; its scope is * or installations or repositories."
            )
        given.append((SecretStr(token), parse_scope(of)))
    return tuple(given)
