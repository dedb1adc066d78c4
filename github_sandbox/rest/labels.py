"""Endpoints of labels, of a repository and of an issue or pull request.

https://docs.github.com/rest/issues/labels
"""

from __future__ import annotations

import re

from github_sandbox.conversations import Label
from github_sandbox.errors import ApiError, too_long_error, validation_failed
from github_sandbox.payloads import conversations
from github_sandbox.rest import ApiResponse, Call, Route

_NAME_LIMIT = 50
_DESCRIPTION_LIMIT = 100
_COLOR = re.compile("[0-9a-fA-F]{6}")


def validate_names(names: list[str]) -> list[str]:
    """Return label names if all are valid. Raises `ApiError` (422)."""
    if any(not name.strip() for name in names):
        raise validation_failed({"resource": "Label", "code": "missing_field", "field": "name"})
    if any(len(name) > _NAME_LIMIT for name in names):
        raise validation_failed(too_long_error("Label", "name", _NAME_LIMIT))
    return names


def list_for_repository(call: Call) -> ApiResponse:
    found = call.repository
    return call.paginate([conversations.label(call.world, found, item) for item in found.labels.values()])


def create(call: Call) -> ApiResponse:
    [name] = validate_names([call.string("name", "Label")])
    color, description = call.body.get("color", "ededed"), call.body.get("description") or ""
    if not _COLOR.fullmatch(color):
        raise validation_failed({"resource": "Label", "code": "invalid", "field": "color"})
    if len(description) > _DESCRIPTION_LIMIT:
        raise validation_failed(too_long_error("Label", "description", _DESCRIPTION_LIMIT))
    if name.lower() in call.repository.labels:
        raise validation_failed({"resource": "Label", "code": "already_exists", "field": "name"})
    label = call.activity.conversations.label(call.repository, name, color.lower(), description)
    return ApiResponse(201, conversations.label(call.world, call.repository, label))


def get(call: Call) -> ApiResponse:
    found = call.repository.labels.get(call.path["name"].lower())
    if found is None:
        raise ApiError(404, "Not Found")
    return ApiResponse(200, conversations.label(call.world, call.repository, found))


def list_(call: Call) -> ApiResponse:
    return call.paginate(_conversation_labels(call))


def add(call: Call) -> ApiResponse:
    """Add labels by name. As on GitHub, labels that the repository lacks are created."""
    names = validate_names(call.strings("labels"))
    if not names:
        raise validation_failed({"resource": "Label", "code": "missing_field", "field": "name"})
    call.activity.conversations.add_labels(call.conversation, names, call.actor)
    return ApiResponse(200, _conversation_labels(call))


def replace(call: Call) -> ApiResponse:
    """Replace all labels."""
    set_labels(call, validate_names(call.strings("labels")))
    return ApiResponse(200, _conversation_labels(call))


def set_labels(call: Call, names: list[str]) -> None:
    """Set the labels of the path's issue or pull request, and remove all others."""
    wanted = {name.lower() for name in names}
    for item in [item for item in call.conversation.labels if item.name.lower() not in wanted]:
        call.activity.conversations.remove_label(call.conversation, item, call.actor)
    call.activity.conversations.add_labels(call.conversation, names, call.actor)


def remove(call: Call) -> ApiResponse:
    name = call.path["name"].lower()
    found: Label | None = next((item for item in call.conversation.labels if item.name.lower() == name), None)
    if found is None:
        raise ApiError(404, "Label does not exist")
    call.activity.conversations.remove_label(call.conversation, found, call.actor)
    return ApiResponse(200, _conversation_labels(call))


def _conversation_labels(call: Call) -> list[dict[str, object]]:
    return [conversations.label(call.world, call.repository, item) for item in call.conversation.labels]


_LABELS = "/repos/{owner}/{repo}/labels"
_ISSUE_LABELS = "/repos/{owner}/{repo}/issues/{number}/labels"
_READ, _WRITE = "issues=read; pull_requests=read", "issues=write; pull_requests=write"
ROUTES = (
    Route("GET", _LABELS, list_for_repository, _READ),
    Route("POST", _LABELS, create, _WRITE),
    Route("GET", f"{_LABELS}/{{name}}", get, _READ),
    Route("GET", _ISSUE_LABELS, list_, _READ),
    Route("POST", _ISSUE_LABELS, add, _WRITE),
    Route("PUT", _ISSUE_LABELS, replace, _WRITE),
    Route("DELETE", f"{_ISSUE_LABELS}/{{name}}", remove, _WRITE),
)
