"""Run scanners over texts: in parallel, each in a limited process, on copies in a private folder.

Code and configuration of the repository cannot take effect: each text is in its own folder, under a sanitised name that
keeps only the last part of its path.
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
"""Hits of one scanner; further ones are omitted, with a note."""
MAX_NAME_CHARS = 100
MAX_PARALLEL = 4

PARSE_ERRORS = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
"""Exceptions that parsing an invalid report may raise."""

TextKey = tuple[Side, str]
"""A text: the side of a change and the path on that side."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Scans:
    """The hits in each text, and the outcome of each scanner."""

    hits: Mapping[TextKey, Sequence[Hit]]
    runs: tuple[ScannerRun, ...]


def scan(
    texts: Mapping[TextKey, Blob],
    scanners: Iterable[Scanner],
    limits: Limits | None = None,
    settings: Mapping[str, str] = os.environ,
    classes: FileClasses | None = None,
) -> Scans:
    """Run scanners over texts; a failing or missing scanner does not affect the others.

    Args:
        limits: limits for each scanner.
        settings: environment variables of the operator; some point to a scanner's input.
        classes: classes of the files; None classifies them by path.
    """
    classify = classes.by_path if classes is not None else classify_path
    non_production = frozenset(path for _, path in texts if is_non_production(path, classify(path).file_class))
    with ThreadPoolExecutor(MAX_PARALLEL) as threads:
        results = list(
            threads.map(
                lambda scanner: _run_scanner(scanner, texts, non_production, limits or Limits(), settings), scanners
            )
        )
    hits: dict[TextKey, list[Hit]] = {}
    for found, _ in results:
        for key, hit in found:
            hits.setdefault(key, []).append(hit)
    return Scans(hits, tuple(run for _, run in results))


KeyedHits = list[tuple[TextKey, Hit]]


def _run_scanner(
    scanner: Scanner,
    texts: Mapping[TextKey, Blob],
    non_production: frozenset[str],
    limits: Limits,
    settings: Mapping[str, str],
) -> tuple[KeyedHits, ScannerRun]:
    """Return the hits of one scanner and its outcome; a missing optional scanner is not reported."""
    read = {
        key: blob
        for key, blob in texts.items()
        if scanner.applies_to(key[1]) and should_scan(scanner.category, non_production=key[1] in non_production)
    }
    installed = locate(scanner, settings)
    if isinstance(installed, str):
        is_gap = read and not scanner.extra
        return [], ScannerRun(scanner.name, "", 0, 0.0, f"{installed}." if is_gap else None)
    start = time.monotonic()
    trouble, found = None, []
    candidates = {key: blob for key, blob in read.items() if scanner.may_match(key[1], blob.data)}
    try:
        found = _scan_texts(scanner, installed, candidates, non_production, limits) if candidates else []
    except ProcessFailed as error:
        trouble = f"{error}."
    except PARSE_ERRORS as error:
        trouble = f"invalid report ({type(error).__name__})."
    if len(found) > MAX_HITS:
        found, trouble = found[:MAX_HITS], f"found more than {MAX_HITS:,} hits; the rest is omitted."
    files = len({path for _, path in read})
    return found, ScannerRun(scanner.name, installed.version, files, time.monotonic() - start, trouble)


def _scan_texts(
    scanner: Scanner,
    installed: InstalledScanner,
    blobs: Mapping[TextKey, Blob],
    non_production: frozenset[str],
    limits: Limits,
) -> KeyedHits:
    with tempfile.TemporaryDirectory(prefix="mas-scan-") as private:
        folder = _ScanFolder(Path(private) / "texts")
        keys = folder.write_texts((key, scanner.strip_suppressions(blob.data)) for key, blob in blobs.items())
        report = Path(private) / "report"
        input_arguments = _input_arguments(scanner, installed, Path(private))
        command = [*installed.command, *input_arguments, *scanner.arguments(list(keys))]
        raised = replace(limits, memory_bytes=limits.memory_bytes + scanner.reserved_bytes)
        run_limited(command, folder.path, report, raised, scanner.success)
        hits = scanner.parse(report.read_bytes(), folder.texts)
        return list(islice(_hits_by_key(scanner, hits, keys, non_production), MAX_HITS + 1))


def _input_arguments(scanner: Scanner, installed: InstalledScanner, private: Path) -> list[str]:
    """Return the arguments for the scanner's required input."""
    if scanner.required_input is None or installed.input_path is None:
        return []
    if scanner.required_input.build is None:
        return [scanner.required_input.option, str(installed.input_path)]
    merged = private / "given.json"
    try:
        files = {str(file): file.read_bytes() for file in installed.input_path.rglob("*") if file.is_file()}
        merged.write_bytes(scanner.required_input.build(files))
    except (OSError, *PARSE_ERRORS) as error:
        raise ProcessFailed(f"invalid input ({type(error).__name__})") from error
    return [scanner.required_input.option, str(merged)]


def _hits_by_key(
    scanner: Scanner,
    hits: Iterable[tuple[str, Hit]],
    keys: Mapping[str, Sequence[TextKey]],
    non_production: frozenset[str],
) -> Iterator[tuple[TextKey, Hit]]:
    for name, hit in hits:
        for key in keys.get(name, ()):
            if should_report(scanner.category, hit, non_production=key[1] in non_production):
                yield key, hit


class _ScanFolder:
    """A folder of texts, each in its own subfolder; equal texts of the same name are written once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.texts: dict[str, bytes] = {}
        path.mkdir(mode=0o700)

    def write_texts(self, texts: Iterable[tuple[TextKey, bytes]]) -> dict[str, list[TextKey]]:
        """Write texts and return the keys of each by its name in the folder."""
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
    """Return the last part of a path as a name without meaning to shells, programs or file systems."""
    last = _UNSAFE.sub("_", path.rpartition("/")[2])[-MAX_NAME_CHARS:].lstrip("-.")
    return last or "file"
