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
from bot.agents.security_review.scanners.policies import is_non_production, should_report, should_scan
from bot.analysis.limited_process import Limits, ProcessFailed, run_limited
from bot.analysis.scanner_lookup import InstalledScanner, locate
from bot.domain import Blob, Hit, ScannerRun
from bot.text.file_classes import FileClasses, classify_path

MAX_HITS = 10_000
"""Of one scanner; what comes after is left out, and that is said."""
MAX_NAME_CHARS = 100
MAX_PARALLEL = 4

PARSE_ERRORS = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
"""What a report that is none, or an odd one, makes of reading it."""

TextKey = tuple[Side, str]
"""A text: the side of a change, and the path there."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Scans:
    """What was hit in each text, and how the scanners did."""

    hits: Mapping[TextKey, Sequence[Hit]]
    runs: tuple[ScannerRun, ...]


def scan(
    texts: Mapping[TextKey, Blob],
    scanners: Iterable[Scanner],
    limits: Limits | None = None,
    settings: Mapping[str, str] = os.environ,
    classes: FileClasses | None = None,
) -> Scans:
    """Run scanners over texts; one that fails, or is not there, holds up no other.

    Args:
        limits: of each scanner.
        settings: the operator's, by their variables: some name what a scanner needs.
        classes: what the files are; without them, what their paths alone say.
    """
    classify = classes.by_path if classes is not None else classify_path
    aside = frozenset(path for _, path in texts if is_non_production(path, classify(path).file_class))
    with ThreadPoolExecutor(MAX_PARALLEL) as threads:
        done = list(
            threads.map(lambda scanner: _run_scanner(scanner, texts, aside, limits or Limits(), settings), scanners)
        )
    hits: dict[TextKey, list[Hit]] = {}
    for found, _ in done:
        for key, hit in found:
            hits.setdefault(key, []).append(hit)
    return Scans(hits, tuple(run for _, run in done))


KeyedHits = list[tuple[TextKey, Hit]]


def _run_scanner(
    scanner: Scanner,
    texts: Mapping[TextKey, Blob],
    aside: frozenset[str],
    limits: Limits,
    settings: Mapping[str, str],
) -> tuple[KeyedHits, ScannerRun]:
    """What one scanner hits, and how it did; an extra that is not there is no gap, for nobody counts on it."""
    read = {
        key: blob
        for key, blob in texts.items()
        if scanner.applies_to(key[1]) and should_scan(scanner.category, is_aside=key[1] in aside)
    }
    installed = locate(scanner, settings)
    if isinstance(installed, str):
        is_gap = read and not scanner.extra
        return [], ScannerRun(scanner.name, "", 0, 0.0, f"{installed}." if is_gap else None)
    start = time.monotonic()
    trouble, found = None, []
    wanted = {key: blob for key, blob in read.items() if scanner.may_match(key[1], blob.data)}
    try:
        found = _scan_texts(scanner, installed, wanted, aside, limits) if wanted else []
    except ProcessFailed as ended:
        trouble = f"{ended}."
    except PARSE_ERRORS as error:
        trouble = f"its report was not understood ({type(error).__name__})."
    if len(found) > MAX_HITS:
        found, trouble = found[:MAX_HITS], f"it found more than {MAX_HITS:,}; the rest is left out."
    files = len({path for _, path in read})
    return found, ScannerRun(scanner.name, installed.version, files, time.monotonic() - start, trouble)


def _scan_texts(
    scanner: Scanner, installed: InstalledScanner, wanted: Mapping[TextKey, Blob], aside: frozenset[str], limits: Limits
) -> KeyedHits:
    with tempfile.TemporaryDirectory(prefix="mas-scan-") as private:
        folder = _ScanFolder(Path(private) / "texts")
        keys = folder.write_texts((key, scanner.strip_suppressions(blob.data)) for key, blob in wanted.items())
        report = Path(private) / "report"
        given = _input_arguments(scanner, installed, Path(private))
        command = [*installed.command, *given, *scanner.arguments(list(keys))]
        allowed = replace(limits, memory_bytes=limits.memory_bytes + scanner.reserved_bytes)
        run_limited(command, folder.path, report, allowed, scanner.success)
        hits = scanner.parse(report.read_bytes(), folder.texts)
        return list(islice(_hits_by_key(scanner, hits, keys, aside), MAX_HITS + 1))


def _input_arguments(scanner: Scanner, installed: InstalledScanner, private: Path) -> list[str]:
    """The arguments that hand over what the scanner needs besides the texts."""
    if scanner.required_input is None or installed.input_path is None:
        return []
    if scanner.required_input.build is None:
        return [scanner.required_input.option, str(installed.input_path)]
    made = private / "given.json"
    try:
        files = {str(file): file.read_bytes() for file in installed.input_path.rglob("*") if file.is_file()}
        made.write_bytes(scanner.required_input.build(files))
    except (OSError, *PARSE_ERRORS) as error:
        raise ProcessFailed(f"what it is given was not understood ({type(error).__name__})") from error
    return [scanner.required_input.option, str(made)]


def _hits_by_key(
    scanner: Scanner, hits: Iterable[tuple[str, Hit]], keys: Mapping[str, Sequence[TextKey]], aside: frozenset[str]
) -> Iterator[tuple[TextKey, Hit]]:
    for name, hit in hits:
        for key in keys.get(name, ()):
            if should_report(scanner.category, hit, is_aside=key[1] in aside):
                yield key, hit


class _ScanFolder:
    """A folder of texts, each in one of its own; equal texts of one name lie there once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.texts: dict[str, bytes] = {}
        path.mkdir(mode=0o700)

    def write_texts(self, texts: Iterable[tuple[TextKey, bytes]]) -> dict[str, list[TextKey]]:
        """Write texts; gives the keys of each by its name in the folder."""
        names: dict[tuple[str, bytes], str] = {}
        keys: dict[str, list[TextKey]] = {}
        for key, data in texts:
            last = safe_name(key[1])
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


def safe_name(path: str) -> str:
    """The last part of a path as a name that means nothing to a shell, a program or a file system."""
    last = _UNSAFE.sub("_", path.rpartition("/")[2])[-MAX_NAME_CHARS:].lstrip("-.")
    return last or "file"
