"""The `mas` command. Each command imports its dependencies when it runs, so that the others start fast."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

import bot
from bot.cli import config, operations, search
from bot.cli.epilog import CHECK_EXIT_CODES, ERROR_EXIT_CODES, epilog
from bot.cli.extras import require
from bot.cli.operations import DEFAULT_ENV_FILE, EnvFile
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.settings.model import LocalSettings

_REPOSITORY, _BOT, _OPERATIONS = "In a repository", "Run the bot", "Operate the bot"

app = typer.Typer(
    name="mas",
    help="Keep documentation in sync with code.",
    epilog="Start with `mas preview` in a Git repository, or with `mas demo` in a clone of MAS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Repository = Annotated[
    str, typer.Argument(help="Git repository, or a folder inside one.", show_default="current folder")
]
Base = Annotated[
    str | None,
    typer.Option(
        metavar="REV",
        help="Commit to compare from. Default: the merge base with the default branch; on that branch, "
        "the parent commit.",
    ),
]


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"mas {bot.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command(
    rich_help_panel=_REPOSITORY,
    epilog=epilog("mas preview --base main", f"0 success; 1 docs are stale (only with --check); {ERROR_EXIT_CODES}"),
)
def preview(
    path: Repository = ".",
    base: Base = None,
    head: Annotated[
        str, typer.Option(metavar="REV", help="Commit to compare to; the edits apply to its docs.")
    ] = "HEAD",
    json: Annotated[bool, typer.Option("--json", help="Print JSON; edits replace whole lines.")] = False,
    patch: Annotated[bool, typer.Option("--patch", help="Print a patch for `git apply`.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if there is any edit or notice.")] = False,
) -> None:
    """Show the doc edits that a code change requires. Changes no file."""
    import gc

    gc.disable()  # the process is short-lived and makes few cycles: collecting them took a quarter of its time

    from bot.cli.preview import PreviewFormat
    from bot.cli.preview import preview as run

    if json and patch:
        raise typer.BadParameter("--json and --patch cannot be combined.")
    output = PreviewFormat.JSON if json else PreviewFormat.PATCH if patch else PreviewFormat.TEXT
    stale = run(path, base, head, output)
    gc.freeze()  # skip the collection at exit too
    if check and stale:
        raise typer.Exit(1)


@app.command(
    rich_help_panel=_REPOSITORY,
    epilog=epilog("mas review --base main --check", f"0 success; 1 findings (only with --check); {ERROR_EXIT_CODES}"),
)
def review(
    path: Repository = ".",
    base: Base = None,
    head: Annotated[str, typer.Option(metavar="REV", help="Commit to compare to.")] = "HEAD",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if there is any finding.")] = False,
) -> None:
    """Scan the changed lines for security problems. Changes no file."""
    require("scanners", "mas review")
    from bot.cli.review import ReviewFormat
    from bot.cli.review import review as run

    if json and sarif:
        raise typer.BadParameter("--json and --sarif cannot be combined.")
    output = ReviewFormat.JSON if json else ReviewFormat.SARIF if sarif else ReviewFormat.TEXT
    if run(path, base, head, output) and check:
        raise typer.Exit(1)


for _search_command, _example in (
    (search.index, "mas index"),
    (search.search, 'mas search --kind code "retry with backoff"'),
    (search.ask, 'mas ask "How do I set a timeout?"'),
):
    app.command(rich_help_panel=_REPOSITORY, epilog=epilog(_example, f"0 success; {ERROR_EXIT_CODES}"))(_search_command)
app.add_typer(config.config, name="config", rich_help_panel=_REPOSITORY)


@app.command(rich_help_panel=_BOT, epilog=epilog("mas demo --keep"))
def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep both servers running afterwards, to browse and push.")
    ] = False,
) -> None:
    """Run the bot end to end on a local GitHub: a push, stale docs, a pull request. Needs a clone of MAS."""
    from importlib.util import find_spec

    if find_spec("github_sandbox") is None:
        raise UserError("The demo runs only from a clone.", "Clone the MAS repository and run `make demo` in it.")
    require("app", "mas demo")
    require("sandbox", "mas demo")

    import asyncio

    from bot.demo import run

    asyncio.run(run(keep=keep))


@app.command(rich_help_panel=_BOT, epilog=epilog("mas setup --env-file .env"))
def setup(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page on 127.0.0.1; 0 for any free one.")] = 0,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Register the GitHub App on a local web page and write its credentials to .env."""
    require("app", "mas setup")
    from bot.server.web.setup import run
    from bot.settings.model import LocalSettings

    api_url = LocalSettings.load(env_file).github_api_url
    registered = run(api_url, env_file=env_file, port=port, announce=lambda url: typer.echo(f"Open {url}"))
    typer.echo(f"Registered {registered.slug}; its credentials are in {env_file}. Next: mas doctor")


@app.command(rich_help_panel=_BOT, epilog=epilog("mas doctor", CHECK_EXIT_CODES))
def doctor(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """Check the settings, this machine, the databases and GitHub, with a fix for each problem."""
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


@app.command(rich_help_panel=_BOT, epilog=epilog("mas serve"))
def serve(
    no_worker: Annotated[
        bool,
        typer.Option("--no-worker", help="Only receive webhooks; `mas worker` runs the jobs. Needs PostgreSQL."),
    ] = False,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Run the bot: receive GitHub's webhooks and run the jobs. Stop it with Ctrl-C or SIGTERM."""
    require("app", "mas serve")
    from bot.server.app import serve as run
    from bot.settings.model import Settings, WebhookSettings

    settings = (WebhookSettings if no_worker else Settings).load(env_file)
    run(settings, partial(_announce, settings, "listens on"))


@app.command(rich_help_panel=_BOT, epilog=epilog("mas worker"))
def worker(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """Process queued jobs. Run several for scale; the port serves health checks only."""
    require("app", "mas worker")
    from bot.server.app import serve as run
    from bot.settings.model import AppSettings

    settings = AppSettings.load(env_file)
    run(settings, partial(_announce, settings, "worker started; health checks on"))


def _announce(settings: LocalSettings, state: str, port: int) -> None:
    url = f"http://{settings.host}:{port}"
    typer.echo(f"MAS {bot.__version__} {state} {url}; data in {settings.mas_data_dir}. Ctrl-C stops it.")


for _name, _operation, _example, _codes in (
    ("check", operations.check, "mas check https://mas.example.org --token TOKEN", CHECK_EXIT_CODES),
    ("failed", operations.list_failed, "mas failed", ""),
    ("retry", operations.retry, "mas retry 72d3162e-cc78-11e3-81ab-4c9367dc0958", ""),
    ("migrate", operations.migrate, "mas migrate", ""),
    ("backup", operations.backup, "mas backup s3://my-bucket/mas --keep 30", ""),
    ("restore", operations.restore, "mas restore backups/mas-20260131T020000Z.backup", ""),
):
    app.command(_name, rich_help_panel=_OPERATIONS, epilog=epilog(_example, _codes))(_operation)
app.add_typer(operations.audit, name="audit", rich_help_panel=_OPERATIONS)
app.add_typer(operations.store, name="store", rich_help_panel=_OPERATIONS)
