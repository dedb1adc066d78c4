"""Seconds and memory of `mas preview` on one commit, cold and warm, by size and by age of the repository.

    python benchmarks/preview.py [REPOSITORY…]

Made repositories of 200, 2,000 and 8,000 files (one in seven a page), and one of 2,000 files after 1, 10 and 100 more
commits; then the newest commit of each repository named. Cold: nothing is kept yet. Warm: the past is kept, as after a
few runs. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.analysis import remember

VERBS = ("load", "fetch", "store", "parse", "build", "send", "open", "close", "read", "write", "merge", "split")
NOUNS = ("user", "order", "item", "page", "token", "cache", "event", "stream", "batch", "report", "table", "route")
WORDS = [f"{verb}_{noun}" for verb in VERBS for noun in NOUNS]
COMMITS = 200
RUNS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One repository: seconds cold, seconds warm (the best of three runs), and the most memory, in MB."""

    name: str
    files: int
    cold: float
    warm: float
    megabytes: int


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


def preview(at: Path, data: Path) -> float:
    """One run in a process of its own; returns its seconds."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "bot", "preview", str(at), "--base", "HEAD~1", "--json"]
    subprocess.run(command, env={**os.environ, "MAS_DATA_DIR": str(data)}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def measured(label: str, at: Path) -> Row:
    """Cold and warm runs on the newest commit of a repository."""
    with tempfile.TemporaryDirectory() as data:
        cold = preview(at, Path(data))
        (cache,) = (Path(data) / "cache").iterdir()
        remember(str(at), "HEAD~1", cache)
        warm = min(preview(at, Path(data)) for _ in range(RUNS))
    listed = subprocess.run(["git", "ls-tree", "-r", "HEAD"], cwd=at, capture_output=True, check=True)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    row = Row(label, listed.stdout.count(b"\n"), round(cold, 2), round(warm, 2), memory)
    print(f"{row.name:32}{row.files:8}{row.cold:10.2f}{row.warm:10.2f}{row.megabytes:10}", flush=True)
    return row


def main() -> None:
    print(f"{'repository':32}{'files':>8}{'cold s':>10}{'warm s':>10}{'most MB':>10}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for files in (200, 2_000, 8_000):
            made = Made(Path(folder) / str(files), files)
            for seed in range(COMMITS):
                made.commit(seed)
            rows.append(measured(f"made, {files} files", made.at))
            if files == 2_000:
                for more in (1, 10, 100):
                    for seed in range(more):
                        made.commit(COMMITS * 10 * more + seed)
                    rows.append(measured(f"the same, {more} commits later", made.at))
        rows += [measured(path, Path(path)) for path in sys.argv[1:]]
    print(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
