"""Every scanner finds its own examples with its real program, whatever a repository says to quiet it."""

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


def over(files: dict[str, str | bytes], scanners: Sequence[Scanner], limits: Limits | None = None) -> Scans:
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
def test_a_default_scanner_is_there(scanner: Scanner) -> None:
    assert isinstance(locate(scanner), InstalledScanner)


def test_betterleaks_is_called_itself_without_what_only_starts_it() -> None:
    found = locate(BY_NAME["betterleaks"])
    assert isinstance(found, InstalledScanner)
    assert not Path(found.command[0]).read_bytes().startswith(b"#!")


@pytest.mark.parametrize(
    ("scanner", "example"),
    [pytest.param(s, e, id=f"{s.name}: {e.path}") for s in INSTALLED for e in s.examples],
)
def test_a_scanner_finds_what_its_examples_hold(scanner: Scanner, example: ScannerExample) -> None:
    scans = over({example.path: example.text}, [scanner])
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
    scans = over({f"{n}/{path}" if "/" not in path else f"{n}{path}": data for n, data in enumerate(odd)}, [scanner])
    assert dict(scans.hits) == {}


WORKFLOW = """on: pull_request_target
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.pull_request.title }}%s
"""
QUIETENING = [
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
    ("name", "path", "text", "hit"), [case for case in QUIETENING if BY_NAME[case[0]] in INSTALLED]
)
def test_words_in_the_code_do_not_quiet_a_scanner(name: str, path: str, text: str, hit: tuple[int, str]) -> None:
    assert hit in rules(over({path: text}, [BY_NAME[name]]), path)


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


def test_configuration_in_a_repository_does_not_quiet_a_scanner() -> None:
    files: dict[str, str | bytes] = {
        "run.py": "import os\nos.system(name)\n",
        "a.ini": f"password = '{PASSWORD}'\n",
        "token.txt.in": f"token = '{TOKEN}'\n",
        ".github/workflows/a.yml": WORKFLOW % "",
        "Dockerfile": "FROM debian:12\nADD a /a\nEXPOSE 22\n",
        "a.js": "let a = crypto.createHash('md5')\n",
        "a.sh": '#!/bin/sh\nrm -rf "$1/"*\n',
    }
    plain, hostile = over(files, INSTALLED), over({**files, **CONFIGURATION}, INSTALLED)
    for path in files:
        assert rules(plain, path) or BY_NAME["semgrep"] not in INSTALLED
        assert rules(hostile, path) == rules(plain, path)


@pytest.mark.parametrize(
    "path",
    ["../../x.py", "a\nb/\n.py", "-rf.py", "--config=x.py", "x\x00\x1b[31m.py", "..", ".", "", "é" * 300 + ".py"],
)
def test_the_name_that_is_scanned_is_harmless(path: str) -> None:
    name = safe_name(path)
    assert name.isascii() and name.isprintable() and name not in {"", ".", ".."}
    assert not name.startswith("-") and "/" not in name and len(name) <= 100


def test_hostile_names_are_scanned_and_told_as_they_are() -> None:
    paths = ["../../x.py", "a\nb/c\n.py", "--ini=x.py", "-c.py", "src/\x1b[31m.py"]
    scans = over(dict.fromkeys(paths, "import os\nos.system(name)\n"), [BY_NAME["bandit"]])
    assert [rules(scans, path) for path in paths] == [[(2, "B605")]] * len(paths)


def test_both_sides_are_scanned_in_one_run() -> None:
    blob = Blob.of("import os\nos.system(name)\n")
    scans = scan({("base", "a.py"): blob, ("head", "b/a.py"): blob}, [BY_NAME["bandit"]])
    assert len(scans.runs) == 1
    assert [len(scans.hits[key]) for key in (("base", "a.py"), ("head", "b/a.py"))] == [1, 1]


def test_no_hit_holds_a_secret() -> None:
    text = f"password = '{PASSWORD}'\ntoken = '{TOKEN}'\nurl = 'https://me:{PASSWORD}@shop.test/'\n"
    python = f"import requests\nrequests.get(url, password='{PASSWORD}')\n{text}"
    scans = over({"a.ini": text, "a.py": python, "Dockerfile": f"FROM debian\nENV PASSWORD={PASSWORD}\n"}, INSTALLED)
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


