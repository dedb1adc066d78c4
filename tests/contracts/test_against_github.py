"""MAS's use of GitHub's API, checked against the schemas that GitHub publishes."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    print_ast,
)

import bot.github
from bot.errors import RemoteError
from bot.github.events import EVENTS, parse
from tests.github_schemas import examples, exchange_errors, github_sdl, graphql_errors, rest_errors, webhook_errors
from tests.sandboxes import checked


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    request_body: bytes = b""
    status: int = 200
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: bytes = b""


def json_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


# ------------------------------------------------------------------ the validators themselves: REST

REF = {
    "ref": "refs/heads/mas/docs/main",
    "node_id": "REF_x",
    "url": "https://api.github.com/repos/octo/sample/git/refs/heads/mas/docs/main",
    "object": {"type": "commit", "sha": "a" * 40, "url": "https://api.github.com/repos/octo/sample/git/commits/a"},
}
CREATE_REF = Call(
    "POST",
    "/repos/octo/sample/git/refs",
    request_body=json_bytes({"ref": "refs/heads/mas/docs/main", "sha": "a" * 40}),
    status=201,
    response_body=json_bytes(REF),
)
NOT_FOUND = json_bytes({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"})


def test_a_call_by_githubs_description_is_valid() -> None:
    assert rest_errors(CREATE_REF) == []


def test_a_last_parameter_may_contain_slashes_if_github_says_so() -> None:
    call = Call("GET", "/repos/octo/sample/git/ref/heads/mas/docs/main", response_body=json_bytes(REF))
    assert rest_errors(call) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param({"ref": "refs/heads/x"}, '"sha" is a required property', id="a missing field"),
        pytest.param({"ref": "refs/heads/x", "sha": 7}, 'sha: 7 is not of type "string"', id="a field of another type"),
        pytest.param({"ref": "refs/heads/x", "sha": "a", "sah": "b"}, "'sah' was unexpected", id="a misspelt field"),
    ],
)
def test_an_invalid_request_body_is_reported(body: dict[str, Any], reason: str) -> None:
    assert reason in " ".join(rest_errors(replace(CREATE_REF, request_body=json_bytes(body))))


def test_a_rejected_request_is_not_validated_but_its_response_is() -> None:
    refused = replace(CREATE_REF, request_body=b"{}", status=422, response_body=NOT_FOUND)
    assert rest_errors(refused) == []
    assert "required property" in rest_errors(replace(refused, response_body=b'{"error": "no"}'))[0]


@pytest.mark.parametrize("missing", sorted(REF))
def test_a_response_without_a_required_field_is_reported(missing: str) -> None:
    answer = {key: value for key, value in REF.items() if key != missing}
    assert rest_errors(replace(CREATE_REF, response_body=json_bytes(answer))) == [
        f'POST /repos/{{owner}}/{{repo}}/git/refs: answer 201: "{missing}" is a required property'
    ]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        pytest.param(Call("GET", "/repos/octo/sample/gti/refs"), "unknown call", id="no such path"),
        pytest.param(Call("DELETE", "/repos/octo/sample/pulls/7"), "unknown call", id="no such method"),
        pytest.param(replace(CREATE_REF, status=200), "never returns 200", id="no such status"),
        pytest.param(replace(CREATE_REF, response_body=b"<html>"), "not JSON", id="not JSON"),
        pytest.param(replace(CREATE_REF, request_body=b""), "a body is required", id="no body"),
        pytest.param(replace(CREATE_REF, query={"per-page": "3"}), "unknown parameter per-page", id="no such query"),
        pytest.param(
            Call("GET", "/repos/octo/sample/pulls", {"state": "opened"}, response_body=b"[]"),
            "state cannot be 'opened'",
            id="no such value in a query",
        ),
        pytest.param(
            Call("DELETE", "/repos/octo/sample/git/refs/heads/x", status=204, response_body=b"{}"),
            "returns 204 without a body",
            id="a body where none is",
        ),
    ],
)
def test_an_unknown_call_is_reported(call: Call, reason: str) -> None:
    assert reason in " ".join(rest_errors(call))


def test_an_empty_page_is_valid() -> None:
    query = {"state": "open", "head": "octo:mas/docs/main", "per_page": "100", "page": "2"}
    assert rest_errors(Call("GET", "/repos/octo/sample/pulls", query, response_body=b"[]")) == []


# ------------------------------------------------------------------ the validators themselves: GraphQL

AUTHORS = """
query($owner: String!, $number: Int!) {
  repository(owner: $owner, name: "sample") {
    pullRequest(number: $number) { heading: title state author { login ... on Bot { databaseId } } }
  }
}"""
VARIABLES = {"owner": "octo", "number": 7}


def authors(**changes: object) -> dict[str, Any]:
    pull = {"heading": "docs", "state": "OPEN", "author": {"login": "mas", "databaseId": 3}, **changes}
    return {"repository": {"pullRequest": pull}}


def test_a_query_its_variables_and_its_response_are_valid() -> None:
    assert graphql_errors(AUTHORS) == []
    assert graphql_errors(AUTHORS, VARIABLES) == []
    assert graphql_errors(AUTHORS, VARIABLES, authors()) == []
    assert graphql_errors(AUTHORS, VARIABLES, authors(author=None)) == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{ viewer { logni } }", "Cannot query field 'logni' on type 'User'"),
        ("query($n: Int!) { viewer { login } }", "Variable '$n' is never used"),
        ("{ viewer { login }", "Syntax Error"),
    ],
)
def test_an_invalid_query_is_reported(query: str, reason: str) -> None:
    assert reason in graphql_errors(query)[0]


def test_variables_of_a_wrong_type_are_reported() -> None:
    assert "'$number'" in graphql_errors(AUTHORS, {"owner": "octo", "number": "7"})[0]
    assert "'$owner'" in graphql_errors(AUTHORS, {"number": 7})[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (authors(state="OPNE"), "'OPNE'"),
        (authors(heading=None), "non-nullable"),
        (authors(title="docs"), "more fields than requested"),
        ({"repository": {"pullRequest": {}}}, "repository.pullRequest.heading is missing"),
    ],
)
def test_an_invalid_graphql_response_is_reported(data: dict[str, Any], reason: str) -> None:
    call = Call("POST", "/graphql", request_body=json_bytes({"query": AUTHORS, "variables": VARIABLES}))
    errors = exchange_errors(replace(call, response_body=json_bytes({"data": data})))
    assert reason in " ".join(errors)


def test_graphql_errors_are_validated_by_their_structure() -> None:
    call = Call("POST", "/graphql", request_body=json_bytes({"query": AUTHORS, "variables": VARIABLES}))
    response = {"data": None, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve", "path": ["repository"]}]}
    assert exchange_errors(replace(call, response_body=json_bytes(response))) == []
    assert exchange_errors(replace(call, response_body=json_bytes({"errors": [{"type": "NOT_FOUND"}]})))
    assert exchange_errors(replace(call, status=401, response_body=NOT_FOUND)) == []
    assert exchange_errors(replace(call, status=401, response_body=b"{}"))


# ------------------------------------------------------------------ the validators themselves: webhooks


def valid_push() -> dict[str, Any]:
    return next(example for example in examples("push") if not webhook_errors("push", example))


def test_an_example_that_github_publishes_is_valid() -> None:
    assert webhook_errors("push", valid_push()) == []


@pytest.mark.parametrize("missing", ["ref", "before", "repository", "sender"])
def test_a_webhook_without_a_required_field_is_reported(missing: str) -> None:
    payload = {key: value for key, value in valid_push().items() if key != missing}
    assert webhook_errors("push", payload) == [f'push event: "{missing}" is a required property']


def test_an_event_or_action_that_github_does_not_send_is_reported() -> None:
    assert webhook_errors("pushed", {}) == ["pushed event: unknown webhook"]
    assert webhook_errors("issue_comment", {"action": "shouted"}) == ["issue_comment shouted: unknown webhook"]


# ------------------------------------------------------------------ the checked sandbox


async def test_a_call_that_github_does_not_have_fails_the_test_that_made_it(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="GET /gti: unknown call"):
        async with checked(tmp_path) as sandbox, aiohttp.ClientSession() as session:
            await session.get(f"{sandbox.api_url}/gti")


async def test_a_webhook_that_github_would_not_send_fails_the_test_that_caused_it(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match='"head_commit" is a required property'):
        async with checked(tmp_path) as sandbox:
            repository = sandbox.create_repository("octo", "sample")
            app = sandbox.register_app("mas", {"contents": "read"}, ["push"], f"{sandbox.url}/nowhere")
            sandbox.install(app, "octo", [repository])
            sandbox.webhooks.repository_event("push", repository, repository.owner, {"ref": "refs/heads/main"})


# ------------------------------------------------------------------ requests


def our_queries() -> dict[str, str]:
    """Return all queries and mutations in `bot.github`, by name."""
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(bot.github.__path__, "bot.github.")]
    values = {name: value for module in modules for name, value in vars(module).items()}
    return {name: value for name, value in values.items() if name.endswith(("_QUERY", "_MUTATION"))}


def test_each_query_is_valid_at_github() -> None:
    queries = our_queries()
    assert queries
    assert {name: reasons for name, query in queries.items() if (reasons := graphql_errors(query))} == {}


# ------------------------------------------------------------------ payloads


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_each_used_event_exists_at_github(event: str) -> None:
    assert examples(event)


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_each_payload_that_fits_githubs_schema_is_parsed(event: str) -> None:
    right = [example for example in examples(event) if not webhook_errors(event, example)]
    assert right
    for payload in right:
        installed = {**payload, "installation": {"id": 7, "node_id": "x", **payload.get("installation", {})}}
        assert parse(event, json_bytes(payload))
        assert parse(event, json_bytes(installed))


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_an_incomplete_payload_is_parsed_or_rejected_for_good(event: str) -> None:
    for payload in examples(event):
        for missing in payload:
            short = {key: value for key, value in payload.items() if key != missing}
            try:
                assert parse(event, json_bytes(short))
            except RemoteError as refusal:
                assert not refusal.transient


# ------------------------------------------------------------------ the sandbox's GraphQL schema


def sandbox_sdl() -> GraphQLSchema:
    return build_schema((resources.files("github_sandbox") / "schema.graphql").read_text())


def test_the_sandboxs_graphql_schema_is_a_subset_of_githubs() -> None:
    part, whole = sandbox_sdl(), github_sdl()
    unknown = [
        reason
        for name, kind in part.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(kind)
        for reason in differences(name, kind, whole.type_map.get(name))
    ]
    assert unknown == []


def differences(name: str, ours: Any, theirs: Any) -> Iterator[str]:
    """Yield what a sandbox type has beyond GitHub's type, and what it lacks of the required parts."""
    if type(ours) is not type(theirs):
        yield f"{name} is not a {type(ours).__name__} at GitHub"
    elif isinstance(ours, GraphQLEnumType):
        yield from (f"{name}.{value} does not exist" for value in ours.values.keys() - theirs.values.keys())
    elif isinstance(ours, GraphQLUnionType):
        members = {kind.name for kind in ours.types} - {kind.name for kind in theirs.types}
        yield from (f"{name} does not include {member}" for member in members)
    elif isinstance(ours, GraphQLInputObjectType):
        yield from field_differences(name, ours.fields, theirs.fields, is_required_input_field)
    elif isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        interfaces = {kind.name for kind in ours.interfaces} - {kind.name for kind in theirs.interfaces}
        yield from (f"{name} is not a {interface}" for interface in interfaces)
        yield from field_differences(name, ours.fields, theirs.fields)
        for each in ours.fields.keys() & theirs.fields.keys():
            arguments: tuple[GraphQLField, GraphQLField] = ours.fields[each], theirs.fields[each]
            yield from field_differences(f"{name}.{each}", arguments[0].args, arguments[1].args, is_required_argument)


def field_differences(
    name: str, ours: dict[str, Any], theirs: dict[str, Any], required: Any = lambda _: False
) -> Iterator[str]:
    for key, value in ours.items():
        if key not in theirs:
            yield f"{name}.{key} does not exist"
        elif type_text(value) != type_text(theirs[key]):
            yield f"{name}.{key} is {type_text(theirs[key])}, not {type_text(value)}"
    yield from (f"{name} needs {key}" for key, value in theirs.items() if required(value) and key not in ours)


def type_text(value: Any) -> str:
    default = getattr(value.ast_node, "default_value", None)
    return f"{value.type} = {print_ast(default)}" if default else f"{value.type}"
