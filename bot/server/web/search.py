"""The endpoints `/api/docs/search` and `/api/docs/ask`, over the repositories in the scope of the token."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args
from urllib.parse import quote

from aiohttp import web

from bot.agents.rag_management.answering import select_passages
from bot.domain import IndexStatus
from bot.domain.search import ContentKind, SearchResult
from bot.errors import UserError
from bot.search.index import NO_FILTERS, SearchFilters
from bot.search.service import SearchService
from bot.server.web.access import SCOPE, Access
from bot.server.web.problems import problem
from bot.settings.api_tokens import TokenScope

T = TypeVar("T")

MAX_RESULTS, MAX_PAGES = 50, 10
"""Maximum results per page, and pages per query."""
MAX_QUERY_LENGTH = 500
"""Characters of a query. A longer one, percent-encoded with four bytes per character, can exceed a request line."""
MAX_PATTERNS = 10
"""Maximum globs per query."""
_MAX_REPOSITORIES = 8
"""Maximum indexes per query; the newest ones are searched."""
_MAX_PASSAGES = 5
_SURROGATES = re.compile("[\ud800-\udfff]")  # lone surrogates cannot be encoded as UTF-8
_QUESTION_HINT = 'Send {"question": "…", "repo": "owner/name"}.'


def search_routes(service: SearchService, access: Access, web_url: str) -> list[web.RouteDef]:
    """Return the routes `GET /api/docs/search` and `POST /api/docs/ask`.

    Args:
        web_url: address of GitHub's web pages, without a trailing slash.
    """
    endpoints = _SearchEndpoints(service, web_url)
    return [
        web.get("/api/docs/search", access.require_token(endpoints.search)),
        web.post("/api/docs/ask", access.require_token(endpoints.ask)),
    ]


@dataclass(frozen=True, slots=True)
class _SearchEndpoints:
    """The handlers. For the fields see `search_routes`."""

    service: SearchService
    web_url: str

    async def search(self, request: web.Request) -> web.StreamResponse:
        """Answer `?q=&repo=&branch=&kind=&path=&limit=&page=`."""
        parameters = request.query
        limit = _parse_number(parameters, "limit", 10, MAX_RESULTS)
        page = _parse_number(parameters, "page", 1, MAX_PAGES)
        filters = SearchFilters(
            _parse_kinds(parameters.getall("kind", [])), _parse_globs(parameters.getall("path", []))
        )
        query = _parse_query(parameters.get("q", ""))
        scope, repository, branch = request[SCOPE], parameters.get("repo"), parameters.get("branch")
        indexes = await _visible_indexes(self.service, scope, repository, branch)
        if indexes is None:
            return _not_found()
        if not query:
            listed, next_page = _page(indexes, page, limit)
            return _search_response([], [_index_json(index) for index in listed], next_page)
        searched = _searchable(indexes)
        hits = [
            hit for index in searched for hit in await _search(self.service, index, query, limit * page + 1, filters)
        ]
        hits.sort(key=lambda hit: -hit[1].score)
        shown, next_page = _page(hits, page, limit)
        results = [_result_json(index, result, self.web_url) for index, result in shown]
        return _search_response(results, [_index_json(index) for index in searched], next_page)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Answer a body of `question`, `repo` and `branch`."""
        body = await _json_body(request)
        indexes = await _visible_indexes(self.service, request[SCOPE], body.get("repo"), body.get("branch"))
        if indexes is None:
            return _not_found()
        question = _parse_query(body.get("question"))
        if not question:
            raise UserError("The question is missing or empty.", _QUESTION_HINT)
        passages: list[dict[str, Any]] = []
        for index in _searchable(indexes):
            hits = await _search(self.service, index, question, 10, NO_FILTERS)
            searched = hits[0][0] if hits else index
            selected = select_passages([result for _, result in hits])
            passages += [_result_json(searched, result, self.web_url) for result in selected]
        passages.sort(key=lambda passage: -passage["score"])
        return web.json_response({"found": bool(passages), "passages": passages[:_MAX_PASSAGES]})


# ------------------------------------------------------------------ index selection


