"""GitHub's GraphQL endpoint, for the part of its schema in `schema.graphql`.

https://docs.github.com/graphql
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    graphql_sync,
)

from github_sandbox.auth import can_read
from github_sandbox.errors import ApiError
from github_sandbox.graphql.base import GraphQLApiError, Node, actor
from github_sandbox.graphql.mutations import Mutation
from github_sandbox.graphql.nodes import resolve_node
from github_sandbox.graphql.repository import RepositoryNode
from github_sandbox.rest import ApiResponse, Call, Route

_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


class Query(Mutation):
    """The root of queries and mutations, whose fields do not overlap."""

    def repository(self, owner: str, name: str, follow_renames: bool) -> RepositoryNode:
        found = self.call.world.repository(owner, name)
        if found is None and follow_renames:
            found = self.call.world.find_redirect(owner, name)
        if found is None or not can_read(self.call.principal, found):
            raise GraphQLApiError("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return RepositoryNode(self.call, found)

    def viewer(self) -> dict[str, Any] | None:
        """Return the caller; for an App its bot, whose login has the `[bot]` suffix here."""
        return actor(self.call, self.call.actor, as_user=True)

    def node(self, id: str) -> Node:
        return resolve_node(self.call, id)

    def rate_limit(self, dry_run: bool) -> dict[str, Any]:
        window = self.call.limits.window(self.call.principal.key, "graphql")
        reset_at = window.reset.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {**window.as_json(), "cost": 1, "node_count": 0, "reset_at": reset_at}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _resolve(source: Any, info: Any, **arguments: Any) -> Any:
    """Resolve a field by the attribute, key or method of its name in snake case. Arguments are in snake case too."""
    name = _snake(info.field_name)
    value = source[name] if isinstance(source, dict) else getattr(source, name)
    return value(**{_snake(key): argument for key, argument in arguments.items()}) if callable(value) else value


def _type_name(value: Any, *_: Any) -> str:
    return str(value["typename"] if isinstance(value, dict) else value.typename)


@cache
def schema() -> GraphQLSchema:
    """Return the schema, parsed once."""
    built = build_schema(files("github_sandbox").joinpath("schema.graphql").read_text())
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _type_name
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                field.resolve = _resolve
    return built


def execute(call: Call) -> ApiResponse:
    """Execute an operation. As on GitHub, a failed one has status 200; only a request without a query is an error."""
    query = call.body.get("query")
    if not isinstance(query, str):
        raise ApiError(400, "A query attribute must be specified and must be a string.")
    if call.principal.account is None:
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    result = graphql_sync(
        schema(),
        query,
        root_value=Query(call),
        variable_values=call.body.get("variables") or {},
        operation_name=call.body.get("operationName"),
    )
    return ApiResponse(200, _body(result))


def _body(result: ExecutionResult) -> dict[str, Any]:
    body: dict[str, Any] = {} if result.data is None and result.errors else {"data": result.data}
    return body | ({"errors": [_error(error) for error in result.errors]} if result.errors else {})


def _error(error: GraphQLError) -> dict[str, Any]:
    """Return an error in GitHub's form, with its type next to the message. Re-raises bugs in the emulator."""
    cause = error.original_error
    if cause is not None and not isinstance(cause, GraphQLApiError | GraphQLError):
        raise cause
    formatted = error.formatted
    body: dict[str, Any] = {"type": cause.type} if isinstance(cause, GraphQLApiError) else {}
    for name in ("path", "locations"):
        if name in formatted:
            body[name] = formatted[name]
    return body | {"message": _UNKNOWN_FIELD.sub(r"Field '\1' doesn't exist on type '\2'", error.message)}


ROUTES = (Route("POST", "/graphql", execute, auth="anyone"),)
