"""The command line: `python -m delivery blue-green|progressive|rollback|settle|maintenance|record|status …`."""

from __future__ import annotations

import argparse
import signal
import sys

from delivery import steps
from delivery.checks import Unhealthy, Watch
from delivery.cluster import OVERLAYS, Cluster, KubectlError
from delivery.traffic import read_traffic


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m delivery", description=sys.modules["delivery"].__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for name in ("blue-green", "progressive", "rollback", "settle", "maintenance", "record", "status"):
        command = commands.add_parser(name)
        command.add_argument("environment", choices=sorted(path.name for path in OVERLAYS.iterdir()))
        command.add_argument("--patience", type=int, default=600, help="time limit of a rollout or a job, in seconds")
        if name in ("blue-green", "progressive"):
            command.add_argument("image", help="NAME@sha256:DIGEST")
        if name == "maintenance":
            command.add_argument("state", choices=["on", "off"])
        if name == "record":
            command.add_argument("options", nargs="*", help="after --, the options of mas audit record-deployment")
        if name in ("blue-green", "progressive", "rollback"):
            command.add_argument("--url", required=True, help="the public address of the bot")
            command.add_argument("--prometheus", required=True, help="NAMESPACE/SERVICE:PORT, or none")
            command.add_argument("--watch", type=float, default=300, help="seconds to watch after each move of traffic")
            command.add_argument("--errors", type=float, default=0.01, help="maximum share of failed requests")
            command.add_argument("--every", type=float, default=15, help="seconds between two checks")
    return top


def watch_from(arguments: argparse.Namespace) -> Watch:
    """Return how to watch a version.

    Raises:
        SystemExit: `--prometheus` is malformed, or missing for a progressive delivery.
    """
    prometheus = None if arguments.prometheus == "none" else arguments.prometheus
    if prometheus is not None and not all(prometheus.partition("/")):
        raise SystemExit("--prometheus must be NAMESPACE/SERVICE:PORT, or none.")
    if arguments.command == "progressive" and not prometheus:
        raise SystemExit("A progressive delivery needs --prometheus, because it depends on the error rate.")
    return Watch(prometheus, arguments.watch, arguments.errors, arguments.every)


def run(arguments: argparse.Namespace) -> None:
    """Run the chosen command."""
    cluster = Cluster(arguments.environment, arguments.patience)
    match arguments.command:
        case "settle":
            steps.settle(cluster, say)
        case "maintenance":
            (steps.maintenance_on if arguments.state == "on" else steps.maintenance_off)(cluster, say)
        case "record":
            steps.record(cluster, arguments.options)
        case "status":
            print(read_traffic(cluster))
        case "rollback":
            steps.roll_back(cluster, arguments.url, watch_from(arguments), say)
        case command:
            watch = watch_from(arguments)
            steps.deliver(cluster, arguments.image, arguments.url, watch, command == "progressive", say)


def say(line: str) -> None:
    """Print a line of progress without delay."""
    print(line, flush=True)


def interrupt(_signal: int, _frame: object) -> None:
    """Treat SIGTERM like Ctrl-C, so that an unfinished delivery is rolled back."""
    raise KeyboardInterrupt


def main() -> int:
    """Return the exit code: 0 done; 1 failed and rolled back; 130 interrupted and rolled back."""
    signal.signal(signal.SIGTERM, interrupt)
    try:
        run(parser().parse_args())
    except (Unhealthy, KubectlError) as error:
        print(error, file=sys.stderr)
        if isinstance(error.__context__, Unhealthy | KubectlError):
            print(
                f"The rollback failed as well. The delivery had failed because: {error.__context__}. "
                "Fix the cluster, then run `settle`.",
                file=sys.stderr,
            )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
