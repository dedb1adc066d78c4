"""API tokens and their scopes.

A separate module, so that the settings do not import the web server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import SecretStr

MIN_TOKEN_LENGTH = 16
"""Minimum length of a token, in characters."""

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750's b64token


@dataclass(frozen=True, slots=True)
class TokenScope:
    """The scope of a token: everything, or some installations and repositories (`owner/name`, lower case)."""

    all_repositories: bool = False
    installations: frozenset[int] = frozenset()
    repositories: frozenset[str] = frozenset()

    def allows(self, installation_id: int, repository: str) -> bool:
        """Return whether the scope includes a repository (`owner/name`) of an installation."""
        return self.all_repositories or installation_id in self.installations or repository.lower() in self.repositories


ALL_REPOSITORIES = TokenScope(all_repositories=True)


def parse_scope(text: str) -> TokenScope:
    """Parse a scope: `*`, or a comma-separated list of installation ids and `owner/name`.

    Raises:
        ValueError: the scope is malformed. The message continues after the name of a setting, and omits the value.
    """
    parts = [part.strip() for part in text.split(",")]
    if parts == ["*"]:
        return ALL_REPOSITORIES
    numbers = frozenset(int(part) for part in parts if part.isascii() and part.isdecimal())
    repositories = frozenset(part.lower() for part in parts if _REPOSITORY.fullmatch(part))
    if len(numbers) + len(repositories) != len(set(map(str.lower, parts))):
        raise ValueError("has an invalid scope. Use *, or a comma-separated list of installation ids and owner/name.")
    return TokenScope(False, numbers, repositories)


def parse_tokens(text: str) -> tuple[tuple[SecretStr, TokenScope], ...]:
    """Parse a semicolon-separated list of `TOKEN=SCOPE`.

    Raises:
        ValueError: an entry is malformed or its token too short. The message continues after the name of a setting,
            and omits the value.
    """
    tokens = []
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        token, _, scope = entry.rpartition("=")
        if not _TOKEN.fullmatch(token) or len(token) < MIN_TOKEN_LENGTH:
            raise ValueError(
                f"has an entry that is not TOKEN=SCOPE with a token of at least {MIN_TOKEN_LENGTH} characters. "
                "Create a token with `openssl rand -hex 32`, and append =* or =owner/name."
            )
        tokens.append((SecretStr(token), parse_scope(scope)))
    return tuple(tokens)
