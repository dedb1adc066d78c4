"""Routes of net/http, gin, echo and chi: https://pkg.go.dev/net/http#ServeMux"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import GO, calls, literal
from bot.frameworks.framework import Declared, Interface, InterfaceExample

_METHODS = re.compile(r"HandleFunc|Handle|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete")
_PATTERN = re.compile(r"(?:(?P<method>[A-Z]+) )?(?P<path>/[^\s]*)")


def declared(data: bytes) -> Iterator[Declared]:
    """`mux.HandleFunc("GET /users/{id}", user)` and `r.GET("/users/:id", user)`"""
    for call in calls(GO, data):
        given = call.positional
        if not _METHODS.fullmatch(call.name) or len(given) < 2 or not call.owner or call.owner == "client":
            continue
        pattern = _PATTERN.fullmatch(literal(given[0]) or "")
        if pattern:
            yield Declared(
                "route", pattern["path"], call.line,
                bound=f"{pattern['method'] or call.name} {' '.join(given[-1].split())[:200]}",
            )  # fmt: skip


GO_ROUTES = Interface(
    name="Go routes",
    suffixes=(".go",),
    marks=(b"Handle", b"gin", b"echo", b"chi"),
    declared=declared,
    examples=(
        InterfaceExample(
            'package a\n\nfunc routes() {\n\tmux.HandleFunc("GET /users/{id}", user)\n\tr.GET("/health", health)\n}\n',
            (("/users/{id}", None), ("/health", None)),
        ),
    ),
)
