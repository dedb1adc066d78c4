"""The operator's commands: check, failed, retry, migrate, backup, restore, audit, store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.epilog import epilog
from bot.cli.extras import require

EnvFile = Annotated[Path, typer.Option("--env-file", help="File with settings; environment variables override it.")]
DEFAULT_ENV_FILE = Path(".env")

audit = typer.Typer(help="Verify and export the audit logs, or record a deployment.", no_args_is_help=True)
store = typer.Typer(help="Manage the data store.", no_args_is_help=True)


def check(
    url: Annotated[str, typer.Argument(help="Address of the bot.")],
    token: Annotated[
        str | None, typer.Option(envvar="MAS_CHECK_TOKEN", help="API token with scope *, one of MAS_API_TOKENS.")
    ] = None,
    attempts: Annotated[int, typer.Option(min=1, help="Attempts per endpoint.")] = 30,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between attempts.")] = 10,
) -> None:
    """Smoke-test a deployed bot: health, readiness and the API."""
    require("app", "mas check")
    import asyncio

    from bot.ops.smoke_test import RetryPolicy
    from bot.ops.smoke_test import check as run

    if not asyncio.run(run(url, token, RetryPolicy(attempts, pause), typer.echo)):
        raise typer.Exit(1)
    typer.echo("All checks passed.")


def list_failed(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """List failed deliveries and why they failed."""
    require("app", "mas failed")
    import asyncio

    from bot.ops.deliveries import list_failures

    for line in asyncio.run(list_failures(env_file)):
        typer.echo(line)


def retry(
    delivery: Annotated[str, typer.Argument(help="Id of the delivery, from `mas failed`.")],
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Run a failed delivery again. A running bot picks it up within a second."""
    require("app", "mas retry")
    import asyncio

    from bot.ops.deliveries import retry as run

    asyncio.run(run(env_file, delivery))
    typer.echo(f"{delivery} is queued again.")


def migrate(env_file: EnvFile = DEFAULT_ENV_FILE) -> None:
    """Create or upgrade the database schema."""
    require("app", "mas migrate")
    import asyncio

    from bot.ops.deliveries import migrate_tables
    from bot.settings.model import LocalSettings

    asyncio.run(migrate_tables(LocalSettings.load(env_file)))
    typer.echo("The database schema is up to date.")


