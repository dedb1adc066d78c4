"""Judges what goes over the wire by what GitHub publishes of itself: its OpenAPI description, its GraphQL schema and
its webhook schemas, as `make schemas` brings them. Every judgement is a list of reasons, empty when all is well.
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
"""Answers to any call of a repository that was renamed, with a body that says where it is."""
_ANYWHERE = {*_REDIRECTS, 304, 400, 401, 403, 404, 409, 422, 429}
"""Statuses that GitHub may answer to any call, described there or not."""
_FAULT = {"type": "object", "required": ["message", "documentation_url"]}
"""What each of GitHub's faults holds; its description requires nothing."""


class Exchange(Protocol):
    """One call of GitHub's API; `path` begins below the API's root, bodies are as they went over the wire."""

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
    """What GitHub would not have taken, or not have said so, in one call of either API."""
    if exchange.path != "/graphql":
        return rest_errors(exchange)
    if exchange.status >= 500:
        return []
    if exchange.status != 200:
        return _misfits(_FAULT, exchange.response_body, "answer")
    asked, answer = json.loads(exchange.request_body), json.loads(exchange.response_body)
    if "errors" in answer:
        return [f"answer: {fault} has no message" for fault in answer["errors"] if not fault.get("message")]
    return graphql_errors(asked["query"], asked.get("variables"), answer["data"])


# ------------------------------------------------------------------ REST


def rest_errors(exchange: Exchange) -> list[str]:
    """What is wrong with one REST call: the operation, its query and body where they were accepted, the answer."""
    name = _operation_of(exchange.method, exchange.path)
    if name is None:
        return [f"{exchange.method} {exchange.path}: GitHub has no such call, or tests/schemas/subset.py leaves it out"]
    is_raw = exchange.response_headers.get("Content-Type", "").startswith("application/vnd.github.raw")
    reasons = [] if is_raw else _answer_errors(name, exchange.status, exchange.response_body)
    if exchange.status < 400:
        reasons += _query_errors(name, exchange.query) + body_errors(name, exchange.request_body)
    return [f"{name}: {reason}" for reason in reasons]


def _answer_errors(name: str, status: int, body: bytes) -> list[str]:
    answers = _operations()[name]["answers"]
    if status >= 500:
        return []
    if str(status) not in answers and status not in _ANYWHERE:
        return [f"GitHub never answers {status} here"]
    reasons = _misfits(_FAULT, body, f"answer {status}") if status >= 400 else []
    schema = answers.get(str(status))
    if schema is not None:
        return reasons + _misfits(schema, body, f"answer {status}")
    bare = status < 400 and status not in _REDIRECTS
    return [*reasons, f"{status} has no body at GitHub"] if body and bare else reasons


def _query_errors(name: str, given: Mapping[str, str]) -> list[str]:
    operation = _operations()[name]
    reasons = [f"query: {each} is required" for each in operation["query_required"] if each not in given]
    for key, value in given.items():
        if key not in operation["query"]:
            reasons.append(f"query: GitHub knows no {key}")
        elif not any(_validator(operation["query"][key]).is_valid(meant) for meant in _meanings(value)):
            reasons.append(f"query: {key} cannot be {value!r}")
    return reasons


def body_errors(name: str, body: bytes) -> list[str]:
    """What GitHub would not take as the body of an operation, as `POST /app-manifests`."""
    operation = _operations()[name]
    if not body:
        return ["request: it needs a body"] if operation["body_required"] else []
    return _misfits(operation["body"], body, "request") if operation["body"] else ["request: it takes no body"]


def _meanings(text: str) -> list[object]:
    """What a value in a query may stand for: itself, or the number or truth value that it spells."""
    return [text, json.loads(text)] if re.fullmatch(r"0|[1-9]\d*|true|false", text) else [text]


