"""Recognise values that only look like secrets, by the value alone."""

from __future__ import annotations

import re

_LOOKS = re.compile(
    r"example|changeme|change[-_]me|your[-_]|x{6}|\*{3}|\$\{|\{\{|<[^<>\s]*>|%\(|os\.environ|getenv|process\.env"
    r"|placeholder|redacted|dummy",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"pk_(?:test|live)_|ssh-(?:rsa|ed25519|dss) |ecdsa-sha2-|sha(?:1|256|384|512)[-:]|md5:"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?![^/\s]*:[^/\s]*@)\S*", re.IGNORECASE)


def is_lookalike(value: str) -> bool:
    """Return whether a value is a placeholder, a public identifier, a digest or a plain URL."""
    return bool(_LOOKS.search(value) or _PUBLIC.match(value) or _DIGEST.fullmatch(value) or _ADDRESS.fullmatch(value))
