"""The `mas` command. Each command imports what it needs when it runs, so that the others start fast."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import bot
from bot.cli import operations, search
from bot.cli.extras import require
from bot.cli.operations import DEFAULT_ENV_FILE, EnvFile
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.settings.model import LocalSettings

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


config = typer.Typer(help="Look after a repository's `.github/mas.yml`.", no_args_is_help=True)
app.add_typer(config, name="config")
app.add_typer(operations.audit, name="audit")
app.add_typer(operations.store, name="store")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mas {bot.__version__}")
        raise typer.Exit


@app.callback()
def _main(
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
    import gc

    gc.disable()  # the process ends soon and makes few cycles: looking for them took a quarter of its time

    from bot.cli.preview import PreviewFormat
    from bot.cli.preview import preview as show

    if json and patch:
        raise typer.BadParameter("--json and --patch exclude each other.")
    output = PreviewFormat.JSON if json else PreviewFormat.PATCH if patch else PreviewFormat.TEXT
    stale = show(path, base, head, output)
    gc.freeze()  # nor is it worth looking for any as it ends
    if check and stale:
        raise typer.Exit(1)


@app.command(
    epilog="Exit codes: 0 done; 1 something dangerous was found (with --check only); "
    "2 wrong usage or input, with the remedy on stderr; 3 a bug of ours."
)
def review(
    path: Annotated[str, typer.Argument(help="A git repository, or a folder in one.", show_default="here")] = ".",
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Compare from this commit; without it, from where HEAD left the default branch, "
            "and on that branch from the commit before.",
        ),
    ] = None,
    head: Annotated[str, typer.Option(metavar="REV", help="Compare to this commit.")] = "HEAD",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 when something dangerous is found.")] = False,
) -> None:
    """Say what is dangerous in the lines that a change adds or alters. Nothing is written."""
    require("scanners", "mas review")
    from bot.cli.review import ReviewFormat
    from bot.cli.review import review as show

    if json and sarif:
        raise typer.BadParameter("--json and --sarif exclude each other.")
    dangerous = show(
        path, base, head, ReviewFormat.JSON if json else ReviewFormat.SARIF if sarif else ReviewFormat.TEXT
    )
    if check and dangerous:
        raise typer.Exit(1)


for _command in (search.index, search.search, search.ask):
    app.command(epilog=search.EXIT_CODES)(_command)


@app.command()
def serve(
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Only take deliveries; `mas worker` works on them, by PostgreSQL.")
    ] = False,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Run the bot: take GitHub's webhooks, keep the docs true. Ctrl-C or SIGTERM ends it."""
    require("app", "mas serve")
    from bot.server.app import serve as run
    from bot.settings.model import Settings, WebhookSettings

    settings = (WebhookSettings if no_worker else Settings).load(env_file)
    run(settings, partial(_announce, settings, "listens"))


@app.command()
def worker(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """Work on what `mas serve --no-worker` takes, as one of several; its port answers for its health only."""
    require("app", "mas worker")
    from bot.server.app import serve as run
    from bot.settings.model import AppSettings

    settings = AppSettings.load(env_file)
    run(settings, partial(_announce, settings, "works, and tells of its health"))


def _announce(settings: LocalSettings, what: str, port: int) -> None:
    where = f"http://{settings.host}:{port}"
    typer.echo(f"MAS {bot.__version__} {what} on {where}; its data is in {settings.mas_data_dir}.")


app.command(name="check", epilog="Exit codes: 0 all well; 1 something is wrong.")(operations.check)
for _operation in (operations.migrate, operations.backup, operations.restore):
    app.command()(_operation)


@app.command()
def setup(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port on 127.0.0.1; 0 takes a free one.")] = 0,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Register the GitHub App on a local page, and write its credentials to .env."""
    require("app", "mas setup")
    from bot.server.web.setup import run
    from bot.settings.model import LocalSettings

    api_url = LocalSettings.load(env_file).github_api_url
    made = run(api_url, env_file=env_file, port=port, announce=lambda url: typer.echo(f"Open {url}"))
    typer.echo(f"{made.slug} is registered; its credentials are in {env_file}. Next: mas doctor")


@app.command(epilog="Exit codes: 0 all well; 1 something is wrong.")
def doctor(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """Check the set-up, and say what is missing and what to do."""
    require("app", "mas doctor")
    import asyncio

    from rich.console import Console

    from bot.ops.doctor.diagnose import diagnose, show
    from bot.settings.model import Settings, SettingsError

    settings: Settings | SettingsError
    try:
        settings = Settings.load(env_file)
    except SettingsError as error:
        settings = error
    raise typer.Exit(show(asyncio.run(diagnose(settings, env_file)), Console()))


@app.command()
def failed(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """List the deliveries that ended failed, and why."""
    require("app", "mas failed")
    import asyncio

    from bot.ops.deliveries import list_failures

    for line in asyncio.run(list_failures(env_file)):
        typer.echo(line)


@app.command()
def retry(
    delivery: Annotated[str, typer.Argument(help="The delivery's id, as `mas failed` prints it.")],
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Run a failed delivery again; a running `mas serve` takes it up within a second."""
    require("app", "mas retry")
    import asyncio

    from bot.ops.deliveries import retry as run

    asyncio.run(run(env_file, delivery))
    typer.echo(f"{delivery} will run again.")


@config.command(epilog="Exit codes: 0 all well; 1 something is wrong.")
def check(path: Annotated[Path, typer.Argument(help="The file.")] = Path(".github/mas.yml")) -> None:
    """Say what is wrong with a `.github/mas.yml`, by line."""
    from bot.agents.document_update.rules import RULES
    from bot.repoconfig import MAX_CONFIG_BYTES, ConfigFile, load_config
    from bot.text.terminal_safe import escape_for_terminal

    try:
        with path.open("rb") as file:
            source = ConfigFile(str(path), file.read(MAX_CONFIG_BYTES + 1))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Name the file to check.") from error
    _, problems = load_config([source], [rule.name for rule in RULES])
    for problem in problems:
        typer.echo(escape_for_terminal(str(problem)))
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{escape_for_terminal(source.file)} is right.")


@config.command()
def schema() -> None:
    """Print the JSON Schema of `.github/mas.yml`, for editors."""
    import json

    from bot.agents.document_update.rules import RULES
    from bot.repoconfig.schema import json_schema

    typer.echo(json.dumps(json_schema({rule.name: rule.default for rule in RULES}), indent=2))


@app.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave both servers up, to look around and push.")] = False,
) -> None:
    """Show the whole way on a GitHub on this machine: a push, stale docs, the pull request."""
    from importlib.util import find_spec

    if find_spec("github_sandbox") is None:
        raise UserError("The demo runs from a clone: clone MAS's repository, and run `make demo` in it.")
    require("app", "mas demo")
    require("sandbox", "mas demo")

    import asyncio

    from bot.demo import run

    asyncio.run(run(keep=keep))
