"""Where scanners are on this machine: their programs, their versions, and what they need besides the texts.

An extra's program may lie in an environment of its own, so that what it pins never meets what we pin: it is found on
PATH, and what belongs to it beside it.
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
    """A scanner that is there.

    Args:
        command: how to call its program.
        version: by its package; empty where that is not known.
        given: the file or folder of what it needs besides the texts.
    """

    command: tuple[str, ...]
    version: str
    input_path: Path | None = None


def locate(scanner: Scanner, settings: Mapping[str, str] = os.environ) -> InstalledScanner | str:
    """A scanner on this machine: its program beside our interpreter, or on PATH; or what is missing, in a few words.

    Args:
        settings: the operator's, by their variables.
    """
    program = sys.executable if scanner.program == PYTHON else _find_program(scanner.program)
    if program is None:
        return "it is not installed"
    packages = [] if scanner.program == PYTHON else _site_packages(program)
    number = _version(scanner.distribution, packages)
    if scanner.program == PYTHON and not number:
        return "it is not installed"
    given = _locate_input(scanner.required_input, packages, settings) if scanner.required_input else None
    if scanner.required_input and given is None:
        return scanner.required_input.missing_hint
    return InstalledScanner(_command(scanner, _find_binary(scanner, program, packages)), number, given)


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
    """Where the packages of a program's own environment lie, wherever a link to it stands; none in no environment."""
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
