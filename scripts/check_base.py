"""Check a base installation: it previews and searches by words, and every other command names the extra it needs.

    check_base.py COMMAND…      for example: check_base.py /tmp/env/bin/mas

The exit code is 1 where something is not so. Run by `check_packages.sh` on built packages, and by the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

NEEDS = {
    "ask": None,
    "audit export": "app",
    "audit record-deployment": "app",
    "audit verify": "app",
    "backup": "app",
    "check": "app",
    "config check": None,
    "config schema": None,
    "demo": "clone",
    "doctor": "app",
    "failed": "app",
    "index": None,
    "migrate": "app",
    "preview": None,
    "restore": "app",
    "retry": "app",
    "review": "scanners",
    "search": None,
    "serve": "app",
    "setup": "app",
    "store migrate": "app",
    "worker": "app",
}
"""Each command of `mas` and the extra it needs."""

_ARGUMENTS = {
    "audit record-deployment": [
        *("--environment=staging", "--deployment-id=1", "--version=1", "--commit=1", "--deployer=octocat"),
    ],
    "backup": ["backups"],
    "check": ["http://127.0.0.1:9"],
    "restore": ["backups/one"],
    "retry": ["1"],
    "store migrate": ["--from=sqlite:///a.db", "--to=sqlite:///b.db"],
}
_WORKS = (
    (["preview", "--patch"], "+Call `fetch_many` to fetch pages."),
    (["index"], "files in"),
    (["search", "fetch pages"], "guide.md:1-3"),
    (["ask", "How do I fetch pages?"], "guide.md:1-3"),
    (["config", "check"], "mas.yml"),
    (["config", "schema"], '"$schema"'),
)
"""What works without an extra, and a part of what it prints."""

_GUIDE = "# Fetching\n\nCall `fetch_all` to fetch pages.\n"
_CODE = (
    'def fetch_all(urls: list[str]) -> list[str]:\n    """Fetch pages."""\n    return [url.upper() for url in urls]\n'
)


def main(command: Sequence[str]) -> int:
    """Print what is wrong; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        found = list(faults(command, Path(folder)))
    print("\n".join(found) or f"{len(_WORKS)} commands work in the base installation; the others name their extra.")
    return 1 if found else 0


def faults(command: Sequence[str], folder: Path) -> Iterator[str]:
    """Yield a line for each thing that is not as it should be.

    Args:
        folder: an empty one, for a repository and a home.
    """
    repository = folder / "project"
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH")},
        **{"HOME": str(folder), "MAS_DATA_DIR": str(folder / "data")},
        **{f"GIT_{who}_{what}": "nobody@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", repository], env=environment, check=True)
    _commit(repository, {"fetchkit.py": _CODE, "docs/guide.md": _GUIDE, ".github/mas.yml": "{}\n"}, environment)
    _commit(repository, {"fetchkit.py": _CODE.replace("fetch_all", "fetch_many")}, environment)
    for arguments, part in _WORKS:
        code, text = _run([*command, *arguments], repository, environment)
        if code or part not in text:
            yield f"mas {' '.join(arguments)}: exit code {code}, and no {part!r} in:\n{text}"
    for name, extra in NEEDS.items():
        if extra is None:
            continue
        wanted = f"the extra `{extra}`. Install it: pip install 'mas-docs-bot[{extra}]'"
        code, text = _run([*command, *name.split(), *_ARGUMENTS.get(name, [])], repository, environment)
        named = "from a clone" in text if extra == "clone" else wanted in text
        if code != 2 or not named or "Traceback" in text:
            yield f"mas {name}: exit code {code}, and it does not name {extra}:\n{text}"


def _commit(repository: Path, files: Mapping[str, str], environment: Mapping[str, str]) -> None:
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    for arguments in (["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *arguments], cwd=repository, env=environment, check=True)


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
