"""Every scanner finds its own examples with its real program, whatever suppressions a repository contains."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.agents.security_review.scanners import SCANNERS, Scanner, ScannerExample
from bot.agents.security_review.scanners.scanner import PYTHON
from bot.analysis.limited_process import Limits
from bot.analysis.scan import PARSE_ERRORS, Scans, TextKey, safe_name, scan
from bot.analysis.scanner_lookup import InstalledScanner, locate
from bot.domain import Blob, Hit, Level

INSTALLED = [scanner for scanner in SCANNERS if isinstance(locate(scanner), InstalledScanner)]
BY_NAME = {scanner.name: scanner for scanner in SCANNERS}
PASSWORD = "k3Jx9vQ2mB7pLw"
TOKEN = "ghp_" + "q7Rk2Vw9Lx4Tz8Nb3Mc6Hd1Jf5Sg0PyAeUoI"


def scan_head(files: dict[str, str | bytes], scanners: Sequence[Scanner], limits: Limits | None = None) -> Scans:
    texts: dict[TextKey, Blob] = {("head", path): Blob.of(text) for path, text in files.items()}
    return scan(texts, scanners, limits)


def rules(scans: Scans, path: str) -> list[tuple[int, str]]:
    return sorted((hit.line, hit.rule.partition("/")[2]) for hit in scans.hits.get(("head", path), ()))


def stub(code: str, **changed: object) -> Scanner:
    """A scanner whose program is a few lines of Python."""
    known = Scanner(
        name="stub",
        category="code",
        distribution="pytest",
        program=PYTHON,
        applies_to=lambda path: True,
        arguments=lambda names: ["-c", code, *names],
        parse=lambda report, texts: iter([]),
        homepage="https://example.org",
        licence="MIT",
    )
    return replace(known, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("scanner", [scanner for scanner in SCANNERS if not scanner.extra], ids=lambda s: s.name)
def test_default_scanners_are_installed(scanner: Scanner) -> None:
    assert isinstance(locate(scanner), InstalledScanner)


def test_betterleaks_runs_its_binary_not_its_launcher() -> None:
    found = locate(BY_NAME["betterleaks"])
    assert isinstance(found, InstalledScanner)
    assert not Path(found.command[0]).read_bytes().startswith(b"#!")


@pytest.mark.parametrize(
    ("scanner", "example"),
    [pytest.param(s, e, id=f"{s.name}: {e.path}") for s in INSTALLED for e in s.examples],
)
def test_a_scanner_finds_the_hits_of_its_examples(scanner: Scanner, example: ScannerExample) -> None:
    scans = scan_head({example.path: example.text}, [scanner])
    assert [run.trouble for run in scans.runs] == [None]
    assert rules(scans, example.path) == sorted(example.hits)
    for hit in scans.hits["head", example.path]:
        assert hit.rule.startswith(f"{scanner.name}/")
        assert hit.title and hit.why.endswith(".") and hit.advice.endswith(".")
        assert hit.owasp and 1 <= hit.line <= hit.end_line


@pytest.mark.parametrize("scanner", INSTALLED, ids=lambda s: s.name)
def test_a_scanner_survives_any_bytes(scanner: Scanner) -> None:
    (path, *_) = [example.path for example in scanner.examples] or ["a.txt"]
    odd = [b"", b"\xff\xfe((((", b"\xef\xbb\xbf", b"[" * 200, b"\r\r\n"]
    scans = scan_head(
        {f"{n}/{path}" if "/" not in path else f"{n}{path}": data for n, data in enumerate(odd)}, [scanner]
    )
    assert dict(scans.hits) == {}


WORKFLOW = """on: pull_request_target
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.pull_request.title }}%s
"""
SUPPRESSIONS = [
    ("bandit", "run.py", "import os\nos.system(name)  # nosec\n", (2, "B605")),
    ("bandit", "run.py", "import os\nos.system(name)  # nosec B605\n", (2, "B605")),
    ("detect-secrets", "a.ini", f"password = '{PASSWORD}'  # pragma: allowlist secret\n", (1, "secret-keyword")),
    (
        "detect-secrets",
        "a.ini",
        f"# pragma: allowlist nextline secret\npassword = '{PASSWORD}'\n",
        (2, "secret-keyword"),
    ),
    ("betterleaks", "a.ini", f"token = '{TOKEN}'  # betterleaks:allow gitleaks:allow\n", (1, "github-pat")),
    (
        "zizmor",
        ".github/workflows/a.yml",
        WORKFLOW % "  # zizmor: ignore[template-injection]",
        (7, "template-injection"),
    ),
    ("hadolint", "Dockerfile", "# hadolint global ignore=DL3020\nFROM debian:12\nADD a /a\n", (3, "DL3020")),
    ("hadolint", "Dockerfile", "FROM debian:12\n# hadolint ignore=DL3020\nADD a /a\n", (3, "DL3020")),
    ("shellcheck", "a.sh", '#!/bin/sh\n# shellcheck disable=SC2115\nrm -rf "$1/"*\n', (3, "SC2115")),
    ("shellcheck", "a.sh", '#!/bin/sh\n# shellcheck disable=all\nrm -rf "$1/"*\n', (3, "SC2115")),
    ("shellcheck", "a.sh", '#!/bin/sh\n#shellcheck foo=bar disable=SC2115\nrm -rf "$1/"*\n', (3, "SC2115")),
    ("checkov", "Dockerfile", "FROM debian:12\n# checkov:skip=CKV_DOCKER_1:no\nEXPOSE 22\n", (3, "CKV_DOCKER_1")),
    ("checkov", "Dockerfile", "FROM debian:12\n#bridgecrew:skip=CKV_DOCKER_1\nEXPOSE 22\n", (3, "CKV_DOCKER_1")),
    ("semgrep", "a.js", "// nosemgrep\nlet a = crypto.createHash('md5') // nosem\n", (2, "node_md5")),
]


@pytest.mark.parametrize(
    ("name", "path", "text", "hit"), [case for case in SUPPRESSIONS if BY_NAME[case[0]] in INSTALLED]
)
def test_suppression_comments_have_no_effect(name: str, path: str, text: str, hit: tuple[int, str]) -> None:
    assert hit in rules(scan_head({path: text}, [BY_NAME[name]]), path)


CONFIGURATION = {
    ".bandit": "[bandit]\nskips: B605\nexclude: /\n",
    "bandit.yaml": "skips: [B605]\n",
    "pyproject.toml": '[tool.bandit]\nskips = ["B605"]\n[tool.ruff.lint]\nignore = ["S"]\n',
    "setup.cfg": "[bandit]\nskips = B605\n",
    "ruff.toml": '[lint]\nignore = ["S"]\n',
    ".hadolint.yaml": "ignored: [DL3020, DL3002]\n",
    ".shellcheckrc": "disable=all\n",
    "zizmor.yml": "rules:\n  template-injection:\n    disable: true\n",
    ".github/zizmor.yml": "rules:\n  template-injection:\n    disable: true\n",
    ".betterleaks.toml": '[allowlist]\npaths = [".*"]\n',
    ".gitleaks.toml": '[allowlist]\npaths = [".*"]\n',
    ".betterleaksignore": "*\n",
    ".gitleaksignore": "*\n",
    ".secrets.baseline": "{}",
    ".semgrepignore": "*\n",
    ".checkov.yaml": "skip-check: [CKV_DOCKER_1]\nskip-path: ['.*']\n",
    ".checkov.yml": "framework: [ansible]\n",
    ".gitignore": "*\n",
    "sitecustomize.py": "raise SystemExit\n",
    "detect_secrets.py": "raise SystemExit\n",
    "json.py": "raise SystemExit\n",
}


def test_configuration_in_the_repository_has_no_effect() -> None:
    files: dict[str, str | bytes] = {
        "run.py": "import os\nos.system(name)\n",
        "a.ini": f"password = '{PASSWORD}'\n",
        "token.txt.in": f"token = '{TOKEN}'\n",
        ".github/workflows/a.yml": WORKFLOW % "",
        "Dockerfile": "FROM debian:12\nADD a /a\nEXPOSE 22\n",
        "a.js": "let a = crypto.createHash('md5')\n",
        "a.sh": '#!/bin/sh\nrm -rf "$1/"*\n',
    }
    plain, hostile = scan_head(files, INSTALLED), scan_head({**files, **CONFIGURATION}, INSTALLED)
    for path in files:
        assert rules(plain, path) or BY_NAME["semgrep"] not in INSTALLED
        assert rules(hostile, path) == rules(plain, path)


@pytest.mark.parametrize(
    "path",
    ["../../x.py", "a\nb/\n.py", "-rf.py", "--config=x.py", "x\x00\x1b[31m.py", "..", ".", "", "é" * 300 + ".py"],
)
def test_scanned_names_are_harmless(path: str) -> None:
    name = safe_name(path)
    assert name.isascii() and name.isprintable() and name not in {"", ".", ".."}
    assert not name.startswith("-") and "/" not in name and len(name) <= 100


def test_files_with_hostile_names_are_scanned_and_reported_unchanged() -> None:
    paths = ["../../x.py", "a\nb/c\n.py", "--ini=x.py", "-c.py", "src/\x1b[31m.py"]
    scans = scan_head(dict.fromkeys(paths, "import os\nos.system(name)\n"), [BY_NAME["bandit"]])
    assert [rules(scans, path) for path in paths] == [[(2, "B605")]] * len(paths)


def test_both_sides_are_scanned_in_one_run() -> None:
    blob = Blob.of("import os\nos.system(name)\n")
    scans = scan({("base", "a.py"): blob, ("head", "b/a.py"): blob}, [BY_NAME["bandit"]])
    assert len(scans.runs) == 1
    assert [len(scans.hits[key]) for key in (("base", "a.py"), ("head", "b/a.py"))] == [1, 1]


def test_no_hit_contains_a_secret() -> None:
    text = f"password = '{PASSWORD}'\ntoken = '{TOKEN}'\nurl = 'https://me:{PASSWORD}@shop.test/'\n"
    python = f"import requests\nrequests.get(url, password='{PASSWORD}')\n{text}"
    scans = scan_head(
        {"a.ini": text, "a.py": python, "Dockerfile": f"FROM debian\nENV PASSWORD={PASSWORD}\n"}, INSTALLED
    )
    assert sum(map(len, scans.hits.values())) > 4
    assert PASSWORD not in repr(scans)
    assert TOKEN not in repr(scans)


HARMLESS = [
    "changeme",
    "your-password-here",
    "${PASSWORD}",
    "{{ password }}",
    "<password>",
    "xxxxxxxxxx",
    "AKIAIOSFODNN7EXAMPLE",
    "https://shop.test/login",
    "pk_test_9vQ2mB7pLwk3Jx",
    "123e4567-e89b-12d3-a456-426614174000",
]


def test_lookalikes_of_secrets_are_not_reported() -> None:
    secrets = [scanner for scanner in INSTALLED if scanner.category in ("secrets", "code")]
    files = {f"{n}/a.{kind}": f"password = '{value}'\n" for n, value in enumerate(HARMLESS) for kind in ("ini", "py")}
    assert dict(scan_head({**files}, secrets).hits) == {}


def test_a_hanging_scanner_is_killed_with_its_children() -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    scans = scan_head({"a.py": "x"}, [stub(code)], Limits(seconds=1))
    assert [run.trouble for run in scans.runs] == ["timed out after 1 s."]


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "wrote more than 1 MB."),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV."),
        ("raise SystemExit(7)", "exit status 7."),
    ],
    ids=["floods", "dies", "fails"],
)
def test_a_failing_scanner_does_not_affect_others(code: str, trouble: str) -> None:
    scans = scan_head(
        {"a.py": "import os\nos.system(name)\n"}, [stub(code), BY_NAME["bandit"]], Limits(file_bytes=1 << 20)
    )
    assert [run.trouble for run in scans.runs] == [trouble, None]
    assert rules(scans, "a.py") == [(2, "B605")]


@pytest.mark.parametrize("scanner", INSTALLED, ids=lambda s: s.name)
@pytest.mark.parametrize("report", [b"", b"no report", b"null", b"3", b'{"results": [{}]}', b"[[]]"])
def test_an_invalid_report_raises_only_parse_errors(scanner: Scanner, report: bytes) -> None:
    with suppress(*PARSE_ERRORS):  # `scan` reports these as trouble
        list(scanner.parse(report, {}))


def test_more_than_ten_thousand_hits_are_cut_with_a_note() -> None:
    hit = Hit("stub/x", 1, 1, Level.LOW, Level.LOW, "A title", "A reason.", "A way out.")
    many = stub("", parse=lambda report, texts: ((name, hit) for name in list(texts) * 10_001))
    scans = scan_head({"a.py": "x"}, [many])
    assert len(scans.hits["head", "a.py"]) == 10_000
    assert [run.trouble for run in scans.runs] == ["found more than 10,000 hits; the rest is omitted."]


def test_a_program_gets_neither_our_environment_nor_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", PASSWORD)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
    seen: list[bytes] = []
    code = "import os, sys; print(dict(os.environ), repr(sys.stdin.read()), oct(os.stat('.').st_mode))"
    scan_head({"a.py": "x"}, [stub(code, parse=lambda report, texts: iter(seen.append(report) or ()))])
    output = seen[0].decode()
    assert PASSWORD not in output and "proxy" not in output.lower()
    assert "''" in output and "0o40700" in output


def test_temporary_files_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scan_head({"a.ini": f"password = '{PASSWORD}'\n"}, [BY_NAME["detect-secrets"], stub("raise SystemExit(7)")])
    assert list(tmp_path.iterdir()) == []


def test_a_missing_default_scanner_is_reported() -> None:
    missing = replace(BY_NAME["hadolint"], program="no-such-program", distribution="no-such")
    scans = scan_head({"Dockerfile": "FROM debian\n"}, [missing])
    assert [run.trouble for run in scans.runs] == ["not installed."]


def test_a_script_with_costly_data_flow_stays_within_limits() -> None:
    script = "#!/bin/bash\n" + "".join(f"x{n}=$x{n - 1}; if [ $x{n} ]; then echo $x{n}; fi\n" for n in range(1, 500))
    scans = scan_head({"a.sh": f'{script}rm -rf "$1/"*\n'}, [BY_NAME["shellcheck"]], Limits(memory_bytes=512 << 20))
    assert [run.trouble for run in scans.runs] == [None]
    assert rules(scans, "a.sh") == [(501, "SC2115")]


def test_files_that_cannot_have_reported_hits_are_not_scanned() -> None:
    code = "import os\nos.system(name)\n"
    scans = scan_head({"tests/test_a.py": code, "a.py": code}, [BY_NAME["bandit"], BY_NAME["detect-secrets"]])
    assert [run.files for run in scans.runs] == [1, 2]
