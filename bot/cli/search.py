"""The commands of `mas` that find and answer: index, search, ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.search.index import SearchFilters

EXIT_CODES = "Exit codes: 0 done; 2 wrong usage or input, with the remedy on stderr; 3 a bug of ours."
Revision = Annotated[str, typer.Option("--rev", metavar="REV", help="The commit that is read.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Only doc, code, test or history; may be given several times.")
]
PathGlobs = Annotated[
    list[str] | None, typer.Option("--path", metavar="GLOB", help="Only files of such paths: docs/**.")
]


def index(
    path: Annotated[str, typer.Argument(help="A git repository, or a folder in one.", show_default="here")] = ".",
    rev: Revision = "HEAD",
) -> None:
    """Bring the search index of a repository up to date; `search` and `ask` do so, too."""
    from bot.cli.local_search import index as run

    run(path, rev)


def search(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH] QUERY", help="What is looked for, after the repository.")
    ] = None,
    repo: Annotated[
        str | None, typer.Option("--repo", metavar="PATH", help="The repository, in place of PATH.")
    ] = None,
    rev: Revision = "HEAD",
    queries: Annotated[
        Path | None,
        typer.Option("--queries", metavar="FILE", help='Answer each line {"id", "query", "rev"} of a file.'),
    ] = None,
    kind: Kinds = None,
    path: PathGlobs = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Results at most.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find the sections of docs and the symbols of code that answer a query best."""
    from bot.cli.local_search import search as run
    from bot.cli.local_search import search_many

    if queries is not None:
        if words:
            raise typer.BadParameter("--queries takes the place of QUERY.")
        search_many(repo or ".", rev, queries, limit)
        return
    where, query = _parse_arguments(words, repo)
    run(where, rev, query, _search_filters(kind, path), limit, as_json=json)


def ask(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH] QUESTION", help="A question, after the repository.")
    ] = None,
    repo: Annotated[
        str | None, typer.Option("--repo", metavar="PATH", help="The repository, in place of PATH.")
    ] = None,
    rev: Revision = "HEAD",
    kind: Kinds = None,
    path: PathGlobs = None,
) -> None:
    """Answer a question by the passages that do, each with its place; or say that the repository has no answer."""
    from bot.cli.local_search import ask as run

    where, question = _parse_arguments(words, repo)
    run(where, rev, question, _search_filters(kind, path))


def _parse_arguments(words: list[str] | None, repo: str | None) -> tuple[str, str]:
    """The repository and the query, from `QUERY` or `PATH QUERY`."""
    if not words or len(words) > 2 or (repo and len(words) > 1):
        raise typer.BadParameter("Give the query as one argument, in quotes, and before it the repository if need be.")
    if not words[-1].strip():
        raise typer.BadParameter("The query is empty.")
    return repo or (words[0] if len(words) == 2 else "."), words[-1]


def _search_filters(kinds: list[str] | None, paths: list[str] | None) -> SearchFilters:
    from typing import get_args

    from bot.domain.search import ContentKind
    from bot.search.index import SearchFilters

    known: tuple[ContentKind, ...] = get_args(ContentKind)
    wrong = set(kinds or ()) - set(known)
    if wrong:
        raise typer.BadParameter(f"--kind is one of {', '.join(known)}.")
    return SearchFilters(frozenset(each for each in known if each in (kinds or ())), tuple(paths or ()))
