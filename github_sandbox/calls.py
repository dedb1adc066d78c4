"""What was called through the API and fetched by git, when and by whom: for tests that count calls and watch the pace
of writes.

mark = len(sandbox.calls)
...
made = sandbox.calls[mark:]
assert sum(call.writes for call in made) <= 2
assert too_close(made) == []
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call that reached the API, answered or refused.

    Args:
        at: when it came in, by the sandbox's clock.
        caller: `installation ID 7`, `app ID 3`, `user ID 5` or `the caller's address`.
        method: of HTTP.
        path: below the API's root.
        operation: of GraphQL: its name, or the fields that it asks for; empty for REST.
        writes: whether it changes something on GitHub; making a token or asking for a redelivery does not.
        status: of the answer.
    """

    at: datetime
    caller: str
    method: str
    path: str
    operation: str
    writes: bool
    status: int

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.path, self.operation, "→", str(self.status))))


@dataclass(frozen=True, slots=True)
class GitFetch:
    """One fetch, clone or listing of references by git over HTTP; `caller` as that of an `ApiCall`."""

    at: datetime
    caller: str
    repository: str


def too_close(calls: Iterable[ApiCall], seconds: float = 1.0) -> list[tuple[ApiCall, ApiCall]]:
    """Pairs of a caller's writes that came within less than GitHub's one second of each other.

    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """
    pairs = (pair for writes in _writes(calls).values() for pair in pairwise(writes))
    return [(first, second) for first, second in pairs if second.at - first.at < timedelta(seconds=seconds)]


def most_writes(calls: Iterable[ApiCall], seconds: float = 60.0) -> int:
    """The most writes of one caller within a span; GitHub bears about 80 a minute that make content."""
    most, span = 0, timedelta(seconds=seconds)
    for writes in _writes(calls).values():
        start = 0
        for end, call in enumerate(writes):
            while call.at - writes[start].at >= span:
                start += 1
            most = max(most, end - start + 1)
    return most


def _writes(calls: Iterable[ApiCall]) -> dict[str, list[ApiCall]]:
    by_caller: dict[str, list[ApiCall]] = defaultdict(list)
    for call in sorted((call for call in calls if call.writes), key=lambda call: call.at):
        by_caller[call.caller].append(call)
    return by_caller


def operation_of(body: bytes) -> tuple[str, bool]:
    """The name of a GraphQL request's operation (else its fields), and whether it is a mutation."""
    try:
        document = parse(json.loads(body)["query"])
    except (ValueError, KeyError, TypeError, GraphQLError):
        return "", False
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    mutates = any(each.operation is OperationType.MUTATION for each in operations)
    roots = [field for each in operations for field in each.selection_set.selections]
    fields = [field.name.value for field in roots if isinstance(field, FieldNode)]
    names = [each.name.value for each in operations if each.name]
    return (",".join(fields) if mutates or not names else names[0]), mutates
