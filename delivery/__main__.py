"""python -m delivery blue-green|progressive ENVIRONMENT IMAGE, and rollback, settle, maintenance, record, status."""

from __future__ import annotations

import argparse
import signal
import sys

from delivery import steps
from delivery.checks import NotWell, Watch
from delivery.cluster import OVERLAYS, Cluster, Refused
from delivery.traffic import look


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m delivery", description=sys.modules["delivery"].__doc__)
    ways = top.add_subparsers(dest="way", required=True)
    for name in ("blue-green", "progressive", "rollback", "settle", "maintenance", "record", "status"):
        way = ways.add_parser(name)
        way.add_argument("environment", choices=sorted(path.name for path in OVERLAYS.iterdir()))
        way.add_argument("--patience", type=int, default=600, help="seconds that a rollout may take")
        if name in ("blue-green", "progressive"):
            way.add_argument("image", help="NAME@sha256:DIGEST")
        if name == "maintenance":
            way.add_argument("state", choices=["on", "off"])
        if name == "record":
            way.add_argument("told", nargs="*", help="after --, the options of mas audit record-deployment")
        if name in ("blue-green", "progressive", "rollback"):
            way.add_argument("--url", required=True, help="where people reach it")
            way.add_argument("--prometheus", required=True, help="NAMESPACE/SERVICE:PORT, or none")
            way.add_argument("--watch", type=float, default=300, help="seconds to look on after traffic is moved")
            way.add_argument("--errors", type=float, default=0.01, help="the share of requests that may fail")
            way.add_argument("--every", type=float, default=15, help="seconds between two looks")
    return top


def watch_of(said: argparse.Namespace) -> Watch:
    """How to look on, or SystemExit where nobody could see anything."""
    prometheus = None if said.prometheus == "none" else said.prometheus
    if prometheus is not None and not all(prometheus.partition("/")):
        raise SystemExit("--prometheus is NAMESPACE/SERVICE:PORT, or none.")
    if said.way == "progressive" and not prometheus:
        raise SystemExit("A progressive delivery is judged by its errors: it needs --prometheus.")
    return Watch(prometheus, said.watch, said.errors, said.every)


def run(said: argparse.Namespace) -> None:
    """Go the way that was asked for."""
    cluster = Cluster(said.environment, said.patience)
    match said.way:
        case "settle":
            steps.settle(cluster, say)
        case "maintenance":
            (steps.maintenance_on if said.state == "on" else steps.maintenance_off)(cluster, say)
        case "record":
            steps.record(cluster, said.told)
        case "status":
            print(look(cluster))
        case "rollback":
            steps.roll_back(cluster, said.url, watch_of(said), say)
        case _:
            steps.deliver(cluster, said.image, said.url, watch_of(said), said.way == "progressive", say)


def say(line: str) -> None:
    """One line of what happens, at once."""
    print(line, flush=True)


def interrupt(_signal: int, _frame: object) -> None:
    """SIGTERM as Ctrl-C: what is half done is put back on the way out."""
    raise KeyboardInterrupt


def main() -> int:
    """The exit code: 0 done, 1 not well (and put back), 130 interrupted (and put back)."""
    signal.signal(signal.SIGTERM, interrupt)
    try:
        run(parser().parse_args())
    except (NotWell, Refused) as fault:
        print(fault, file=sys.stderr)
        if isinstance(fault.__context__, NotWell | Refused):
            print(f"That came while this was put back: {fault.__context__}. Mend it, then `settle`.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
