"""Locate scanners on this machine: their programs, versions and required inputs.

An optional scanner may be in a separate environment, so that its pinned dependencies do not conflict with ours. Its
program is found on PATH, and its rules in the same environment.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from bot.agents.security_review.scanners import Scanner
from bot.agents.security_review.scanners.scanner import PYTHON, ScannerInput


@dataclass(frozen=True, slots=True)
class InstalledScanner:
    """An installed scanner.

    Args:
        command: the command that runs it.
        version: version of its package; empty if unknown.
        input_path: file or folder of its required input.
    """

    command: tuple[str, ...]
    version: str
    input_path: Path | None = None


def locate(scanner: Scanner, settings: Mapping[str, str] = os.environ) -> InstalledScanner | str:
    """Locate a scanner next to our interpreter or on PATH; return a short message if something is missing.

    Args:
        settings: environment variables of the operator.
    """
    program = sys.executable if scanner.program == PYTHON else _find_program(scanner.program)
    if program is None:
        return "not installed"
    packages = [] if scanner.program == PYTHON else _site_packages(program)
    number = _version(scanner.distribution, packages)
    if scanner.program == PYTHON and not number:
        return "not installed"
    input_path = _locate_input(scanner.required_input, packages, settings) if scanner.required_input else None
    if scanner.required_input and input_path is None:
        return scanner.required_input.missing_hint
    return InstalledScanner(_command(scanner, _find_binary(scanner, program, packages)), number, input_path)


_MODULE = "import runpy, sys; root, name = sys.argv[1:3]; del sys.argv[1:3]; sys.path.insert(0, root); "
_MODULE += "runpy.run_module(name, run_name='__main__', alter_sys=True)"


def _command(scanner: Scanner, program: str) -> tuple[str, ...]:
    if scanner.program != PYTHON:
        return (program,)
    ours = ("-c", _MODULE, str(Path(__file__).parents[2]), scanner.module) if scanner.module else ()
    return (program, "-I", *ours)


def _find_program(name: str) -> str | None:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)


def _find_binary(scanner: Scanner, program: str, packages: list[str]) -> str:
    places = [Path(folder) / scanner.binary_path for folder in packages] if scanner.binary_path else []
    return next((str(place) for place in places if os.access(place, os.X_OK)), program)


def _site_packages(program: str) -> list[str]:
    """Return the package folders of a program's environment, following links; empty outside an environment."""
    environment = Path(program).resolve().parent.parent
    return [str(folder) for folder in environment.glob("lib/python3*/site-packages")]


def _version(distribution: str, packages: list[str]) -> str:
    beside = next((found.version for found in distributions(name=distribution, path=packages)), "")
    try:
        return beside or version(distribution)
    except PackageNotFoundError:
        return ""


def _locate_input(required: ScannerInput, packages: list[str], settings: Mapping[str, str]) -> Path | None:
    named = settings.get(required.setting, "") if required.setting else ""
    if named:
        place = Path(named).expanduser()
        return place if place.exists() else None
    places = [Path(folder) / required.subfolder for folder in packages] if required.package else []
    return next((place for place in places if place.is_dir()), None)
