"""Reduction of GitHub's OpenAPI description to the calls that MAS and its sandbox use.

The result is JSON Schema, which validators understand, and less than 1 MB instead of 13.
https://spec.openapis.org/oas/v3.0.3
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

URI = "urn:github:rest"
"""The URI of the subset in its own references."""

_REPO = "/repos/{owner}/{repo}"
OPERATIONS = {
    "/app": "get",
    "/app-manifests/{code}/conversions": "post",
    "/app/hook/config": "get patch",
    "/app/hook/deliveries": "get",
    "/app/hook/deliveries/{delivery_id}": "get",
    "/app/hook/deliveries/{delivery_id}/attempts": "post",
    "/app/installations": "get",
    "/app/installations/{installation_id}": "get",
    "/app/installations/{installation_id}/access_tokens": "post",
    "/installation/repositories": "get",
    "/installation/token": "delete",
    "/meta": "get",
    "/rate_limit": "get",
    "/user": "get",
    "/users/{username}": "get",
    _REPO: "get",
    f"{_REPO}/branches": "get",
    f"{_REPO}/branches/{{branch}}": "get",
    f"{_REPO}/check-runs": "post",
    f"{_REPO}/check-runs/{{check_run_id}}": "get patch",
    f"{_REPO}/check-runs/{{check_run_id}}/annotations": "get",
    f"{_REPO}/code-scanning/sarifs": "post",
    f"{_REPO}/code-scanning/sarifs/{{sarif_id}}": "get",
    f"{_REPO}/collaborators/{{username}}": "get",
    f"{_REPO}/collaborators/{{username}}/permission": "get",
    f"{_REPO}/commits": "get",
    f"{_REPO}/commits/{{ref}}": "get",
    f"{_REPO}/commits/{{commit_sha}}/pulls": "get",
    f"{_REPO}/commits/{{ref}}/check-runs": "get",
    f"{_REPO}/commits/{{ref}}/status": "get",
    f"{_REPO}/compare/{{basehead}}": "get",
    f"{_REPO}/contents/{{path}}": "get put delete",
    f"{_REPO}/git/blobs": "post",
    f"{_REPO}/git/blobs/{{file_sha}}": "get",
    f"{_REPO}/git/commits": "post",
    f"{_REPO}/git/commits/{{commit_sha}}": "get",
    f"{_REPO}/git/matching-refs/{{ref}}": "get",
    f"{_REPO}/git/ref/{{ref}}": "get",
    f"{_REPO}/git/refs": "post",
    f"{_REPO}/git/refs/{{ref}}": "patch delete",
    f"{_REPO}/git/tags": "post",
    f"{_REPO}/git/trees": "post",
    f"{_REPO}/git/trees/{{tree_sha}}": "get",
    f"{_REPO}/installation": "get",
    f"{_REPO}/issues": "get post",
    f"{_REPO}/issues/{{issue_number}}": "get patch",
    f"{_REPO}/issues/{{issue_number}}/comments": "get post",
    f"{_REPO}/issues/{{issue_number}}/labels": "get post put",
    f"{_REPO}/issues/{{issue_number}}/labels/{{name}}": "delete",
    f"{_REPO}/issues/comments/{{comment_id}}": "get patch delete",
    f"{_REPO}/issues/comments/{{comment_id}}/reactions": "get post",
    f"{_REPO}/issues/comments/{{comment_id}}/reactions/{{reaction_id}}": "delete",
    f"{_REPO}/labels": "get post",
    f"{_REPO}/labels/{{name}}": "get",
    f"{_REPO}/pulls": "get post",
    f"{_REPO}/pulls/{{pull_number}}": "get patch",
    f"{_REPO}/pulls/{{pull_number}}/comments": "get post",
    f"{_REPO}/pulls/{{pull_number}}/comments/{{comment_id}}/replies": "post",
    f"{_REPO}/pulls/{{pull_number}}/commits": "get",
    f"{_REPO}/pulls/{{pull_number}}/files": "get",
    f"{_REPO}/pulls/{{pull_number}}/merge": "get put",
    f"{_REPO}/pulls/{{pull_number}}/requested_reviewers": "get post delete",
    f"{_REPO}/pulls/{{pull_number}}/reviews": "get post",
    f"{_REPO}/pulls/{{pull_number}}/reviews/{{review_id}}": "get put",
    f"{_REPO}/pulls/{{pull_number}}/reviews/{{review_id}}/dismissals": "put",
    f"{_REPO}/pulls/comments/{{comment_id}}": "get patch delete",
    f"{_REPO}/pulls/comments/{{comment_id}}/reactions": "get post",
    f"{_REPO}/pulls/comments/{{comment_id}}/reactions/{{reaction_id}}": "delete",
    f"{_REPO}/rules/branches/{{branch}}": "get",
    f"{_REPO}/rulesets": "post",
}
"""Path → methods: the REST calls that MAS or its sandbox use."""


def subset(description: dict[str, Any]) -> dict[str, Any]:
    """Reduce an OpenAPI 3.0 description (https://spec.openapis.org/oas/v3.0.3) to `OPERATIONS`.

    Returns `{"operations": {"GET /path": {query, body, answers, …}}, "components": {"schemas": …}}`.
    """
    operations = {
        f"{method.upper()} {path}": operation(description, path, method)
        for path, methods in OPERATIONS.items()
        for method in methods.split()
    }
    # New labels have no description. The full pull request's schema allows null; the short one's lacks it.
    simple_pull = description["components"]["schemas"]["pull-request-simple"]["properties"]
    simple_pull["labels"]["items"]["properties"]["description"]["nullable"] = True
    # Outdated comments have no line. The webhook's schema allows null; this one lacks it.
    review_comment = description["components"]["schemas"]["pull-request-review-comment"]["properties"]
    review_comment["line"]["nullable"] = review_comment["position"]["nullable"] = True
    # The same holds for pull requests from deleted forks.
    pull = description["components"]["schemas"]["pull-request"]["properties"]
    pull["head"]["properties"]["repo"]["nullable"] = True
    schemas: dict[str, Any] = {}
    pending = [*references(operations), "basic-error", "validation-error", "validation-error-simple"]
    while pending:
        name = pending.pop()
        if name not in schemas:
            schemas[name] = json_schema(description["components"]["schemas"][name])
            pending += references(schemas[name])
    return {"operations": operations, "components": {"schemas": schemas}}


def operation(description: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    """Return the parameters, body and responses of an operation, with references resolved except those to schemas."""
    if method not in description["paths"].get(path, {}):
        raise ValueError(f"GitHub describes no {method.upper()} {path}")
    found = description["paths"][path][method]
    parameters = [resolve(description, each) for each in found.get("parameters", [])]
    request = found.get("requestBody", {})
    body = json_body(request)
    if body and "properties" in body and "additionalProperties" not in body:
        body["unevaluatedProperties"] = False  # GitHub ignores unknown names; a test must not
    return {
        "query": {p["name"]: json_schema(p["schema"]) for p in parameters if p["in"] == "query"},
        "query_required": [p["name"] for p in parameters if p["in"] == "query" and p.get("required")],
        "slashes": [p["name"] for p in parameters if p["in"] == "path" and p.get("x-multi-segment")],
        "body": body,
        "body_required": request.get("required", False),
        "answers": {code: json_body(resolve(description, answer)) for code, answer in found["responses"].items()},
    }


def resolve(description: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Follow references and return their target, or the value itself if it is not a reference."""
    if "$ref" not in value:
        return value
    target: Any = description
    for part in value["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return resolve(description, target)


def json_body(message: dict[str, Any]) -> dict[str, Any] | None:
    """Return the JSON schema of a request or response, or None."""
    content = message.get("content", {}).get("application/json", {})
    return json_schema(content["schema"]) if "schema" in content else None


def json_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Convert a schema from OpenAPI 3.0 to JSON Schema 2020-12: `nullable` becomes a type, descriptions are dropped.

    `oneOf` becomes `anyOf`, since GitHub's alternatives overlap (null matches each of three nullable ones). So does a
    nullable `allOf`, which GitHub uses where it means one of several (a user or an enterprise).
    """
    as_any_of = {"oneOf", "anyOf", "allOf"} if schema.get("nullable") else {"oneOf", "anyOf"}
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in {"description", "title", "example", "examples", "format", "nullable", "externalDocs", "default"}:
            continue
        if key == "additionalProperties" and value is True:
            continue
        if key == "properties":
            result[key] = {name: json_schema(each) for name, each in value.items()}
        elif key in {"oneOf", "anyOf", "allOf"}:
            result["anyOf" if key in as_any_of else key] = [json_schema(each) for each in value]
        elif key == "$ref":
            result[key] = URI + value
        elif key in {"items", "additionalProperties", "not"} and isinstance(value, dict):
            result[key] = json_schema(value)
        else:
            result[key] = value
    return or_null(result) if schema.get("nullable") else result


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow null in a schema."""
    return {"anyOf": [{"type": "null"}, schema]} if schema else {}


def references(value: object) -> Iterator[str]:
    """Yield the names of the component schemas that a value refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rsplit("/", 1)[1]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
