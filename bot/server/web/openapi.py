"""`GET /api/openapi.json`: the API as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0)."""

from __future__ import annotations

from typing import Any, get_args

from aiohttp import web

import bot
from bot.domain.search import ContentKind
from bot.server.web.search import MAX_PAGES, MAX_PATTERNS, MAX_QUERY_LENGTH, MAX_RESULTS

_TEXT, _NUMBER, _INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
_TEXT_OR_NONE = {"type": ["string", "null"]}


def _object(required: bool = True, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(properties)} if required else {})}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_SCHEMAS = {
    "Problem": _object(type=_TEXT, title=_TEXT, status=_INTEGER, detail=_TEXT),
    "Index": _object(
        repository=_TEXT,
        branch=_TEXT,
        commit=_TEXT_OR_NONE,
        indexed_at={**_TEXT_OR_NONE, "format": "date-time"},
        files_done=_INTEGER,
        files=_INTEGER,
    ),
    "Result": _object(
        repository=_TEXT,
        branch=_TEXT,
        commit=_TEXT,
        path=_TEXT,
        start_line=_INTEGER,
        end_line=_INTEGER,
        kind={"enum": list(get_args(ContentKind))},
        title=_list(_TEXT),
        text=_TEXT,
        url=_TEXT,
        score=_NUMBER,
        parts={"type": "object", "additionalProperties": {"type": ["number", "null"]}},
    ),
    "Agent": _object(
        name=_TEXT,
        version=_TEXT,
        queue_depth=_INTEGER,
        last_run=_TEXT_OR_NONE,
        runs=_INTEGER,
        error_rate=_NUMBER,
        latency_seconds=_object(p50={"type": ["number", "null"]}, p95={"type": ["number", "null"]}),
    ),
}
_PROBLEM = {"content": {"application/problem+json": {"schema": _ref("Problem")}}}


def _operation(summary: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"description": "What was asked for.", "content": {"application/json": {"schema": schema}}}
    faults = {
        "400": "A value is not right.",
        "401": "No token of ours.",
        "403": "It is for less.",
        "500": "Our fault.",
        "503": "Later.",
    }
    refused = {status: {"description": why, **_PROBLEM} for status, why in faults.items()}
    return {"summary": summary, "responses": {"200": said, **refused, **more.pop("responses", {})}, **more}


def _query_parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


_MISSING = {"404": {"description": "No such repository is indexed.", **_PROBLEM}}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "MAS", "version": bot.__version__, "description": "What MAS knows, and how it does."},
    "security": [{"token": []}],
    "paths": {
        "/api/docs/search": {
            "get": _operation(
                "The sections and symbols that answer a query best; without one, what was indexed last.",
                _object(
                    results=_list(_ref("Result")),
                    indexes=_list(_ref("Index")),
                    next_page={"type": ["integer", "null"]},
                ),
                parameters=[
                    _query_parameter(
                        "q", {**_TEXT, "maxLength": MAX_QUERY_LENGTH}, "Words, a question, or an identifier."
                    ),
                    _query_parameter("repo", _TEXT, "One repository, as owner/name."),
                    _query_parameter("branch", _TEXT, "One branch."),
                    _query_parameter("path", {**_list(_TEXT), "maxItems": MAX_PATTERNS}, "Only such paths, as globs."),
                    _query_parameter(
                        "kind", _list({"enum": list(get_args(ContentKind))}), "Only such files; several may be named."
                    ),
                    _query_parameter(
                        "limit", {**_INTEGER, "minimum": 1, "maximum": MAX_RESULTS, "default": 10}, "How many results."
                    ),
                    _query_parameter(
                        "page", {**_INTEGER, "minimum": 1, "maximum": MAX_PAGES, "default": 1}, "Which of them."
                    ),
                ],
                responses=_MISSING,
            )
        },
        "/api/docs/ask": {
            "post": _operation(
                "The passages that answer a question, word for word; none where the evidence is weak.",
                _object(found={"type": "boolean"}, passages=_list(_ref("Result"))),
                requestBody={
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                **_object(
                                    False,
                                    question={**_TEXT, "minLength": 1, "maxLength": MAX_QUERY_LENGTH},
                                    repo=_TEXT_OR_NONE,
                                    branch=_TEXT_OR_NONE,
                                ),
                                "required": ["question"],
                            }
                        }
                    },
                },
                responses=_MISSING,
            )
        },
        "/api/agents/status": {
            "get": _operation(
                "How each agent does.", _object(version=_TEXT, window_seconds=_NUMBER, agents=_list(_ref("Agent")))
            )
        },
        "/api/metrics": {"get": _operation("The metrics.", _object(version=_TEXT, metrics={}))},
    },
    "components": {"schemas": _SCHEMAS, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}


def openapi_routes() -> list[web.RouteDef]:
    """Anybody may read it: it tells of nobody."""

    async def document(_request: web.Request) -> web.StreamResponse:
        return web.json_response(DOCUMENT)

    return [web.get("/api/openapi.json", document)]
