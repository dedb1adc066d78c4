"""Flask, FastAPI, Starlette and aiohttp routes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, Call, calls, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_METHODS = frozenset(["route", "get", "post", "put", "patch", "delete", "head", "options", "websocket", "api_route"])
_ADD_METHOD = re.compile(r"add_(?:get|post|put|patch|delete|head|route|api_route|url_rule|view)")
_HANDLER = re.compile(rb"\s*(?:@[^\n]*\s*)*(?:async\s+)?(?:def|class)\s+(\w+)")
_ROUTER_ASSIGNMENT = re.compile(rb"(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)*(?:APIRouter|Blueprint)\Z")


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `@app.get("/users/{id}")` and `app.router.add_get("/users", handler)`, with the file's router prefixes."""
    found = list(calls(PYTHON, data))
    prefixes = _prefixes(found, data)
    for call in found:
        path = literal(call.argument("path") or next(iter(call.positional), None))
        if not path or not path.startswith("/"):
            continue
        prefix = prefixes.get(call.owner, "")
        handler = _HANDLER.match(data, call.span[1])
        if call.name in _METHODS and data[: call.span[0]].endswith(b"@") and handler:
            yield Declaration("route", prefix + path, call.line, binding=f"{call.name} {handler[1].decode()}")
        elif _ADD_METHOD.fullmatch(call.name) or (call.owner == "web" and call.name in _METHODS):
            view = call.argument("view_func") or call.argument("endpoint") or call.positional[-1]
            yield Declaration("route", prefix + path, call.line, binding=f"{call.name} {view}")


def _prefixes(found: list[Call], data: bytes) -> dict[str, str]:
    """Map each router and blueprint of the file to the prefix of its routes."""
    prefixes = {}
    for call in found:
        prefix = literal(call.argument("prefix") or call.argument("url_prefix"))
        if call.name in ("APIRouter", "Blueprint") and prefix:
            start = data.rfind(b"\n", 0, call.span[0]) + 1
            name = _ROUTER_ASSIGNMENT.search(data[start : call.span[0]] + call.name.encode())
            if name:
                prefixes[name[1].decode()] = prefix.rstrip("/")
    return prefixes


DECORATED_ROUTES = Framework(
    name="Flask and FastAPI",
    suffixes=(".py",),
    markers=(b"route", b"Router", b"FastAPI", b"Flask", b"Blueprint", b"aiohttp"),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'api = APIRouter(prefix="/v1")\n\n\n@api.get("/users/{id}")\nasync def user(id): ...\n\n\n'
            '@app.route("/health")\ndef health(): ...\n\n\napp.router.add_get("/ready", ready)\nclient.get("/other")\n',
            (("/v1/users/{id}", None), ("/health", None), ("/ready", None)),
        ),
    ),
)
