"""`/api/docs/search` and `/api/docs/ask`: what the indexed repositories say, to whoever's token reaches them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args
from urllib.parse import quote

from aiohttp import web

from bot.agents.rag_management.answering import passages
from bot.domain import Indexed
from bot.domain.search import Found, Kind
from bot.errors import UserError
from bot.search.index import EVERYTHING, Scope
from bot.search.service import Indexes
from bot.server.web.access import SCOPE, Access
from bot.server.web.problems import problem
from bot.settings.api_tokens import Scope as Grant

T = TypeVar("T")

MOST, PAGES = 50, 10
"""Results of one answer, and answers to one query."""
LONGEST = 500
"""Characters of a query; more of them, each of four bytes and encoded for an address, would not fit in one line."""
PATTERNS = 10
"""Globs of one query."""
_ABREAST = 8
"""Repositories that are searched for one question; the newest ones."""
_HALVES = re.compile("[\ud800-\udfff]")  # of surrogate pairs: no character, and not to be encoded
_QUESTION = 'Send {"question": "…", "repo": "owner/name"}.'


def search_routes(indexes: Indexes, access: Access, web_url: str) -> list[web.RouteDef]:
    """`GET /api/docs/search?q=&repo=&branch=&kind=&path=&limit=&page=` and `POST /api/docs/ask`.

    Args:
        web_url: where the repositories' pages stand, without a slash at its end.
    """

    async def search(request: web.Request) -> web.StreamResponse:
        asked = request.query
        limit, page = _number(asked, "limit", 10, MOST), _number(asked, "page", 1, PAGES)
        scope = Scope(_kinds(asked.getall("kind", [])), _globs(asked.getall("path", [])))
        words = _text(asked.get("q", ""))
        seen = await _seen(indexes, request[SCOPE], asked.get("repo"), asked.get("branch"))
        if seen is None:
            return _not_here()
        if not words:
            listed, following = _page(seen, page, limit)
            return _answer([], [_index(each) for each in listed], following)
        searched = _searched(seen)
        every = [one for each in searched for one in await _found(indexes, each, words, limit * page + 1, scope)]
        every.sort(key=lambda pair: -pair[1].score)
        shown, following = _page(every, page, limit)
        results = [_result(each, one, web_url) for each, one in shown]
        return _answer(results, [_index(each) for each in searched], following)

    async def ask(request: web.Request) -> web.StreamResponse:
        said = await _body(request)
        seen = await _seen(indexes, request[SCOPE], said.get("repo"), said.get("branch"))
        if seen is None:
            return _not_here()
        question = _text(said.get("question"))
        if not question:
            raise UserError("There is no question.", _QUESTION)
        best: list[dict[str, Any]] = []
        for each in _searched(seen):
            found = await _found(indexes, each, question, 10, EVERYTHING)
            at = found[0][0] if found else each
            best += [_result(at, one, web_url) for one in passages([one for _, one in found])]
        best.sort(key=lambda result: -result["score"])
        return web.json_response({"found": bool(best), "passages": best[:5]})

    return [
        web.get("/api/docs/search", access.guarded(search)),
        web.post("/api/docs/ask", access.guarded(ask)),
    ]


# ------------------------------------------------------------------ which indexes


async def _seen(indexes: Indexes, grant: Grant, repository: object, branch: object) -> list[Indexed] | None:
    """The indexes that a grant reaches, of one repository and branch where they are named; None where there is none."""
    named = _named("repo", repository), _named("branch", branch)
    every = await indexes.catalogue.everything()
    reached = [each for each in every if grant.allows(each.tenant.installation_id, each.repository)]
    if not any(named):
        return reached
    return [each for each in reached if _is(each, *named)] or None


def _is(at: Indexed, repository: str, branch: str) -> bool:
    return repository.lower() in ("", at.repository.lower()) and branch in ("", at.branch)


def _named(what: str, said: object) -> str:
    if said is not None and not isinstance(said, str):
        raise UserError(f"{what} is no text.", "Name a repository as owner/name, and a branch by its name.")
    return said or ""


def _searched(seen: Sequence[Indexed]) -> list[Indexed]:
    """Those of the indexes that are searched: the newest that can be."""
    return [each for each in seen if each.commit][:_ABREAST]


async def _found(indexes: Indexes, at: Indexed, words: str, limit: int, scope: Scope) -> list[tuple[Indexed, Found]]:
    """What answers a query in an index, with the index as it was then."""
    answer = await indexes.search_in(at, words, limit, scope)
    if answer is None:
        return []
    commit, found = answer
    return [(replace(at, commit=commit), one) for one in found]


def _not_here() -> web.Response:
    return problem(404, "There is no index of such a repository here.")


# ------------------------------------------------------------------ what is answered


def _page(every: Sequence[T], page: int, limit: int) -> tuple[Sequence[T], int | None]:
    """A page, and the number of the next one, if there is one."""
    more = len(every) > page * limit and page < PAGES
    return every[(page - 1) * limit : page * limit], page + 1 if more else None


def _answer(
    results: Sequence[dict[str, Any]], indexes: Sequence[dict[str, Any]], following: int | None
) -> web.Response:
    return web.json_response({"results": results, "indexes": indexes, "next_page": following})


def _index(at: Indexed) -> dict[str, Any]:
    when = datetime.fromtimestamp(at.at, UTC).isoformat() if at.commit else None
    return {
        "repository": at.repository,
        "branch": at.branch,
        "commit": at.commit or None,
        "indexed_at": when,
        "files_done": at.done,
        "files": at.files,
    }


def _result(at: Indexed, found: Found, web_url: str) -> dict[str, Any]:
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


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        said = await request.json()
    except (ValueError, LookupError, RecursionError):  # of a charset that there is not, or nested too deeply
        raise UserError("The body is no JSON.", _QUESTION) from None
    if not isinstance(said, dict):
        raise UserError("The body is no object.", _QUESTION)
    return said


def _text(said: object) -> str:
    if said is None:
        return ""
    if not isinstance(said, str) or len(said) > LONGEST or _HALVES.search(said):
        raise UserError(f"The query is no text of at most {LONGEST:,} characters.", "Ask in fewer words.")
    return " ".join(said.split())


def _number(asked: Mapping[str, str], name: str, usual: int, most: int) -> int:
    said = asked.get(name, str(usual))
    if not (said.isascii() and said.isdecimal() and len(said) < 9 and 0 < int(said) <= most):
        raise UserError(f"{name} is not right.", f"Give a number from 1 to {most}.")
    return int(said)


def _globs(said: Sequence[str]) -> tuple[str, ...]:
    if len(said) > PATTERNS or any(len(each) > LONGEST for each in said):
        raise UserError("path is not right.", f"Give {PATTERNS} globs at most, of {LONGEST} characters each.")
    return tuple(said)


def _kinds(said: Sequence[str]) -> frozenset[Kind]:
    known = get_args(Kind)
    if not set(said) <= set(known):
        raise UserError("kind is not right.", f"Give one or more of {', '.join(known)}.")
    return frozenset(said)  # type: ignore[arg-type]
