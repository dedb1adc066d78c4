"""Dependencies with known vulnerabilities, from a local OSV database."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.agents.security_review.scanners import SCANNERS
from bot.analysis.scanner_lookup import locate
from bot.analysis.security import review
from bot.domain import Level, SecurityReview
from tests.repositories import commit, repository

OSV = next(scanner for scanner in SCANNERS if scanner.name == "osv")
Events = list[dict[str, str]]


def advisory(name: str, package: str, events: Events, ecosystem: str = "PyPI", **fields: Any) -> dict[str, Any]:
    """An advisory as published by osv.dev."""
    kind = "ECOSYSTEM" if ecosystem in ("PyPI", "RubyGems") else "SEMVER"
    affected = {
        "package": {"ecosystem": ecosystem, "name": package, "purl": "pkg:x"},
        "ranges": [{"type": "GIT", "repo": "x", "events": [{"introduced": "0"}]}, {"type": kind, "events": events}],
    }
    return {"schema_version": "1.7.0", "id": name, "summary": "It lets strangers in", "affected": [affected], **fields}


UNTIL_3 = [{"introduced": "0"}, {"fixed": "3.0.1"}]
DATABASE = [
    advisory("GHSA-aaaa", "Django", UNTIL_3, aliases=["CVE-1"], database_specific={"severity": "HIGH"}),
    advisory("PYSEC-1", "django", UNTIL_3, aliases=["CVE-1"]),
    advisory("GHSA-bbbb", "django", [{"introduced": "3.0"}, {"fixed": "3.0.2"}]),
    advisory("GHSA-gone", "django", UNTIL_3, withdrawn="2024-01-01T00:00:00Z"),
    advisory("GHSA-last", "flask", [{"introduced": "1.0"}, {"last_affected": "1.1"}]),
    advisory("MAL-1", "evil", [{"introduced": "0"}], "npm"),
    advisory("GO-1", "github.com/a/b", [{"introduced": "0"}, {"fixed": "1.2.0"}], "Go"),
]


def folder_of(tmp_path: Path) -> Path:
    for entry in DATABASE:
        at = tmp_path / "osv" / entry["affected"][0]["package"]["ecosystem"] / f"{entry['id']}.json"
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(json.dumps(entry))
    (tmp_path / "osv/PyPI/odd.json").write_text('{"id": 3, "name": "django"')
    return tmp_path / "osv"


def zip_at(place: Path) -> Path:
    place.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in DATABASE:
            archive.writestr(f"{entry['id']}.json", json.dumps(entry))
    return place


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return folder_of(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return repository(tmp_path / "project")


def review_files(project: Path, before: dict[str, str], after: dict[str, str], database: Path) -> SecurityReview:
    """Review a change of a project's files with this scanner only."""
    base, head = commit(project, before), commit(project, after)
    return review(str(project), base, head, scanners=[OSV], settings={"MAS_OSV_DIR": str(database)})


def reported(made: SecurityReview) -> list[tuple[str, int, str]]:
    assert [run.trouble for run in made.runs] == [None]
    return [(f.path, f.hit.line, f.hit.rule) for f in made.findings]


