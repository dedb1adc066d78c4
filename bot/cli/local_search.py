"""`mas index`, `mas search` and `mas ask`: the search index of a local repository."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.agents.rag_management.answering import select_passages
from bot.cli.terminal import error_console, handle_output_errors, print_lines, progress, write
from bot.domain.search import SearchResult
from bot.errors import UserError
from bot.git import GitRepo
from bot.search.embedders.factory import open_embedder
from bot.search.index import EmbeddingModel, Index, SearchFilters
from bot.settings import data_dir
from bot.stores.local_index import open_index_file
from bot.text.terminal_safe import escape_for_terminal

MAX_INDEXED_COMMITS = 16
"""Number of indexed commits to keep per repository."""

MAX_PASSAGE_LINES = 12
"""Maximum number of printed lines per passage."""


def index(path: str, revision: str) -> None:
    """Index a commit of a repository, and print the size of the index.

    Raises:
        UserError: the repository or revision does not exist, or the configured embedder cannot be used.
    """
    errors = error_console()
    with _open_index(path, [revision], errors) as (opened, commits):
        view = opened.view(commits[0])
        with handle_output_errors():
            write(f"Indexed {len(view.paths)} files in {len(view)} passages at {commits[0][:12]}.\n")


def search(path: str, revision: str, query: str, filters: SearchFilters, limit: int, *, as_json: bool) -> None:
    """Print the sections and symbols that match a query best.

    Raises:
        UserError: as for `index`.
    """
    errors = error_console()
    with _open_index(path, [revision], errors) as (opened, commits):
        results = opened.search(commits[0], query, filters, limit)
    with handle_output_errors():
        if as_json:
            write(json.dumps([_result_json(result, commits[0]) for result in results], indent=2) + "\n")
        else:
            print_lines([*_render_results(results)] or [Text("Nothing found.")])


def ask(path: str, revision: str, question: str, filters: SearchFilters) -> bool:
    """Print the passages that answer a question. Return whether there are any.

    Raises:
        UserError: as for `index`.
    """
    errors = error_console()
    with _open_index(path, [revision], errors) as (opened, commits):
        passages = select_passages(opened.search(commits[0], question, filters))
    with handle_output_errors():
        print_lines([*_render_passages(passages)] or [Text("Not found in this repository.")])
    return bool(passages)


def search_many(path: str, revision: str, queries: Path, limit: int) -> None:
    """Answer each line of a file: `{"id", "query", "rev"}` in, `{"id", "results"}` out, as JSON lines.

    Raises:
        UserError: as for `index`, or the file cannot be parsed.
    """
    errors = error_console()
    try:
        entries = [json.loads(line) for line in queries.read_text().splitlines() if line.strip()]
        revisions = list(dict.fromkeys(str(each.get("rev") or revision) for each in entries))
        texts = [(each["id"], str(each["query"]), str(each.get("rev") or revision)) for each in entries]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise UserError(
            f"Cannot read queries from {queries}: {error}.", 'Each line must be {"id": …, "query": …, "rev": …}.'
        ) from error
    with _open_index(path, revisions, errors) as (opened, commits), handle_output_errors():
        commit_of = dict(zip(revisions, commits, strict=True))
        for identifier, text, at in sorted(texts, key=lambda each: revisions.index(each[2])):
            results = opened.search(commit_of[at], text, limit=limit)
            write(json.dumps({"id": identifier, "results": [_location_json(result) for result in results]}) + "\n")


# ------------------------------------------------------------------ the index


@contextmanager
def _open_index(path: str, revisions: Sequence[str], errors: Console) -> Iterator[tuple[Index, list[str]]]:
    """Open a repository's index, update it to some revisions, and yield it with their commits.

    Reads no `.env`: the working directory may be untrusted.
    """
    data = data_dir.from_environment()
    with tempfile.TemporaryDirectory() as temporary, GitRepo.open(path) as repository:
        home = data or Path(temporary)
        folder = home / "index" / hashlib.sha256(os.fsencode(repository.path)).hexdigest()[:32]
        commits = [repository.resolve(revision) for revision in revisions]
        with open_embedder(os.environ, home) as embedder, open_index_file(folder / "shelf.db") as storage:
            if embedder.note:
                errors.print(escape_for_terminal(embedder.note), markup=False, soft_wrap=True)
            opened = Index(folder, storage, EmbeddingModel.from_embedder(embedder.embedder, embedder.embed))
            with progress(errors) as report:
                for commit in dict.fromkeys(commits):
                    opened.update(
                        commit, repository, commit, lambda done, total: report(f"indexing {done} of {total} files")
                    )
            yield opened, commits
            opened.prune(MAX_INDEXED_COMMITS)


# ------------------------------------------------------------------ output


def _location_json(result: SearchResult) -> dict[str, object]:
    return {"path": result.path, "start_line": result.start_line, "end_line": result.end_line}


def _result_json(result: SearchResult, commit: str) -> dict[str, object]:
    return {
        **_location_json(result),
        "commit": commit,
        "kind": result.kind,
        "title": list(result.title),
        "text": result.text,
        "text_line": result.text_line,
        "score": result.score,
        "parts": result.parts._asdict(),
    }


def _render_results(results: Sequence[SearchResult]) -> Iterator[Text]:
    for result in results:
        yield Text.assemble((_location(result), "bold"), (f" {escape_for_terminal(' › '.join(result.title))}", "cyan"))
        for line in _excerpt(result.text):
            yield Text(f"    {line}", "dim")
        yield Text()


def _render_passages(results: Sequence[SearchResult]) -> Iterator[Text]:
    for passage in results:
        yield Text.assemble(
            (_location(passage), "bold"), (f" {escape_for_terminal(' › '.join(passage.title))}", "cyan")
        )
        for line in _excerpt(passage.text):
            yield Text(f"  > {line}")
        yield Text()


def _location(result: SearchResult) -> str:
    return f"{escape_for_terminal(result.path)}:{result.start_line}-{result.end_line}"


def _excerpt(text: str) -> list[str]:
    lines = [escape_for_terminal(line) for line in text.strip("\n").split("\n")]
    return lines if len(lines) <= MAX_PASSAGE_LINES else [*lines[: MAX_PASSAGE_LINES - 1], "…"]