async def _visible_indexes(
    service: SearchService, scope: TokenScope, repository: object, branch: object
) -> list[IndexStatus] | None:
    """Return the indexes in a scope, filtered by repository and branch; None if the filter matches nothing."""
    names = _optional_text("repo", repository), _optional_text("branch", branch)
    indexes = await service.index_catalog.list_all()
    allowed = [index for index in indexes if scope.allows(index.tenant.installation_id, index.repository)]
    if not any(names):
        return allowed
    return [index for index in allowed if _matches(index, *names)] or None


def _matches(index: IndexStatus, repository: str, branch: str) -> bool:
    return repository.lower() in ("", index.repository.lower()) and branch in ("", index.branch)


def _optional_text(name: str, value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise UserError(f"'{name}' is not a string.", "Send a repository as owner/name, and a branch by its name.")
    return value or ""


def _searchable(indexes: Sequence[IndexStatus]) -> list[IndexStatus]:
    """Return the newest complete indexes, up to the limit."""
    return [index for index in indexes if index.commit][:_MAX_REPOSITORIES]


async def _search(
    service: SearchService, index: IndexStatus, query: str, limit: int, filters: SearchFilters
) -> list[tuple[IndexStatus, SearchResult]]:
    """Search one index. Each result comes with the status of the commit that was searched."""
    answer = await service.search_branch(index, query, limit, filters)
    if answer is None:
        return []
    commit, results = answer
    return [(replace(index, commit=commit), result) for result in results]


def _not_found() -> web.Response:
    return problem(404, "This repository or branch is not indexed, or not in the scope of the token.")


# ------------------------------------------------------------------ responses


def _page(items: Sequence[T], page: int, limit: int) -> tuple[Sequence[T], int | None]:
    """Return the items of a page, and the number of the next page or None."""
    more = len(items) > page * limit and page < MAX_PAGES
    return items[(page - 1) * limit : page * limit], page + 1 if more else None


def _search_response(
    results: Sequence[dict[str, Any]], indexes: Sequence[dict[str, Any]], next_page: int | None
) -> web.Response:
    return web.json_response({"results": results, "indexes": indexes, "next_page": next_page})


def _index_json(index: IndexStatus) -> dict[str, Any]:
    indexed_at = datetime.fromtimestamp(index.at, UTC).isoformat() if index.commit else None
    return {
        "repository": index.repository,
        "branch": index.branch,
        "commit": index.commit or None,
        "indexed_at": indexed_at,
        "files_done": index.done,
        "files": index.files,
    }


def _result_json(index: IndexStatus, result: SearchResult, web_url: str) -> dict[str, Any]:
    lines = f"#L{result.start_line}-L{result.end_line}"
    return {
        "repository": index.repository,
        "branch": index.branch,
        "commit": index.commit,
        "path": result.path,
        "start_line": result.start_line,
        "end_line": result.end_line,
        "kind": result.kind,
        "title": list(result.title),
        "text": result.text,
        "url": f"{web_url}/{index.repository}/blob/{index.commit}/{quote(result.path)}{lines}",
        "score": result.score,
        "parts": result.parts._asdict(),
    }


# ------------------------------------------------------------------ request parsing


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (ValueError, LookupError, RecursionError):  # also for an unknown charset or excessive nesting
        raise UserError("The body is not valid JSON.", _QUESTION_HINT) from None
    if not isinstance(body, dict):
        raise UserError("The body is not a JSON object.", _QUESTION_HINT)
    return body


def _parse_query(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_QUERY_LENGTH or _SURROGATES.search(value):
        raise UserError("The query is not a string, or is too long.", f"Send at most {MAX_QUERY_LENGTH:,} characters.")
    return " ".join(value.split())


def _parse_number(parameters: Mapping[str, str], name: str, default: int, maximum: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 0 < int(text) <= maximum):
        raise UserError(f"Invalid '{name}'.", f"Use a number from 1 to {maximum}.")
    return int(text)


def _parse_globs(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MAX_PATTERNS or any(len(each) > MAX_QUERY_LENGTH for each in values):
        raise UserError(
            "Invalid 'path'.", f"Use at most {MAX_PATTERNS} globs of at most {MAX_QUERY_LENGTH} characters."
        )
    return tuple(values)


def _parse_kinds(values: Sequence[str]) -> frozenset[ContentKind]:
    known = get_args(ContentKind)
    if not set(values) <= set(known):
        raise UserError("Invalid 'kind'.", f"Use one or more of {', '.join(known)}.")
    return frozenset(values)  # type: ignore[arg-type]