def backup(
    destination: Annotated[
        str,
        typer.Argument(metavar="FOLDER|s3://BUCKET/PREFIX", help="Where to write the backup.", show_default=False),
    ],
    keep: Annotated[int, typer.Option(min=1, help="Backups to keep there; older ones are deleted.")] = 14,
    code: Annotated[
        Path | None,
        typer.Option(metavar="REPOSITORY", help="Git repository of the deployed code, to include as a bundle."),
    ] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Back up the running bot into one file, encrypted with MAS_BACKUP_KEY, and verify it."""
    require("app", "mas backup")
    import asyncio
    import time

    from bot.ops.audit import record_operation
    from bot.ops.backup import back_up
    from bot.settings.model import LocalSettings

    settings = LocalSettings.load(env_file)
    key = settings.mas_backup_key.get_secret_value() or None
    result = back_up(settings, destination, raw_settings=settings.raw_values(env_file), key=key, keep=keep, code=code)
    asyncio.run(record_operation(settings, "backup", result.location.rpartition("/")[2], time.time()))
    unencrypted = "" if key else "; not encrypted, because MAS_BACKUP_KEY is not set"
    typer.echo(f"Wrote {result.location} ({result.size_bytes} bytes{unencrypted}).")
    for location in result.pruned:
        typer.echo(f"Deleted {location}.")


def restore(
    location: Annotated[
        str,
        typer.Argument(metavar="FILE|s3://BUCKET/PREFIX/NAME", help="A backup from `mas backup`.", show_default=False),
    ],
    extract: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="New folder for the settings and the code in the backup.")
    ] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Restore a backup into an empty database. Never overwrites data."""
    require("app", "mas restore")
    import asyncio
    import time

    from bot.ops.audit import record_operation
    from bot.ops.backup import restore as run
    from bot.ops.deliveries import migrate_tables
    from bot.settings.model import LocalSettings

    settings = LocalSettings.load(env_file)
    key = settings.mas_backup_key.get_secret_value() or None
    taken_at = run(
        settings, location, key=key, create_tables=lambda each: asyncio.run(migrate_tables(each)), extract=extract
    )
    name = location.rpartition("/")[2]
    asyncio.run(record_operation(settings, "restore", f"{name}, taken at {taken_at}", time.time()))
    typer.echo(f"Restored the backup of {taken_at}. Next: mas doctor")


@audit.command(
    epilog=epilog("mas audit verify --against log.jsonl", "0 the logs are intact; 1 a log was tampered with")
)
def verify(
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Earlier export; its records must still be in the logs.")
    ] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Verify that no record of the audit logs was changed, moved, added or removed."""
    require("app", "mas audit verify")
    import asyncio

    from bot.ops.audit import verify as run
    from bot.settings.model import LocalSettings

    problems, heads = asyncio.run(run(env_file, against))
    for line in (*heads, *problems):
        typer.echo(line)
    if not LocalSettings.load(env_file).audit_keys:
        typer.echo(
            "MAS_AUDIT_KEY is not set, so anyone with write access to the database can forge a log. "
            "Keep exports elsewhere and compare with --against."
        )
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{len(heads)} {'log is' if len(heads) == 1 else 'logs are'} intact.")


@audit.command(epilog=epilog("mas audit export --output log.jsonl"))
def export(
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write. Default: standard output.")
    ] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Export the audit logs as JSON, one record per line."""
    require("app", "mas audit export")
    import asyncio

    from bot.ops.audit import export as run

    if output is None:
        asyncio.run(run(env_file, sys.stdout))
        return
    with output.open("w", encoding="utf-8") as file:
        count = asyncio.run(run(env_file, file))
    typer.echo(f"{count} records written to {output}.")


@audit.command(
    "record-deployment",
    epilog=epilog(
        "mas audit record-deployment --environment production --deployment-id 4711 --version 1.2.0 "
        "--commit 9fceb02 --deployer maria"
    ),
)
def record_deployment(
    environment: Annotated[str, typer.Option(help="Target environment, such as production.")],
    deployment_id: Annotated[str, typer.Option(help="Unique id of the deployment.")],
    version: Annotated[str, typer.Option(help="Deployed version.")],
    commit: Annotated[str, typer.Option(help="Commit of that version.")],
    deployer: Annotated[str, typer.Option(help="Who deployed it.")],
    approved_by: Annotated[str | None, typer.Option(help="Who approved it.")] = None,
    security_status: Annotated[str | None, typer.Option(help="Result of the security checks.")] = None,
    test_status: Annotated[str | None, typer.Option(help="Result of the tests.")] = None,
    env_file: EnvFile = DEFAULT_ENV_FILE,
) -> None:
    """Record a deployment in the audit log."""
    require("app", "mas audit record-deployment")
    import asyncio

    from bot.ops.audit import Deployment
    from bot.ops.audit import record_deployment as run

    deployment = Deployment(
        environment, deployment_id, version, commit, deployer, approved_by, security_status, test_status
    )
    asyncio.run(run(env_file, deployment))
    typer.echo(f"Recorded deployment {deployment_id} to {environment}.")


@store.command(
    "migrate",
    epilog=epilog(
        "mas store migrate --from sqlite:////var/lib/mas/mas.db --to postgresql://mas@db/mas",
        "0 moved; 1 moved, but an audit log fails verification in both stores",
    ),
)
def migrate_store(
    source: Annotated[
        str,
        typer.Option("--from", metavar="URL", envvar="STORE_FROM", help="Current store. It is not changed."),
    ],
    target: Annotated[
        str,
        typer.Option("--to", metavar="URL", envvar="STORE_TO", help="Empty database of any supported kind."),
    ],
) -> None:
    """Copy all data to another store and compare them. Stop the bot first. Re-run to resume after an interruption."""
    require("app", "mas store migrate")
    import asyncio

    from bot.ops.deliveries import transfer_store as run

    problems = asyncio.run(run(source, target, typer.echo))
    for line in problems:
        typer.echo(line)
    typer.echo("All data was copied. Next: set STORE_URL to the new store and start the bot.")
    if problems:
        raise typer.Exit(1)
