"""`/api/docs/search` and `/api/docs/ask`: what the indexed repositories say, to whoever's token reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import quote

from aiohttp import web

from bot.agents.rag_management.answering import Found, passages
from bot.agents.rag_management.chunk import Kind
from bot.errors import RemoteError, UserError
from bot.grants import Scope
from bot.knowledge import Indexed, Indexes
from bot.web.access import SCOPE, Access
from bot.web.problems import problem

MOST = 50
"""Results of one answer."""
LONGEST = 500
"""Characters of a query; more of them, each of four bytes and encoded for an address, would not fit in one line."""
_ELSEWHERE = "This process only takes deliveries. The indexes are with those that work on them: ask one of these."
_ABREAST = 8
"""Repositories that are searched for one question; the newest ones."""


class Nowhere:
    """The indexes of a process that works on no jobs: they lie with those that do."""


def search_routes(indexes: Indexes | Nowhere, access: Access, web_url: str = "") -> list[web.RouteDef]:
    """`GET /api/docs/search?q=&repo=&kind=&limit=` and `POST /api/docs/ask` with `{"question", "repo"}`.

    Args:
        web_url: where the repositories' pages stand, without a slash at its end.
    """

    async def search(request: web.Request) -> web.StreamResponse:
        asked = request.query
        limit, kinds = _number(asked.get("limit", "10")), _kinds(asked.getall("kind", []))
        words = _text(asked.get("q", ""))
        if isinstance(indexes, Nowhere):
            if words or asked.get("repo"):
                raise RemoteError(_ELSEWHERE)
            return web.json_response({"results": [], "indexes": []})
        seen = await _seen(indexes, request[SCOPE], asked.get("repo"))
        if seen is None:
            return problem(404, "There is no index of such a repository here.")
        if not words:
            return web.json_response({"results": [], "indexes": [_index(each) for each in seen[:limit]]})
        found = [(each, one) for each in seen[:_ABREAST] for one in await _found(indexes, each, words, limit, kinds)]
        found.sort(key=lambda pair: -pair[1].score)
        results = [_result(each, one, web_url) for each, one in found[:limit]]
        return web.json_response({"results": results, "indexes": [_index(each) for each in seen[:_ABREAST]]})

    async def ask(request: web.Request) -> web.StreamResponse:
        said = await _body(request)
        if isinstance(indexes, Nowhere):
            raise RemoteError(_ELSEWHERE)
        seen = await _seen(indexes, request[SCOPE], said.get("repo"))
        if seen is None:
            return problem(404, "There is no index of such a repository here.")
        question = _text(said.get("question"))
        if not question:
            raise UserError("There is no question.", 'Send {"question": "…", "repo": "owner/name"}.')
        best: list[dict[str, Any]] = []
        for each in seen[:_ABREAST]:
            best += [_result(each, one, web_url) for one in passages(await _found(indexes, each, question, 10))]
        best.sort(key=lambda result: -result["score"])
        return web.json_response({"found": bool(best), "passages": best[:5]})

    return [
        web.get("/api/docs/search", access.guarded(search)),
        web.post("/api/docs/ask", access.guarded(ask)),
    ]


async def _found(
    indexes: Indexes, at: Indexed, words: str, limit: int, kinds: frozenset[Kind] = frozenset()
) -> Sequence[Found]:
    found = await indexes.search(at.tenant, at.branch, words, limit, kinds)
    return found[1] if found else ()


async def _seen(indexes: Indexes, scope: Scope, repository: object) -> list[Indexed] | None:
    """The indexes that a scope reaches, of one repository where it is named; None where that is none of them."""
    if repository is not None and not isinstance(repository, str):
        raise UserError("repo is no text.", "Name a repository as owner/name.")
    reached = [each for each in await indexes.known() if scope.allows(each.tenant.installation_id, each.name)]
    if not repository:
        return reached
    named = [each for each in reached if each.name.lower() == repository.lower()]
    return named or None


def _index(at: Indexed) -> dict[str, Any]:
    when = datetime.fromtimestamp(at.at, UTC).isoformat()
    return {"repository": at.name, "branch": at.branch, "commit": at.commit, "indexed_at": when}


def _result(at: Indexed, found: Found, web_url: str) -> dict[str, Any]:
    lines = f"#L{found.start_line}-L{found.end_line}"
    return {
        "repository": at.name,
        "branch": at.branch,
        "commit": at.commit,
        "path": found.path,
        "start_line": found.start_line,
        "end_line": found.end_line,
        "kind": found.kind,
        "title": list(found.title),
        "text": found.text,
        "url": f"{web_url}/{at.name}/blob/{at.commit}/{quote(found.path)}{lines}",
        "score": found.score,
        "parts": found.parts._asdict(),
    }


# ------------------------------------------------------------------ what is asked


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        said = await request.json()
    except ValueError:
        raise UserError("The body is no JSON.", 'Send {"question": "…", "repo": "owner/name"}.') from None
    if not isinstance(said, dict):
        raise UserError("The body is no object.", 'Send {"question": "…", "repo": "owner/name"}.')
    return said


def _text(said: object) -> str:
    if said is None:
        return ""
    if not isinstance(said, str) or len(said) > LONGEST:
        raise UserError(f"The query is no text of at most {LONGEST:,} characters.", "Ask in fewer words.")
    return " ".join(said.split())


def _number(said: str) -> int:
    if not (said.isascii() and said.isdecimal() and 0 < int(said[:9]) <= MOST):
        raise UserError("limit is not right.", f"Give a number from 1 to {MOST}.")
    return int(said)


def _kinds(said: Sequence[str]) -> frozenset[Kind]:
    known = get_args(Kind)
    if not set(said) <= set(known):
        raise UserError("kind is not right.", f"Give one or more of {', '.join(known)}.")
    return frozenset(said)  # type: ignore[arg-type]
