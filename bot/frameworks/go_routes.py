"""net/http, gin, echo and chi routes: https://pkg.go.dev/net/http#ServeMux"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import GO, calls, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_METHODS = re.compile(r"HandleFunc|Handle|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete")
_PATTERN = re.compile(r"(?:(?P<method>[A-Z]+) )?(?P<path>/[^\s]*)")


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `mux.HandleFunc("GET /users/{id}", user)` and `r.GET("/users/:id", user)`."""
    for call in calls(GO, data):
        arguments = call.positional
        if not _METHODS.fullmatch(call.name) or len(arguments) < 2 or not call.owner or call.owner == "client":
            continue
        pattern = _PATTERN.fullmatch(literal(arguments[0]) or "")
        if pattern:
            yield Declaration(
                "route", pattern["path"], call.line,
                binding=f"{pattern['method'] or call.name} {' '.join(arguments[-1].split())[:200]}",
            )  # fmt: skip


GO_ROUTES = Framework(
    name="Go routes",
    suffixes=(".go",),
    markers=(b"Handle", b"gin", b"echo", b"chi"),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'package a\n\nfunc routes() {\n\tmux.HandleFunc("GET /users/{id}", user)\n\tr.GET("/health", health)\n}\n',
            (("/users/{id}", None), ("/health", None)),
        ),
    ),
)
