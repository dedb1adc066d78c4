"""The `mas` command. Each command imports what it needs when it runs, so that the others start fast."""

from __future__ import annotations

from typing import Annotated

import typer

import bot

app = typer.Typer(
    name="mas",
    help="Keeps documentation true to the code.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_EXIT_CODES = (
    "Exit codes: 0 done; 1 docs are stale (with --check only); "
    "2 wrong usage or input, with the remedy on stderr; 3 a bug of ours."
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mas {bot.__version__}")
        raise typer.Exit


@app.callback()
def _mas(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command(epilog=_EXIT_CODES)
def preview(
    path: Annotated[str, typer.Argument(help="A git repository, or a folder in one.", show_default="here")] = ".",
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Compare from this commit; without it, from where HEAD left the default branch, "
            "and on that branch from the commit before.",
        ),
    ] = None,
    head: Annotated[str, typer.Option(metavar="REV", help="Compare to this commit, and edit its docs.")] = "HEAD",
    json: Annotated[bool, typer.Option("--json", help="Print JSON, by whole lines.")] = False,
    patch: Annotated[bool, typer.Option("--patch", help="Print a patch for `git apply`.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 when an edit is proposed or something is noticed.")
    ] = False,
) -> None:
    """Show how the docs would change to follow the code. Nothing is written."""
    from bot.local_preview import Output
    from bot.local_preview import preview as show

    if json and patch:
        raise typer.BadParameter("--json and --patch exclude each other.")
    output = Output.JSON if json else Output.PATCH if patch else Output.TEXT
    stale = show(path, base, head, output)
    if check and stale:
        raise typer.Exit(1)
