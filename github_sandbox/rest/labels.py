"""Endpoints of labels: a repository's, and those on an issue or pull request.

https://docs.github.com/rest/issues/labels
"""

from __future__ import annotations

import re

from github_sandbox.conversations import Label
from github_sandbox.payloads import conversations
from github_sandbox.refusal import Refusal, invalid, too_long
from github_sandbox.rest import Call, Reply, Route

_NAME_LIMIT = 50
_DESCRIPTION_LIMIT = 100
_COLOR = re.compile("[0-9a-fA-F]{6}")


def checked(names: list[str]) -> list[str]:
    """Names that labels may have. Raises `Refusal` (422)."""
    if any(not name.strip() for name in names):
        raise invalid({"resource": "Label", "code": "missing_field", "field": "name"})
    if any(len(name) > _NAME_LIMIT for name in names):
        raise invalid(too_long("Label", "name", _NAME_LIMIT))
    return names


def list_all(call: Call) -> Reply:
    found = call.repository
    return call.page([conversations.label(call.world, found, item) for item in found.labels.values()])


def create(call: Call) -> Reply:
    [name] = checked([call.text("name", "Label")])
    color, description = call.body.get("color", "ededed"), call.body.get("description") or ""
    if not _COLOR.fullmatch(color):
        raise invalid({"resource": "Label", "code": "invalid", "field": "color"})
    if len(description) > _DESCRIPTION_LIMIT:
        raise invalid(too_long("Label", "description", _DESCRIPTION_LIMIT))
    if name.lower() in call.repository.labels:
        raise invalid({"resource": "Label", "code": "already_exists", "field": "name"})
    made = call.activity.conversations.label(call.repository, name, color.lower(), description)
    return Reply(201, conversations.label(call.world, call.repository, made))


def get(call: Call) -> Reply:
    found = call.repository.labels.get(call.path["name"].lower())
    if found is None:
        raise Refusal(404, "Not Found")
    return Reply(200, conversations.label(call.world, call.repository, found))


def list_(call: Call) -> Reply:
    return call.page(_worn(call))


def add(call: Call) -> Reply:
    """Labels by name; those that the repository lacks are made, as on GitHub."""
    names = checked(call.names("labels"))
    if not names:
        raise invalid({"resource": "Label", "code": "missing_field", "field": "name"})
    call.activity.conversations.add_labels(call.conversation, names, call.actor)
    return Reply(200, _worn(call))


def replace(call: Call) -> Reply:
    """These labels and no others."""
    set_labels(call, checked(call.names("labels")))
    return Reply(200, _worn(call))


def set_labels(call: Call, names: list[str]) -> None:
    """Put labels on the path's conversation and take all others off."""
    wanted = {name.lower() for name in names}
    for item in [item for item in call.conversation.labels if item.name.lower() not in wanted]:
        call.activity.conversations.remove_label(call.conversation, item, call.actor)
    call.activity.conversations.add_labels(call.conversation, names, call.actor)


def remove(call: Call) -> Reply:
    name = call.path["name"].lower()
    found: Label | None = next((item for item in call.conversation.labels if item.name.lower() == name), None)
    if found is None:
        raise Refusal(404, "Label does not exist")
    call.activity.conversations.remove_label(call.conversation, found, call.actor)
    return Reply(200, _worn(call))


def _worn(call: Call) -> list[dict[str, object]]:
    return [conversations.label(call.world, call.repository, item) for item in call.conversation.labels]


_LABELS = "/repos/{owner}/{repo}/labels"
_WORN = "/repos/{owner}/{repo}/issues/{number}/labels"
_READ, _WRITE = "issues=read; pull_requests=read", "issues=write; pull_requests=write"
ROUTES = (
    Route("GET", _LABELS, list_all, _READ),
    Route("POST", _LABELS, create, _WRITE),
    Route("GET", f"{_LABELS}/{{name}}", get, _READ),
    Route("GET", _WORN, list_, _READ),
    Route("POST", _WORN, add, _WRITE),
    Route("PUT", _WORN, replace, _WRITE),
    Route("DELETE", f"{_WORN}/{{name}}", remove, _WRITE),
)
