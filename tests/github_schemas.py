"""Validation of API traffic against GitHub's published OpenAPI description, GraphQL schema and webhook schemas.

`make schemas` fetches them. Each check returns a list of errors, empty if all is valid.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

import jsonschema_rs
from graphql import (
    DocumentNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from tests.schemas.fetch import FOLDER
from tests.schemas.subset import URI

_REDIRECTS = {301, 307}
"""Responses to any call of a renamed repository, with a body that has the new location."""
_ANY_CALL = {*_REDIRECTS, 304, 400, 401, 403, 404, 409, 422, 429}
"""Statuses that GitHub may return for any call, even if the description does not list them."""
_ERROR = {"type": "object", "required": ["message", "documentation_url"]}
"""Fields of every error of GitHub. Its description does not require any."""


class Exchange(Protocol):
    """One API call. `path` is below the API root; bodies are the bytes sent."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> Mapping[str, str]: ...
    @property
    def request_body(self) -> bytes: ...
    @property
    def status(self) -> int: ...
    @property
    def response_headers(self) -> Mapping[str, str]: ...
    @property
    def response_body(self) -> bytes: ...


def exchange_errors(exchange: Exchange) -> list[str]:
    """Return the errors of one REST or GraphQL call."""
    if exchange.path != "/graphql":
        return rest_errors(exchange)
    if exchange.status >= 500:
        return []
    if exchange.status != 200:
        return _schema_errors(_ERROR, exchange.response_body, "answer")
    request, answer = json.loads(exchange.request_body), json.loads(exchange.response_body)
    if "errors" in answer:
        return [f"answer: {error} has no message" for error in answer["errors"] if not error.get("message")]
    return graphql_errors(request["query"], request.get("variables"), answer["data"])


# ------------------------------------------------------------------ REST


def rest_errors(exchange: Exchange) -> list[str]:
    """Return the errors of one REST call: of the operation, of the response, and of an accepted query and body."""
    name = _operation_of(exchange.method, exchange.path)
    if name is None:
        return [f"{exchange.method} {exchange.path}: unknown call; if GitHub has it, add it to tests/schemas/subset.py"]
    is_raw = exchange.response_headers.get("Content-Type", "").startswith("application/vnd.github.raw")
    reasons = [] if is_raw else _answer_errors(name, exchange.status, exchange.response_body)
    if exchange.status < 400:
        reasons += _query_errors(name, exchange.query) + body_errors(name, exchange.request_body)
    return [f"{name}: {reason}" for reason in reasons]


def _answer_errors(name: str, status: int, body: bytes) -> list[str]:
    answers = _operations()[name]["answers"]
    if status >= 500:
        return []
    if str(status) not in answers and status not in _ANY_CALL:
        return [f"GitHub never returns {status} here"]
    reasons = _schema_errors(_ERROR, body, f"answer {status}") if status >= 400 else []
    schema = answers.get(str(status))
    if schema is not None:
        return reasons + _schema_errors(schema, body, f"answer {status}")
    expects_no_body = status < 400 and status not in _REDIRECTS
    return [*reasons, f"GitHub returns {status} without a body"] if body and expects_no_body else reasons


def _query_errors(name: str, query: Mapping[str, str]) -> list[str]:
    operation = _operations()[name]
    reasons = [f"query: {each} is required" for each in operation["query_required"] if each not in query]
    for key, value in query.items():
        if key not in operation["query"]:
            reasons.append(f"query: unknown parameter {key}")
        elif not any(_validator(operation["query"][key]).is_valid(meant) for meant in _values(value)):
            reasons.append(f"query: {key} cannot be {value!r}")
    return reasons


def body_errors(name: str, body: bytes) -> list[str]:
    """Return the errors of a request body of an operation, such as `POST /app-manifests`."""
    operation = _operations()[name]
    if not body:
        return ["request: a body is required"] if operation["body_required"] else []
    return _schema_errors(operation["body"], body, "request") if operation["body"] else ["request: no body is allowed"]


def _values(text: str) -> list[object]:
    """Return the values that a query parameter may mean: the text itself, or the number or boolean that it spells."""
    return [text, json.loads(text)] if re.fullmatch(r"0|[1-9]\d*|true|false", text) else [text]