@pytest.mark.parametrize("form", ["folder", "zip", "folder of a zip"])
def test_a_vulnerable_package_is_reported_once_with_a_fix(project: Path, tmp_path: Path, form: str) -> None:
    database = folder_of(tmp_path) if form == "folder" else zip_at(tmp_path / "osv" / "all.zip")
    place = database if form == "zip" else tmp_path / "osv"
    made = review_files(project, {"a": "a"}, {"requirements.txt": "six==1.0\nDjango==2.2  # old\n"}, place)
    assert reported(made) == [("requirements.txt", 2, "osv/GHSA-aaaa")]
    hit = made.findings[0].hit
    assert (hit.title, hit.severity) == ("Django 2.2 has a known vulnerability (GHSA-aaaa)", Level.HIGH)
    assert (hit.why, hit.advice) == ("It lets strangers in.", "Upgrade to 3.0.2.")
    assert hit.fix and hit.fix.text == "Django==3.0.2  # old"


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        ("django==2.0\n", "django==2.1\n", []),
        ("django==2.0\n", "django==3.0\n", ["osv/GHSA-bbbb"]),
        ("django==2.0\n", "django==3.0.2\n", []),
        ("django==3.0.2\n", "django==2.0\n", ["osv/GHSA-aaaa"]),
        ("django==2.0\n", "six==1.0\ndjango==2.0\n", []),
        ("", "flask==1.1\n", ["osv/GHSA-last"]),
        ("", "flask==1.1.1\n", []),
        ("", "flask>=1.0\ndjango-extra==1.0\n", []),
    ],
    ids=["raised in it", "into another", "out of it", "back into it", "other line", "last", "after last", "no pin"],
)
def test_only_new_vulnerabilities_are_reported(
    project: Path, database: Path, before: str, after: str, rules: list[str]
) -> None:
    made = review_files(project, {"requirements.txt": before, "a": "a"}, {"requirements.txt": after}, database)
    assert [rule for _, _, rule in reported(made)] == rules


def test_a_lockfile_hit_is_on_the_changed_version(project: Path, database: Path) -> None:
    lock = '[[package]]\nname = "django"\nversion = "%s"\n'
    made = review_files(project, {"uv.lock": lock % "3.0.2"}, {"uv.lock": lock % "2.0"}, database)
    assert reported(made) == [("uv.lock", 3, "osv/GHSA-aaaa")]
    assert made.findings[0].hit.fix is None


def test_a_malicious_package_is_critical_in_tests_too(project: Path, database: Path) -> None:
    lock = '{\n  "packages": {\n    "node_modules/evil": {\n      "version": "1.0.0"\n    }\n  }\n}\n'
    made = review_files(project, {"a": "a"}, {"tests/package-lock.json": lock}, database)
    assert reported(made) == [("tests/package-lock.json", 3, "osv/MAL-1")]
    hit = made.findings[0].hit
    assert (hit.severity, hit.advice.split()[0]) == (Level.CRITICAL, "Remove")


def test_a_line_with_hashes_gets_advice_but_no_fix(project: Path, database: Path) -> None:
    text = "django==2.2 \\\n    --hash=sha256:00\n"
    made = review_files(project, {"a": "a"}, {"requirements.txt": text}, database)
    assert [(f.hit.advice, f.hit.fix) for f in made.findings] == [("Upgrade to 3.0.2.", None)]


def test_a_missing_database_is_not_reported(project: Path, tmp_path: Path) -> None:
    assert locate(OSV, {}) == "MAS_OSV_DIR is not an OSV database"
    assert locate(OSV, {"MAS_OSV_DIR": str(tmp_path / "none")}) == "MAS_OSV_DIR is not an OSV database"
    made = review_files(project, {"a": "a"}, {"go.mod": "require github.com/a/b v1.0.0\n"}, tmp_path / "none")
    assert reported(made) == []


def test_an_invalid_database_is_reported(project: Path, tmp_path: Path) -> None:
    (tmp_path / "osv.zip").write_text("no zip")
    made = review_files(project, {"a": "a"}, {"requirements.txt": "django==2.2\n"}, tmp_path / "osv.zip")
    assert [run.trouble for run in made.runs] == ["exit status 1."]


def test_a_zip_bomb_in_the_database_is_skipped(project: Path, database: Path) -> None:
    with zipfile.ZipFile(database / "PyPI" / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b'{"name": "django"' + b" " * (8 << 20))
    made = review_files(project, {"a": "a"}, {"requirements.txt": "django==2.2\n"}, database)
    assert reported(made) == [("requirements.txt", 1, "osv/GHSA-aaaa")]


def test_a_lockfile_with_thousands_of_packages_stays_within_limits(project: Path, database: Path) -> None:
    many = "".join(f'[[package]]\nname = "p{n}"\nversion = "1"\n' for n in range(20_000))
    made = review_files(
        project, {"a": "a"}, {"uv.lock": f'{many}[[package]]\nname = "django"\nversion = "2"\n'}, database
    )
    assert [run.trouble for run in made.runs] == [None]
