"""Runs scanners over texts: side by side, each in a process with limits, on copies in a private folder.

Nothing of a repository is on any path where its code or its settings could take effect: each text lies in a folder of
its own, under a name of our making that keeps but the last part of its path.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from bot.agents.security_review.review import Side
from bot.agents.security_review.scanners import Scanner
from bot.agents.security_review.scanners.policies import counts, may_count
from bot.analysis.limited_process import Ended, Limits, run_limited
from bot.analysis.scanner_lookup import Installed, find
from bot.domain import Blob, Hit, ScannerRun

MOST_HITS = 10_000
"""Of one scanner; what comes after is left out, and that is said."""
LONGEST_NAME = 100
AT_ONCE = 4

NOT_UNDERSTOOD = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
"""What a report that is none, or an odd one, makes of reading it."""

Key = tuple[Side, str]
"""A text: the side of a change, and the path there."""

_ODD = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Scans:
    """What was hit in each text, and how the scanners did."""

    hits: Mapping[Key, Sequence[Hit]]
    runs: tuple[ScannerRun, ...]


def scan(
    texts: Mapping[Key, Blob],
    scanners: Iterable[Scanner],
    limits: Limits | None = None,
    settings: Mapping[str, str] = os.environ,
) -> Scans:
    """Run scanners over texts; one that fails, or is not there, holds up no other.

    Args:
        limits: of each scanner.
        settings: the operator's, by their variables: some name what a scanner needs.
    """
    with ThreadPoolExecutor(AT_ONCE) as threads:
        done = list(threads.map(lambda scanner: _scanned(scanner, texts, limits or Limits(), settings), scanners))
    hits: dict[Key, list[Hit]] = {}
    for found, _ in done:
        for key, hit in found:
            hits.setdefault(key, []).append(hit)
    return Scans(hits, tuple(run for _, run in done))


Found = list[tuple[Key, Hit]]


def _scanned(
    scanner: Scanner, texts: Mapping[Key, Blob], limits: Limits, settings: Mapping[str, str]
) -> tuple[Found, ScannerRun]:
    """What one scanner hits, and how it did; an extra that is not there is no gap, for nobody counts on it."""
    read = {key: blob for key, blob in texts.items() if scanner.reads(key[1]) and may_count(key[1], scanner.sort)}
    installed = find(scanner, settings)
    if isinstance(installed, str):
        is_gap = read and not scanner.extra
        return [], ScannerRun(scanner.name, "", 0, 0.0, f"{installed}." if is_gap else None)
    start = time.monotonic()
    trouble, found = None, []
    wanted = {key: blob for key, blob in read.items() if scanner.could(key[1], blob.data)}
    try:
        found = _hits(scanner, installed, wanted, limits) if wanted else []
    except Ended as ended:
        trouble = f"{ended}."
    except NOT_UNDERSTOOD as error:
        trouble = f"its report was not understood ({type(error).__name__})."
    if len(found) > MOST_HITS:
        found, trouble = found[:MOST_HITS], f"it found more than {MOST_HITS:,}; the rest is left out."
    files = len({path for _, path in read})
    return found, ScannerRun(scanner.name, installed.version, files, time.monotonic() - start, trouble)


def _hits(scanner: Scanner, installed: Installed, wanted: Mapping[Key, Blob], limits: Limits) -> Found:
    with tempfile.TemporaryDirectory(prefix="mas-scan-") as private:
        folder = _Folder(Path(private) / "texts")
        keys = folder.put((key, scanner.blinded(blob.data)) for key, blob in wanted.items())
        report = Path(private) / "report"
        given = _handed_over(scanner, installed, Path(private))
        command = [*installed.command, *given, *scanner.arguments(list(keys))]
        allowed = replace(limits, data=limits.data + scanner.reserved)
        run_limited(command, folder.path, report, allowed, scanner.success)
        hits = scanner.parse(report.read_bytes(), folder.texts)
        return list(islice(_of_keys(scanner, hits, keys), MOST_HITS + 1))


def _handed_over(scanner: Scanner, installed: Installed, private: Path) -> list[str]:
    """The arguments that hand over what the scanner needs besides the texts."""
    if scanner.given is None or installed.given is None:
        return []
    if scanner.given.made is None:
        return [scanner.given.option, str(installed.given)]
    made = private / "given.json"
    try:
        files = {str(file): file.read_bytes() for file in installed.given.rglob("*") if file.is_file()}
        made.write_bytes(scanner.given.made(files))
    except (OSError, *NOT_UNDERSTOOD) as error:
        raise Ended(f"what it is given was not understood ({type(error).__name__})") from error
    return [scanner.given.option, str(made)]


def _of_keys(
    scanner: Scanner, hits: Iterable[tuple[str, Hit]], keys: Mapping[str, Sequence[Key]]
) -> Iterator[tuple[Key, Hit]]:
    for name, hit in hits:
        for key in keys.get(name, ()):
            if counts(key[1], scanner.sort, hit):
                yield key, hit


class _Folder:
    """A folder of texts, each in one of its own; equal texts of one name lie there once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.texts: dict[str, bytes] = {}
        path.mkdir(mode=0o700)

    def put(self, texts: Iterable[tuple[Key, bytes]]) -> dict[str, list[Key]]:
        """Write texts; gives the keys of each by its name in the folder."""
        names: dict[tuple[str, bytes], str] = {}
        keys: dict[str, list[Key]] = {}
        for key, data in texts:
            last = file_name(key[1])
            name = names.get((last, data))
            if name is None:
                name = names[last, data] = f"{len(names):04}/{last}"
                self._write(name, data)
                self.texts[name] = data
            keys.setdefault(name, []).append(key)
        return keys

    def _write(self, name: str, data: bytes) -> None:
        at = self.path / name
        at.parent.mkdir(mode=0o700)
        handle = os.open(at, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)


def file_name(path: str) -> str:
    """The last part of a path as a name that means nothing to a shell, a program or a file system."""
    last = _ODD.sub("_", path.rpartition("/")[2])[-LONGEST_NAME:].lstrip("-.")
    return last or "file"
