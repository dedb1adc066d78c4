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
    success = {"description": "Success.", "content": {"application/json": {"schema": schema}}}
    errors = {
        "400": "Invalid parameter or body.",
        "401": "Missing or unknown token.",
        "403": "The scope of the token does not cover this endpoint, or no tokens are configured.",
        "500": "Internal error.",
        "503": "The service or a database is temporarily unavailable. Try again later.",
    }
    problems = {status: {"description": description, **_PROBLEM} for status, description in errors.items()}
    return {"summary": summary, "responses": {"200": success, **problems, **more.pop("responses", {})}, **more}


def _query_parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


_MISSING = {"404": {"description": "The repository or branch is not indexed, or not in the token's scope.", **_PROBLEM}}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "MAS",
        "version": bot.__version__,
        "description": "Search indexed repositories, and monitor the agents.",
    },
    "security": [{"token": []}],
    "paths": {
        "/api/docs/search": {
            "get": _operation(
                "Search doc sections and code symbols. Without a query, list the indexes, newest first.",
                _object(
                    results=_list(_ref("Result")),
                    indexes=_list(_ref("Index")),
                    next_page={"type": ["integer", "null"]},
                ),
                parameters=[
                    _query_parameter(
                        "q", {**_TEXT, "maxLength": MAX_QUERY_LENGTH}, "Query: words, a question or an identifier."
                    ),
                    _query_parameter("repo", _TEXT, "Only this repository, as owner/name."),
                    _query_parameter("branch", _TEXT, "Only this branch."),
                    _query_parameter(
                        "path", {**_list(_TEXT), "maxItems": MAX_PATTERNS}, "Only paths that match one of these globs."
                    ),
                    _query_parameter(
                        "kind", _list({"enum": list(get_args(ContentKind))}), "Only these kinds of content."
                    ),
                    _query_parameter(
                        "limit", {**_INTEGER, "minimum": 1, "maximum": MAX_RESULTS, "default": 10}, "Results per page."
                    ),
                    _query_parameter(
                        "page", {**_INTEGER, "minimum": 1, "maximum": MAX_PAGES, "default": 1}, "Page number."
                    ),
                ],
                responses=_MISSING,
            )
        },
        "/api/docs/ask": {
            "post": _operation(
                "Answer a question with quotes from indexed repositories. No passages if the evidence is weak.",
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
                "Status of each agent over the last day.",
                _object(version=_TEXT, window_seconds=_NUMBER, agents=_list(_ref("Agent"))),
            )
        },
        "/api/metrics": {"get": _operation("Metrics of this process.", _object(version=_TEXT, metrics={}))},
    },
    "components": {"schemas": _SCHEMAS, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}


def openapi_routes() -> list[web.RouteDef]:
    """Return the route of the OpenAPI document. Public: it contains no tenant data."""

    async def document(_request: web.Request) -> web.StreamResponse:
        return web.json_response(DOCUMENT)

    return [web.get("/api/openapi.json", document)]
