"""Express, Fastify, Koa and Hono routes: https://expressjs.com/en/guide/routing.html"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import JAVASCRIPT, JAVASCRIPT_SUFFIXES, calls, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_METHODS = frozenset(["get", "post", "put", "patch", "delete", "head", "options", "all"])
_ROUTER = re.compile(r"(?i:app|api|server|fastify|(?:\w*router))")


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `app.get("/users/:id", handler)`."""
    for call in calls(JAVASCRIPT, data):
        arguments = call.positional
        path = literal(arguments[0]) if len(arguments) > 1 else None
        if path and path.startswith("/") and call.name in _METHODS and _ROUTER.fullmatch(call.owner):
            yield Declaration("route", path, call.line, binding=f"{call.name} {' '.join(arguments[-1].split())[:200]}")


EXPRESS_ROUTES = Framework(
    name="Express",
    suffixes=JAVASCRIPT_SUFFIXES,
    markers=(b'("/', b"('/", b"(`/"),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'app.get("/users/:id", one);\nusersRouter.post("/", make);\naxios.get("/other", {});\n',
            (("/users/:id", None), ("/", None)),
        ),
    ),
)
