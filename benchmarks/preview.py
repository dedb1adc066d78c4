"""Seconds and memory of `mas preview` on one commit, cold and warm, by size and by age of the repository.

    python benchmarks/preview.py [REPOSITORY…]

Made repositories of 200, 2,000 and 8,000 files (one in seven a page); then in one of 2,000 files the 1st, 10th and
100th commit of which a preview was made, each upon what the one before it kept; then the newest commit of each
repository named. Cold: nothing is kept yet. Warm: the past is kept. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.analysis.docs import warm_cache

VERBS = ("load", "fetch", "store", "parse", "build", "send", "open", "close", "read", "write", "merge", "split")
NOUNS = ("user", "order", "item", "page", "token", "cache", "event", "stream", "batch", "report", "table", "route")
WORDS = [f"{verb}_{noun}" for verb in VERBS for noun in NOUNS]
COMMITS = 200
RUNS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One preview in a process of its own.

    Args:
        seconds: on the clock; `work` are those of the processors, which other work on the machine does not lengthen.
        megabytes: the most memory that it or a child of it held.
    """

    seconds: float
    work: float
    megabytes: int


@dataclass(frozen=True, slots=True)
class Row:
    """One commit, previewed cold and warm."""

    name: str
    files: int
    cold: Run
    warm: Run


def name(dice: random.Random) -> str:
    return f"{dice.choice(WORDS)}_{dice.randrange(50)}"


def module(number: int) -> str:
    dice = random.Random(number)
    body = []
    for function in range(10):
        lines = "".join(f"    value_{line} = {name(dice)}(first, {dice.randrange(99)})\n" for line in range(10))
        body.append(f"def {name(dice)}_{function}(first, second={dice.randrange(9)}):\n{lines}    return value_1\n")
    return "\n\n".join(body)


def page(number: int) -> str:
    dice = random.Random(-number)
    parts = [f"# Page {number}\n"]
    for part in range(8):
        said = "".join(f"Call `{name(dice)}_{part}` to do what its name says, and mind the result.\n" for _ in range(5))
        parts.append(f"## Part {part}\n\n{said}\n```python\n{name(dice)}(1, second=2)\n```\n")
    return "\n".join(parts)


class Made:
    """A repository of that many files, made in a folder."""

    def __init__(self, at: Path, files: int) -> None:
        self.at, self.files = at, files
        at.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        for number in range(files):
            document = number % 7 == 0
            path = at / (f"docs/g{number % 10}/page{number}.md" if document else f"pkg/p{number % 40}/m{number}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(number) if document else module(number))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=first")
        self.git("repack", "-adq")  # as a clone has it

    def git(self, *args: str) -> None:
        who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
        subprocess.run(["git", *who, *args], cwd=self.at, check=True)

    def commit(self, seed: int) -> None:
        """Changes a few lines of a module, as on any day."""
        dice = random.Random(seed)
        number = next(n for n in iter(lambda: dice.randrange(self.files), -1) if n % 7)
        path = self.at / f"pkg/p{number % 40}/m{number}.py"
        lines = path.read_text().split("\n")
        for _ in range(4):
            at = dice.randrange(len(lines) - 1)
            lines[at] = lines[at].replace("value_", f"amount{seed}_").replace("second=", "again=")
        lines.append(f"LATEST = {seed}")
        path.write_text("\n".join(lines))
        self.git("commit", "--quiet", "--all", f"--message=change {seed}")


def preview(at: Path, data: Path) -> Run:
    """Previews the newest commit; `data` is where the past is kept."""
    command = [sys.executable, "-m", "bot", "preview", str(at), "--base", "HEAD~1", "--json"]
    environment = {**os.environ, "MAS_DATA_DIR": str(data)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled
    start = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"A preview of {at} ended with {child.returncode}.")
    seconds = time.perf_counter() - start
    return Run(round(seconds, 2), round(used.ru_utime + used.ru_stime, 2), used.ru_maxrss // 1024)


def cold(at: Path) -> Run:
    """The first preview of a repository."""
    with tempfile.TemporaryDirectory() as data:
        return preview(at, Path(data))


def warm(at: Path) -> Run:
    """The best of three previews whose past is known."""
    with tempfile.TemporaryDirectory() as data:
        preview(at, Path(data))
        (cache,) = (Path(data) / "cache").iterdir()
        warm_cache(str(at), "HEAD~1", cache)
        return min((preview(at, Path(data)) for _ in range(RUNS)), key=lambda run: run.seconds)


def row(label: str, at: Path, first: Run, later: Run) -> Row:
    """A row, printed."""
    listed = subprocess.run(["git", "ls-tree", "-r", "HEAD"], cwd=at, capture_output=True, check=True)
    made = Row(label, listed.stdout.count(b"\n"), first, later)
    cells = "".join(f"{run.seconds:9.2f}{run.work:9.2f}{run.megabytes:9}" for run in (first, later))
    print(f"{label:32}{made.files:8}{cells}", flush=True)
    return made


def aged(made: Made) -> Iterator[Row]:
    """Commits one after the other, each previewed with what the previews before it kept."""
    with tempfile.TemporaryDirectory() as data:
        for number in range(1, 101):
            made.commit(COMMITS + number)
            later = preview(made.at, Path(data))
            if number == 1:  # which knew nothing
                later = preview(made.at, Path(data))
            if number in (1, 10, 100):
                yield row(f"the same, previewed commit {number}", made.at, cold(made.at), later)


def main() -> None:
    heads = "".join(f"{past + ' s':>9}{'CPU s':>9}{'MB':>9}" for past in ("cold", "warm"))
    print(f"{'repository':32}{'files':>8}{heads}", flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for files in (200, 2_000, 8_000):
            made = Made(Path(folder) / str(files), files)
            for seed in range(COMMITS):
                made.commit(seed)
            rows.append(row(f"made, {files} files", made.at, cold(made.at), warm(made.at)))
            if files == 2_000:
                rows += aged(made)
        rows += [row(path, Path(path), cold(Path(path)), warm(Path(path))) for path in sys.argv[1:]]
    print(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
