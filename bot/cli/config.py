"""The commands of `mas config`, for a repository's `.github/mas.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.epilog import CHECK_EXIT_CODES, epilog
from bot.errors import UserError

config = typer.Typer(help="Check a repository's `.github/mas.yml`, or print its schema.", no_args_is_help=True)


@config.command(epilog=epilog("mas config check", CHECK_EXIT_CODES))
def check(path: Annotated[Path, typer.Argument(help="File to check.")] = Path(".github/mas.yml")) -> None:
    """Check a `.github/mas.yml` and list its errors by line."""
    from bot.agents.document_update.rules import RULES
    from bot.repoconfig import MAX_CONFIG_BYTES, ConfigFile, load_config
    from bot.text.terminal_safe import escape_for_terminal

    try:
        with path.open("rb") as file:
            source = ConfigFile(str(path), file.read(MAX_CONFIG_BYTES + 1))
    except OSError as error:
        raise UserError(
            f"Cannot read {path}: {error.strerror}.",
            "Pass the path of the file to check, or run this in the root of the repository.",
        ) from error
    _, problems = load_config([source], [rule.name for rule in RULES])
    for problem in problems:
        typer.echo(escape_for_terminal(str(problem)))
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{escape_for_terminal(source.file)} is valid.")


@config.command(epilog=epilog("mas config schema > mas.schema.json"))
def schema() -> None:
    """Print the JSON Schema of `.github/mas.yml`, for editors."""
    import json

    from bot.agents.document_update.rules import RULES
    from bot.repoconfig.schema import json_schema

    typer.echo(json.dumps(json_schema({rule.name: rule.default for rule in RULES}), indent=2))
