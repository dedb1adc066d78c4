"""The commands of `mas` for those who run it: check, audit, backup, restore, store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.extras import require

EnvFile = Annotated[Path, typer.Option("--env-file", help="Where the settings are, besides the environment.")]
DEFAULT_ENV_FILE = Path(".env")

audit = typer.Typer(help="Look after the audit logs.", no_args_is_help=True)
store = typer.Typer(help="Look after what the bot remembers.", no_args_is_help=True)


def check(
    url: Annotated[str, typer.Argument(help="Where the bot answers, as https://mas.example.org.")],
    token: Annotated[
        str | None, typer.Option(envvar="MAS_CHECK_TOKEN", help="A token of MAS_API_TOKENS for everything.")
    ] = None,
    attempts: Annotated[int, typer.Option(min=1, help="How often each path is asked.")] = 30,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between two attempts.")] = 10,
) -> None:
    """Check a bot that was just deployed: its health, and that the API answers."""
    require("app", "mas check")
    import asyncio

    from bot.ops.smoke_test import RetryPolicy
    from bot.ops.smoke_test import check as run

    if not asyncio.run(run(url, token, RetryPolicy(attempts, pause), typer.echo)):
        raise typer.Exit(1)
    typer.echo("All is well.")


def migrate(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """Make the database's tables, or bring them forward, before a new version starts."""
    require("app", "mas migrate")
    import asyncio

    from bot.ops.deliveries import migrate_tables
    from bot.settings.model import LocalSettings

    asyncio.run(migrate_tables(LocalSettings.load(env_file)))
    typer.echo("The tables are those of this version.")


def backup(
    where: Annotated[
        str, typer.Argument(metavar="FOLDER|s3://BUCKET/PREFIX", help="Where back-ups are kept.", show_default=False)
    ],
    keep: Annotated[int, typer.Option(min=1, help="How many stay there; the oldest go.")] = 14,
    code: Annotated[
        Path | None, typer.Option(metavar="REPOSITORY", help="Bundle this git repository along: the code that runs.")
    ] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Back up the bot while it runs: one file, encrypted with MAS_BACKUP_KEY, read again before it counts."""
    require("app", "mas backup")
    import asyncio
    import time

    from bot.ops.audit import record_operation
    from bot.ops.backup import back_up
    from bot.settings.model import LocalSettings

    settings = LocalSettings.load(env_file)
    key = settings.mas_backup_key.get_secret_value() or None
    taken = back_up(settings, where, raw_settings=settings.raw_values(env_file), key=key, keep=keep, code=code)
    asyncio.run(record_operation(settings, "backup", taken.location.rpartition("/")[2], time.time()))
    typer.echo(
        f"{taken.location} holds {taken.size_bytes} bytes{'' if key else ', unencrypted: MAS_BACKUP_KEY is not set'}."
    )
    for gone in taken.pruned:
        typer.echo(f"{gone} was deleted.")


def restore(
    place: Annotated[
        str,
        typer.Argument(
            metavar="FILE|s3://BUCKET/PREFIX/NAME", help="A back-up that `mas backup` wrote.", show_default=False
        ),
    ],
    extract: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also write the settings and the code in it there.")
    ] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Bring a back-up into an empty database. Nothing is ever written over."""
    require("app", "mas restore")
    import asyncio
    import time

    from bot.ops.audit import record_operation
    from bot.ops.backup import restore as run
    from bot.ops.deliveries import migrate_tables
    from bot.settings.model import LocalSettings

    settings = LocalSettings.load(env_file)
    key = settings.mas_backup_key.get_secret_value() or None
    made = run(settings, place, key=key, create_tables=lambda said: asyncio.run(migrate_tables(said)), extract=extract)
    asyncio.run(record_operation(settings, "restore", f"{place.rpartition('/')[2]}, taken at {made}", time.time()))
    typer.echo(f"All is as it was at {made}. Next: mas doctor")


@audit.command(epilog="Exit codes: 0 whole; 1 something was changed, moved, taken out, added or cut off.")
def verify(
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An earlier export, kept elsewhere, that must still stand.")
    ] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Verify that nobody tampered with the audit logs."""
    require("app", "mas audit verify")
    import asyncio

    from bot.ops.audit import verify as run
    from bot.settings.model import LocalSettings

    wrong, ends = asyncio.run(run(env_file, against))
    for line in (*ends, *wrong):
        typer.echo(line)
    if not LocalSettings.load(env_file).audit_keys:
        typer.echo("MAS_AUDIT_KEY is not set: who can write the database could have moved the ends. Keep exports.")
    if wrong:
        raise typer.Exit(1)
    typer.echo(f"{len(ends)} logs are whole.")


@audit.command()
def export(
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there; without it, print.")] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Write the audit logs as JSON, a line a record."""
    require("app", "mas audit export")
    import asyncio

    from bot.ops.audit import export as run

    if output is None:
        asyncio.run(run(env_file, sys.stdout))
        return
    with output.open("w", encoding="utf-8") as file:
        count = asyncio.run(run(env_file, file))
    typer.echo(f"{count} records are in {output}.")


@audit.command("record-deployment")
def record_deployment(
    environment: Annotated[str, typer.Option(help="Where to, as production.")],
    deployment_id: Annotated[str, typer.Option(help="The deployment's own id.")],
    version: Annotated[str, typer.Option(help="What is deployed.")],
    commit: Annotated[str, typer.Option(help="The commit that it was made of.")],
    deployer: Annotated[str, typer.Option(help="Who deployed it.")],
    approved_by: Annotated[str | None, typer.Option(help="Who approved it.")] = None,
    security_status: Annotated[str | None, typer.Option(help="How the security checks ended.")] = None,
    test_status: Annotated[str | None, typer.Option(help="How the tests ended.")] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Put a deployment on record."""
    require("app", "mas audit record-deployment")
    import asyncio

    from bot.ops.audit import Deployment
    from bot.ops.audit import record_deployment as run

    made = Deployment(environment, deployment_id, version, commit, deployer, approved_by, security_status, test_status)
    asyncio.run(run(env_file, made))
    typer.echo(f"Deployment {deployment_id} to {environment} is on record.")


@store.command("migrate", epilog="Exit codes: 0 moved; 1 moved, but an audit log does not hold, in the source neither.")
def migrate_store(
    source: Annotated[
        str,
        typer.Option("--from", metavar="URL", envvar="STORE_FROM", help="The store as it is; it stays as it is."),
    ],
    target: Annotated[
        str,
        typer.Option("--to", metavar="URL", envvar="STORE_TO", help="An empty database, of any kind."),
    ],
) -> None:
    """Move everything to another store, and compare. Stop the bot first. What broke off goes on by the same command."""
    require("app", "mas store migrate")
    import asyncio

    from bot.ops.deliveries import transfer_store as run

    faults = asyncio.run(run(source, target, typer.echo))
    for line in faults:
        typer.echo(line)
    typer.echo("All is there. Next: set STORE_URL to it, and start the bot.")
    if faults:
        raise typer.Exit(1)