def test_what_only_looks_like_a_secret_is_left() -> None:
    secrets = [scanner for scanner in INSTALLED if scanner.category in ("secrets", "code")]
    files = {f"{n}/a.{kind}": f"password = '{value}'\n" for n, value in enumerate(HARMLESS) for kind in ("ini", "py")}
    assert dict(over({**files}, secrets).hits) == {}


def test_a_scanner_that_hangs_is_stopped_with_its_children() -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    scans = over({"a.py": "x"}, [stub(code)], Limits(seconds=1))
    assert [run.trouble for run in scans.runs] == ["it took longer than 1 s."]


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "it wrote more than 1 MB."),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it was ended by SIGSEGV."),
        ("raise SystemExit(7)", "it ended with 7."),
    ],
    ids=["floods", "dies", "fails"],
)
def test_a_scanner_that_fails_holds_up_no_other(code: str, trouble: str) -> None:
    scans = over({"a.py": "import os\nos.system(name)\n"}, [stub(code), BY_NAME["bandit"]], Limits(file_bytes=1 << 20))
    assert [run.trouble for run in scans.runs] == [trouble, None]
    assert rules(scans, "a.py") == [(2, "B605")]


@pytest.mark.parametrize("scanner", INSTALLED, ids=lambda s: s.name)
@pytest.mark.parametrize("report", [b"", b"no report", b"null", b"3", b'{"results": [{}]}', b"[[]]"])
def test_a_report_that_is_none_fails_in_no_other_way_than_scan_tells(scanner: Scanner, report: bytes) -> None:
    with suppress(*PARSE_ERRORS):  # what `scan` tells as trouble
        list(scanner.parse(report, {}))


def test_of_ten_thousand_and_more_hits_the_rest_is_said_to_be_left_out() -> None:
    hit = Hit("stub/x", 1, 1, Level.LOW, Level.LOW, "A title", "A reason.", "A way out.")
    many = stub("", parse=lambda report, texts: ((name, hit) for name in list(texts) * 10_001))
    scans = over({"a.py": "x"}, [many])
    assert len(scans.hits["head", "a.py"]) == 10_000
    assert [run.trouble for run in scans.runs] == ["it found more than 10,000; the rest is left out."]


def test_a_program_gets_nothing_of_our_environment_and_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", PASSWORD)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
    seen: list[bytes] = []
    code = "import os, sys; print(dict(os.environ), repr(sys.stdin.read()), oct(os.stat('.').st_mode))"
    over({"a.py": "x"}, [stub(code, parse=lambda report, texts: iter(seen.append(report) or ()))])
    said = seen[0].decode()
    assert PASSWORD not in said and "proxy" not in said.lower()
    assert "''" in said and "0o40700" in said


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    over({"a.ini": f"password = '{PASSWORD}'\n"}, [BY_NAME["detect-secrets"], stub("raise SystemExit(7)")])
    assert list(tmp_path.iterdir()) == []


def test_a_scanner_of_ours_that_is_not_there_is_said_to_be_missing() -> None:
    gone = replace(BY_NAME["hadolint"], program="no-such-program", distribution="no-such")
    scans = over({"Dockerfile": "FROM debian\n"}, [gone])
    assert [run.trouble for run in scans.runs] == ["it is not installed."]


def test_a_script_whose_flow_is_costly_ends_in_bounds() -> None:
    script = "#!/bin/bash\n" + "".join(f"x{n}=$x{n - 1}; if [ $x{n} ]; then echo $x{n}; fi\n" for n in range(1, 500))
    scans = over({"a.sh": f'{script}rm -rf "$1/"*\n'}, [BY_NAME["shellcheck"]], Limits(memory_bytes=512 << 20))
    assert [run.trouble for run in scans.runs] == [None]
    assert rules(scans, "a.sh") == [(501, "SC2115")]


def test_what_could_not_count_is_not_scanned() -> None:
    code = "import os\nos.system(name)\n"
    scans = over({"tests/test_a.py": code, "a.py": code}, [BY_NAME["bandit"], BY_NAME["detect-secrets"]])
    assert [run.files for run in scans.runs] == [1, 2]
