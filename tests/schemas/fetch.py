"""Fetch GitHub's published schemas into `.venv/schemas/`, where the tests read them.

They come from npm packages with pinned versions and digests. npm is the virtual environment's own; no package code
is run or installed. Returns at once if the schemas are up to date.
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
    """An npm package, the SHA-256 digest of its archive, the file to extract, and the file to write."""

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


class FetchError(Exception):
    """A package cannot be fetched, or its digest differs."""


def main() -> int:
    """Fetch missing schemas. Returns the exit code; prints one line to stderr on failure."""
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
    except FetchError as error:
        print(f"schemas: {error}", file=sys.stderr)
        return 1
    replace(stamp, recipe.encode())
    return 0


def archive(package: Package) -> Path:
    """Return a package's archive, from the cache or through npm, after checking its digest."""
    path = FOLDER / "archives" / f"{package.digest}.tgz"
    if not path.exists():
        with tempfile.TemporaryDirectory() as scratch:
            replace(path, pack(package, Path(scratch)).read_bytes())
    if hashlib.sha256(path.read_bytes()).hexdigest() != package.digest:
        path.unlink()
        raise FetchError(f"{package.name}@{package.version} does not match the digest in {Path(__file__).name}")
    return path


def pack(package: Package, scratch: Path) -> Path:
    """Download a package's archive with npm, without unpacking or installing it."""
    options = [
        "--loglevel=error",
        "--ignore-scripts",
        "--prefer-offline",
        "--fetch-retries=1",
        f"--pack-destination={scratch}",
    ]
    command = [str(NPM), "pack", f"{package.name}@{package.version}", *options]
    process = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    archives = list(scratch.glob("*.tgz"))
    if process.returncode or len(archives) != 1:
        code = re.search(r"npm error code (\S+)", process.stderr)
        reason = code[1] if code else "no network?"
        raise FetchError(f"{package.name}@{package.version} is not cached, and npm could not fetch it: {reason}")
    return archives[0]


def member(source: Path, name: str) -> bytes:
    """Return one file of an archive, without unpacking to disk."""
    with tarfile.open(source, "r:gz") as opened:
        for entry in opened:
            if entry.name == name and entry.isfile():
                reader = opened.extractfile(entry)
                assert reader is not None, "regular files have content"
                return reader.read()
    raise FetchError(f"{source.name} does not contain {name}")


def replace(path: Path, content: bytes) -> None:
    """Write a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