def _operation_of(method: str, path: str) -> str | None:
    """Return the operation of a path; of several, the one with the most literal segments.

    `/repositories/{id}`, the redirect target of renamed repositories, counts as `/repos/{owner}/{repo}`.
    """
    path = re.sub(r"^/repositories/\d+", "/repos/owner/name", path)
    matching = [name for name, pattern in _patterns().items() if pattern.fullmatch(f"{method} {path}")]
    return max(matching, key=lambda name: sum("{" not in part for part in name.split("/")), default=None)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    def pattern(name: str, slashes: list[str]) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", name)
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = [".+" if each in slashes else "[^/]+" for each in parts[1::2]]
        return re.compile("".join(parts))

    return {name: pattern(name, each["slashes"]) for name, each in _operations().items()}


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = _published("rest.json")["operations"]
    return operations


# ------------------------------------------------------------------ GraphQL


def graphql_errors(query: str, variables: dict[str, Any] | None = None, data: object = None) -> list[str]:
    """Return the errors of a query and, if given, of its variables and of a response's data.

    Data is checked by executing the query on it: it must have exactly the requested fields, each of its type.
    """
    try:
        document = parse(query)
    except GraphQLError as error:
        return [f"query: {error.message}"]
    if reasons := [f"query: {error.message}" for error in validate(github_sdl(), document)]:
        return reasons
    if data is None:
        return [] if variables is None else _variable_errors(document, variables)
    result = execute_sync(
        github_sdl(),
        document,
        data,
        variable_values=variables,
        field_resolver=_resolve_field,
        type_resolver=_resolve_type,
    )
    reasons = [f"data: {error.message}" for error in result.errors or []]
    return reasons or ([] if result.data == data else ["data: the response has more fields than requested"])


def _variable_errors(document: DocumentNode, variables: dict[str, Any]) -> list[str]:
    definitions = [each for part in document.definitions for each in getattr(part, "variable_definitions", ())]
    coerced = get_variable_values(github_sdl(), definitions, variables)
    return [f"variables: {error.message}" for error in coerced] if isinstance(coerced, list) else []


def _resolve_field(source: dict[str, Any], info: GraphQLResolveInfo[Any], **_: object) -> object:
    if info.path.key not in source:
        raise GraphQLError(f"{'.'.join(map(str, info.path.as_list()))} is missing")
    return source[str(info.path.key)]


def _resolve_type(value: dict[str, Any], _: GraphQLResolveInfo[Any], abstract: GraphQLAbstractType) -> str:
    """Return the type of an object of an interface or union: `__typename`, or the first type that has its fields."""
    kinds = github_sdl().get_possible_types(abstract)
    matching = (kind.name for kind in kinds if value.keys() <= kind.fields.keys())
    return str(value.get("__typename") or next(matching, kinds[0].name))


@cache
def github_sdl() -> GraphQLSchema:
    """Return GitHub's full GraphQL schema. Building it takes a second, once."""
    return build_schema((FOLDER / "schema.graphql").read_text(), assume_valid=True)


# ------------------------------------------------------------------ webhooks


def webhook_errors(event: str, payload: dict[str, Any]) -> list[str]:
    """Return the errors of an event's payload."""
    action = payload.get("action", "event")
    if f"{event}${action}" not in _published("webhooks.json")["definitions"]:
        return [f"{event} {action}: unknown webhook"]
    faults = _webhook_validator(f"{event}${action}").iter_errors(payload)
    return [f"{event} {action}: {_reason(error)}" for error in faults]


def examples(event: str) -> list[dict[str, Any]]:
    """Return payloads of an event that GitHub publishes. They are old, so some do not match its newer schemas."""
    return next((each["examples"] for each in _published("examples.json") if each["name"] == event), [])


# ------------------------------------------------------------------ published schemas


@cache
def _published(file: str) -> Any:
    path = FOLDER / file
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist. Run `make schemas`")
    return json.loads(path.read_text())


def _schema_errors(schema: dict[str, Any], body: bytes, where: str) -> list[str]:
    """Return the errors of a JSON body by a schema."""
    try:
        value = json.loads(body)
    except ValueError:
        return [f"{where}: not JSON"]
    return [f"{where}: {_reason(error)}" for error in _validator(schema).iter_errors(value)]


def _reason(error: jsonschema_rs.ValidationError) -> str:
    place = "/".join(map(str, error.instance_path))
    return f"{place}: {error.message[:200]}" if place else error.message[:200]


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return _rest_validator(json.dumps(schema))


@cache
def _rest_validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema, registry=_registry(URI, "rest.json"))


@cache
def _webhook_validator(definition: str) -> jsonschema_rs.Draft7Validator:
    uri = "urn:github:webhooks"
    schema = {"$ref": f"{uri}#/definitions/{definition}"}
    return jsonschema_rs.Draft7Validator(schema, registry=_registry(uri, "webhooks.json"))


@cache
def _registry(uri: str, file: str) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(uri, _published(file))])
