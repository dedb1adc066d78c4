"""`/api/docs/search` and `/api/docs/ask`: what the indexed repositories say, to whoever's token reaches them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from bot.settings.api_tokens import TokenScope as Grant

T = TypeVar("T")

MAX_RESULTS, MAX_PAGES = 50, 10
"""Results of one answer, and answers to one query."""
MAX_QUERY_LENGTH = 500
"""Characters of a query; more of them, each of four bytes and encoded for an address, would not fit in one line."""
MAX_PATTERNS = 10
"""Globs of one query."""
_MAX_REPOSITORIES = 8
"""Repositories that are searched for one question; the newest ones."""
_SURROGATES = re.compile("[\ud800-\udfff]")  # of surrogate pairs: no character, and not to be encoded
_QUESTION_HINT = 'Send {"question": "…", "repo": "owner/name"}.'


def search_routes(service: SearchService, access: Access, web_url: str) -> list[web.RouteDef]:
    """`GET /api/docs/search?q=&repo=&branch=&kind=&path=&limit=&page=` and `POST /api/docs/ask`.

    Args:
        web_url: where the repositories' pages stand, without a slash at its end.
    """

    async def search(request: web.Request) -> web.StreamResponse:
        parameters = request.query
        limit, page = (
            _parse_number(parameters, "limit", 10, MAX_RESULTS),
            _parse_number(parameters, "page", 1, MAX_PAGES),
        )
        filters = SearchFilters(
            _parse_kinds(parameters.getall("kind", [])), _parse_globs(parameters.getall("path", []))
        )
        words = _parse_query(parameters.get("q", ""))
        visible = await _visible_branches(service, request[SCOPE], parameters.get("repo"), parameters.get("branch"))
        if visible is None:
            return _not_found()
        if not words:
            listed, following = _page(visible, page, limit)
            return _search_response([], [_index_json(each) for each in listed], following)
        searchable = _searchable(visible)
        every = [
            one for each in searchable for one in await _search_branch(service, each, words, limit * page + 1, filters)
        ]
        every.sort(key=lambda pair: -pair[1].score)
        shown, following = _page(every, page, limit)
        results = [_result_json(each, one, web_url) for each, one in shown]
        return _search_response(results, [_index_json(each) for each in searchable], following)

    async def ask(request: web.Request) -> web.StreamResponse:
        body = await _json_body(request)
        visible = await _visible_branches(service, request[SCOPE], body.get("repo"), body.get("branch"))
        if visible is None:
            return _not_found()
        question = _parse_query(body.get("question"))
        if not question:
            raise UserError("There is no question.", _QUESTION_HINT)
        best: list[dict[str, Any]] = []
        for each in _searchable(visible):
            found = await _search_branch(service, each, question, 10, NO_FILTERS)
            at = found[0][0] if found else each
            best += [_result_json(at, one, web_url) for one in select_passages([one for _, one in found])]
        best.sort(key=lambda result: -result["score"])
        return web.json_response({"found": bool(best), "passages": best[:5]})

    return [
        web.get("/api/docs/search", access.require_token(search)),
        web.post("/api/docs/ask", access.require_token(ask)),
    ]


# ------------------------------------------------------------------ which indexes


async def _visible_branches(
    service: SearchService, scope: Grant, repository: object, branch: object
) -> list[IndexStatus] | None:
    """The indexes that a grant reaches, of one repository and branch where they are named; None where there is none."""
    named = _optional_text("repo", repository), _optional_text("branch", branch)
    every = await service.index_catalog.list_all()
    reached = [each for each in every if scope.allows(each.tenant.installation_id, each.repository)]
    if not any(named):
        return reached
    return [each for each in reached if _matches(each, *named)] or None


def _matches(at: IndexStatus, repository: str, branch: str) -> bool:
    return repository.lower() in ("", at.repository.lower()) and branch in ("", at.branch)


def _optional_text(name: str, value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise UserError(f"{name} is no text.", "Name a repository as owner/name, and a branch by its name.")
    return value or ""


def _searchable(branches: Sequence[IndexStatus]) -> list[IndexStatus]:
    """Those of the indexes that are searched: the newest that can be."""
    return [each for each in branches if each.commit][:_MAX_REPOSITORIES]


async def _search_branch(
    service: SearchService, at: IndexStatus, words: str, limit: int, filters: SearchFilters
) -> list[tuple[IndexStatus, SearchResult]]:
    """What answers a query in an index, with the index as it was then."""
    answer = await service.search_branch(at, words, limit, filters)
    if answer is None:
        return []
    commit, found = answer
    return [(replace(at, commit=commit), one) for one in found]


def _not_found() -> web.Response:
    return problem(404, "There is no index of such a repository here.")


# ------------------------------------------------------------------ what is answered


def _page(every: Sequence[T], page: int, limit: int) -> tuple[Sequence[T], int | None]:
    """A page, and the number of the next one, if there is one."""
    more = len(every) > page * limit and page < MAX_PAGES
    return every[(page - 1) * limit : page * limit], page + 1 if more else None


def _search_response(
    results: Sequence[dict[str, Any]], indexes: Sequence[dict[str, Any]], following: int | None
) -> web.Response:
    return web.json_response({"results": results, "indexes": indexes, "next_page": following})


def _index_json(at: IndexStatus) -> dict[str, Any]:
    when = datetime.fromtimestamp(at.at, UTC).isoformat() if at.commit else None
    return {
        "repository": at.repository,
        "branch": at.branch,
        "commit": at.commit or None,
        "indexed_at": when,
        "files_done": at.done,
        "files": at.files,
    }


def _result_json(at: IndexStatus, found: SearchResult, web_url: str) -> dict[str, Any]:
    lines = f"#L{found.start_line}-L{found.end_line}"
    return {
        "repository": at.repository,
        "branch": at.branch,
        "commit": at.commit,
        "path": found.path,
        "start_line": found.start_line,
        "end_line": found.end_line,
        "kind": found.kind,
        "title": list(found.title),
        "text": found.text,
        "url": f"{web_url}/{at.repository}/blob/{at.commit}/{quote(found.path)}{lines}",
        "score": found.score,
        "parts": found.parts._asdict(),
    }


# ------------------------------------------------------------------ what is asked


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        said = await request.json()
    except (ValueError, LookupError, RecursionError):  # of a charset that there is not, or nested too deeply
        raise UserError("The body is no JSON.", _QUESTION_HINT) from None
    if not isinstance(said, dict):
        raise UserError("The body is no object.", _QUESTION_HINT)
    return said


def _parse_query(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_QUERY_LENGTH or _SURROGATES.search(value):
        raise UserError(f"The query is no text of at most {MAX_QUERY_LENGTH:,} characters.", "Ask in fewer words.")
    return " ".join(value.split())


def _parse_number(parameters: Mapping[str, str], name: str, default: int, maximum: int) -> int:
    said = parameters.get(name, str(default))
    if not (said.isascii() and said.isdecimal() and len(said) < 9 and 0 < int(said) <= maximum):
        raise UserError(f"{name} is not right.", f"Give a number from 1 to {maximum}.")
    return int(said)


def _parse_globs(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MAX_PATTERNS or any(len(each) > MAX_QUERY_LENGTH for each in values):
        raise UserError(
            "path is not right.", f"Give {MAX_PATTERNS} globs at most, of {MAX_QUERY_LENGTH} characters each."
        )
    return tuple(values)


def _parse_kinds(values: Sequence[str]) -> frozenset[ContentKind]:
    known = get_args(ContentKind)
    if not set(values) <= set(known):
        raise UserError("kind is not right.", f"Give one or more of {', '.join(known)}.")
    return frozenset(values)  # type: ignore[arg-type]
