"""Brings GitHub's published schemas into `.venv/schemas/`, where the tests read them.

They come from npm packages of pinned versions, checked by digest; npm is the one of the virtual environment,
and nothing is run or installed. Done once; a second run with nothing to do returns at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.schemas import subset

FOLDER = Path(sys.prefix) / "schemas"
NPM = Path(sys.prefix) / "bin" / "npm"


@dataclass(frozen=True)
class Package:
    """An npm package, the SHA-256 digest of its archive, and the one file that is wanted of it."""

    name: str
    version: str
    digest: str
    member: str
    target: str


DESCRIPTION = Package(
    "@octokit/openapi",
    "23.0.2",
    "71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c",
    "package/generated/api.github.com.json",
    "rest.json",
)
PACKAGES = (
    DESCRIPTION,
    Package(
        "@octokit/graphql-schema",
        "15.26.1",
        "053e74249dafce2118fd9b7ae499b067d57c5f910c57745699ac45108bc68d1e",
        "package/schema.graphql",
        "schema.graphql",
    ),
    Package(
        "@octokit/webhooks-schemas",
        "7.6.1",
        "94be9136c02e5246912d6a4b1f178f8d5430ae36839e46ecfcad0020f42f33ca",
        "package/schema.json",
        "webhooks.json",
    ),
    Package(
        "@octokit/webhooks-examples",
        "7.6.1",
        "89e6cb1c6345d32e3dd775617fa54effbdc26c859e514898d7728e95e9738280",
        "package/api.github.com/index.json",
        "examples.json",
    ),
)


class Unfetched(Exception):
    """A package could not be brought, or is not what it was."""


def main() -> int:
    """Fetch what is missing; the exit code, with one line on stderr when it is not 0."""
    recipe = hashlib.sha256(b"".join(Path(source).read_bytes() for source in (__file__, subset.__file__))).hexdigest()
    stamp = FOLDER / "recipe"
    if stamp.exists() and stamp.read_text() == recipe:
        return 0
    try:
        for package in PACKAGES:
            content = member(archive(package), package.member)
            if package is DESCRIPTION:
                content = json.dumps(subset.subset(json.loads(content)), separators=(",", ":")).encode()
            replace(FOLDER / package.target, content)
    except Unfetched as fault:
        print(f"schemas: {fault}", file=sys.stderr)
        return 1
    replace(stamp, recipe.encode())
    return 0


def archive(package: Package) -> Path:
    """The package's archive, from the cache or through npm, with the digest that it must have."""
    kept = FOLDER / "archives" / f"{package.digest}.tgz"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as scratch:
            replace(kept, packed(package, Path(scratch)).read_bytes())
    if hashlib.sha256(kept.read_bytes()).hexdigest() != package.digest:
        kept.unlink()
        raise Unfetched(f"{package.name}@{package.version} does not have the digest written in {Path(__file__).name}")
    return kept


def packed(package: Package, scratch: Path) -> Path:
    """The archive as npm brings it, unpacked and installed by nobody."""
    options = [
        "--loglevel=error",
        "--ignore-scripts",
        "--prefer-offline",
        "--fetch-retries=1",
        f"--pack-destination={scratch}",
    ]
    command = [str(NPM), "pack", f"{package.name}@{package.version}", *options]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    archives = list(scratch.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        code = re.search(r"npm error code (\S+)", done.stderr)
        why = code[1] if code else "is there a network?"
        raise Unfetched(f"{package.name}@{package.version} is not in the cache, and npm could not fetch it: {why}")
    return archives[0]


def member(source: Path, name: str) -> bytes:
    """One file of an archive; nothing is unpacked to the disk."""
    with tarfile.open(source, "r:gz") as opened:
        for entry in opened:
            if entry.name == name and entry.isfile():
                reader = opened.extractfile(entry)
                assert reader is not None, "a regular file of an archive has content"
                return reader.read()
    raise Unfetched(f"{source.name} holds no {name}")


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
