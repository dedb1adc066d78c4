"""A log of API calls and git fetches, for tests that count calls and check the pace of writes.

start = len(sandbox.calls)
...
calls = sandbox.calls[start:]
assert sum(call.writes for call in calls) <= 2
assert find_rapid_writes(calls) == []
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
    """One API call, successful or not.

    Args:
        at: time of arrival, by the sandbox's clock.
        caller: `installation ID 7`, `app ID 3`, `user ID 5` or `the caller's address`.
        method: HTTP method.
        path: path below the API root.
        operation: GraphQL operation name, or the requested fields if it has none; empty for REST.
        writes: whether the call changes content on GitHub. Creating a token or requesting a redelivery does not.
        status: HTTP status of the response.
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
    """One fetch, clone or `ls-remote` by git over HTTP. `caller` as in `ApiCall`."""

    at: datetime
    caller: str
    repository: str


def find_rapid_writes(calls: Iterable[ApiCall], seconds: float = 1.0) -> list[tuple[ApiCall, ApiCall]]:
    """Return pairs of consecutive writes of one caller less than `seconds` apart. GitHub asks for at least one second.

    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """
    pairs = (pair for writes in _writes(calls).values() for pair in pairwise(writes))
    return [(first, second) for first, second in pairs if second.at - first.at < timedelta(seconds=seconds)]


def max_writes(calls: Iterable[ApiCall], seconds: float = 60.0) -> int:
    """Return the most writes of one caller within `seconds`. GitHub allows about 80 content requests a minute."""
    count, span = 0, timedelta(seconds=seconds)
    for writes in _writes(calls).values():
        start = 0
        for end, call in enumerate(writes):
            while call.at - writes[start].at >= span:
                start += 1
            count = max(count, end - start + 1)
    return count


def _writes(calls: Iterable[ApiCall]) -> dict[str, list[ApiCall]]:
    by_caller: dict[str, list[ApiCall]] = defaultdict(list)
    for call in sorted((call for call in calls if call.writes), key=lambda call: call.at):
        by_caller[call.caller].append(call)
    return by_caller


def parse_operation(body: bytes) -> tuple[str, bool]:
    """Return the name of a GraphQL request's operation (or its root fields), and whether it is a mutation."""
    try:
        document = parse(json.loads(body)["query"])
    except (ValueError, KeyError, TypeError, GraphQLError):
        return "", False
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    is_mutation = any(each.operation is OperationType.MUTATION for each in operations)
    selections = [field for each in operations for field in each.selection_set.selections]
    fields = [field.name.value for field in selections if isinstance(field, FieldNode)]
    names = [each.name.value for each in operations if each.name]
    return (",".join(fields) if is_mutation or not names else names[0]), is_mutation
