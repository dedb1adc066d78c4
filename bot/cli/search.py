"""The search commands: index, search, ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.search.index import SearchFilters

Repository = Annotated[
    str | None, typer.Option("--repo", metavar="PATH", help="Git repository, as an alternative to PATH.")
]
Revision = Annotated[str, typer.Option("--rev", metavar="REV", help="Commit to read.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="Only doc, code, test or history. Repeatable."),
]
PathGlobs = Annotated[
    list[str] | None, typer.Option("--path", metavar="GLOB", help="Only files that match, such as docs/**. Repeatable.")
]


def index(
    path: Annotated[
        str, typer.Argument(help="Git repository, or a folder inside one.", show_default="current folder")
    ] = ".",
    rev: Revision = "HEAD",
) -> None:
    """Build or update the search index. `mas search` and `mas ask` do this automatically."""
    from bot.cli.local_search import index as run

    run(path, rev)


def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH] QUERY", help="Repository (default: current folder), then the query in quotes."),
    ] = None,
    repo: Repository = None,
    rev: Revision = "HEAD",
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries", metavar="FILE", help='File with one {"id", "query", "rev"} per line, instead of QUERY.'
        ),
    ] = None,
    kind: Kinds = None,
    path: PathGlobs = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100, help="Maximum number of results.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find the doc sections and code symbols that match a query best."""
    from bot.cli.local_search import search as run
    from bot.cli.local_search import search_many

    if queries is not None:
        if words:
            raise typer.BadParameter("--queries and QUERY cannot be combined.")
        search_many(repo or ".", rev, queries, limit)
        return
    repository, query = _parse_arguments(words, repo)
    run(repository, rev, query, _search_filters(kind, path), limit, as_json=json)


def ask(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH] QUESTION", help="Repository (default: current folder), then the question in quotes."
        ),
    ] = None,
    repo: Repository = None,
    rev: Revision = "HEAD",
    kind: Kinds = None,
    path: PathGlobs = None,
) -> None:
    """Answer a question with quotes from the repository, each with its file and lines."""
    from bot.cli.local_search import ask as run

    repository, question = _parse_arguments(words, repo)
    run(repository, rev, question, _search_filters(kind, path))


def _parse_arguments(words: list[str] | None, repo: str | None) -> tuple[str, str]:
    """Return the repository and the query, from `QUERY` or `PATH QUERY`."""
    if not words or len(words) > 2 or (repo and len(words) > 1):
        raise typer.BadParameter("Pass the query as one argument, in quotes, after an optional repository.")
    if not words[-1].strip():
        raise typer.BadParameter("The query is empty.")
    return repo or (words[0] if len(words) == 2 else "."), words[-1]


def _search_filters(kinds: list[str] | None, paths: list[str] | None) -> SearchFilters:
    from typing import get_args

    from bot.domain.search import ContentKind
    from bot.search.index import SearchFilters

    known: tuple[ContentKind, ...] = get_args(ContentKind)
    unknown = sorted(set(kinds or ()) - set(known))
    if unknown:
        raise typer.BadParameter(f"Unknown kind '{unknown[0]}' for --kind. Use {', '.join(known)}.")
    return SearchFilters(frozenset(each for each in known if each in (kinds or ())), tuple(paths or ()))