def _operation_of(method: str, path: str) -> str | None:
    """The operation that a path belongs to; where several fit, the one with the most literal segments.

    `/repositories/{id}`, where GitHub leads to when a repository was renamed, stands for `/repos/{owner}/{repo}`.
    """
    path = re.sub(r"^/repositories/\d+", "/repos/owner/name", path)
    fitting = [name for name, pattern in _patterns().items() if pattern.fullmatch(f"{method} {path}")]
    return max(fitting, key=lambda name: sum("{" not in part for part in name.split("/")), default=None)


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
    """What is wrong with a query; with variables, with their values; with an answer's data, with that.

    The data is judged by running the query on it: each field asked for must be there and of its type, and no other.
    """
    try:
        document = parse(query)
    except GraphQLError as fault:
        return [f"query: {fault.message}"]
    if reasons := [f"query: {fault.message}" for fault in validate(github_sdl(), document)]:
        return reasons
    if data is None:
        return [] if variables is None else _variable_faults(document, variables)
    ran = execute_sync(
        github_sdl(), document, data, variable_values=variables, field_resolver=_answered, type_resolver=_kind
    )
    reasons = [f"data: {fault.message}" for fault in ran.errors or []]
    return reasons or ([] if ran.data == data else ["data: the answer holds more than was asked for"])


def _variable_faults(document: DocumentNode, variables: dict[str, Any]) -> list[str]:
    definitions = [each for part in document.definitions for each in getattr(part, "variable_definitions", ())]
    coerced = get_variable_values(github_sdl(), definitions, variables)
    return [f"variables: {fault.message}" for fault in coerced] if isinstance(coerced, list) else []


def _answered(source: dict[str, Any], info: GraphQLResolveInfo[Any], **_: object) -> object:
    if info.path.key not in source:
        raise GraphQLError(f"{'.'.join(map(str, info.path.as_list()))} is missing")
    return source[str(info.path.key)]


def _kind(value: dict[str, Any], _: GraphQLResolveInfo[Any], abstract: GraphQLAbstractType) -> str:
    """The type of an object behind an interface or union: what it says, else the first that has all its fields."""
    kinds = github_sdl().get_possible_types(abstract)
    fitting = (kind.name for kind in kinds if value.keys() <= kind.fields.keys())
    return str(value.get("__typename") or next(fitting, kinds[0].name))


@cache
def github_sdl() -> GraphQLSchema:
    """GitHub's whole GraphQL schema; building it takes a second, once."""
    return build_schema((FOLDER / "schema.graphql").read_text(), assume_valid=True)


# ------------------------------------------------------------------ webhooks


def webhook_errors(event: str, payload: dict[str, Any]) -> list[str]:
    """What GitHub would not have sent as the payload of an event."""
    action = payload.get("action", "event")
    if f"{event}${action}" not in _published("webhooks.json")["definitions"]:
        return [f"{event} {action}: GitHub sends no such webhook"]
    faults = _webhook_validator(f"{event}${action}").iter_errors(payload)
    return [f"{event} {action}: {_reason(fault)}" for fault in faults]


def examples(event: str) -> list[dict[str, Any]]:
    """Payloads of an event that GitHub publishes; old ones, so not all fit its newer schemas."""
    return next((each["examples"] for each in _published("examples.json") if each["name"] == event), [])


# ------------------------------------------------------------------ what is published


@cache
def _published(file: str) -> Any:
    path = FOLDER / file
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: run `make schemas`")
    return json.loads(path.read_text())


def _misfits(schema: dict[str, Any], body: bytes, where: str) -> list[str]:
    """What of a JSON body does not fit a schema."""
    try:
        value = json.loads(body)
    except ValueError:
        return [f"{where}: not JSON"]
    return [f"{where}: {_reason(fault)}" for fault in _validator(schema).iter_errors(value)]


def _reason(fault: jsonschema_rs.ValidationError) -> str:
    place = "/".join(map(str, fault.instance_path))
    return f"{place}: {fault.message[:200]}" if place else fault.message[:200]


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
