"""Optional scanners, which operators install separately, with recorded reports."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from bot.agents.security_review.scanners import SCANNERS, Scanner
from bot.agents.security_review.scanners.checkov_checks import RULES
from bot.analysis.scan import Scans, TextKey, scan
from bot.analysis.scanner_lookup import InstalledScanner, locate
from bot.domain import Blob, Level

BY_NAME = {scanner.name: scanner for scanner in SCANNERS}
CHECKOV, SEMGREP = BY_NAME["checkov"], BY_NAME["semgrep"]
SECRET = "k3Jx9vQ2mB7pLw"

POD = """\
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: shop
      securityContext:
        # privileged: true
        privileged: true
        allowPrivilegeEscalation: false
"""


def failed(check: str, path: str, first: int, last: int) -> dict[str, object]:
    """A failed check as reported by Checkov 3.3, reduced to the fields in use."""
    return {
        "check_id": check,
        "check_name": "Container should not be privileged",
        "check_result": {"result": "FAILED", "evaluated_keys": []},
        "file_path": path,
        "file_line_range": [first, last],
        "resource": "Pod.default.shop",
        "severity": None,
        "guideline": None,
    }


def checkov_report(*checks: dict[str, object]) -> bytes:
    return json.dumps({"check_type": "kubernetes", "results": {"failed_checks": checks}}).encode()


def semgrep_report(*results: tuple[str, int, int, str]) -> bytes:
    """Results as reported by Semgrep 1.172, reduced to the fields in use."""
    found = [
        {
            "check_id": f"tmp.mas.{rule}",
            "path": "0000/a.js",
            "start": {"line": line, "col": 3, "offset": 1},
            "end": {"line": end, "col": 9, "offset": 9},
            "extra": {"message": "Untrusted input. More words.", "metadata": {"cwe": cwe}, "severity": "ERROR"},
        }
        for rule, line, end, cwe in results
    ]
    return json.dumps({"version": "1.172.0", "results": found, "errors": []}).encode()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A separate environment with both programs; PATH contains only links to them."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "ours/bin/python"))
    packages = tmp_path / "apart/lib/python3.11/site-packages"
    for name, version in (("semgrep", "1.172.0"), ("checkov", "3.3.30")):
        program = tmp_path / "apart/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\ncat {program.parent}/report\n")
        program.chmod(0o755)
        about = packages / f"{name}-{version}.dist-info/METADATA"
        about.parent.mkdir(parents=True)
        about.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        link = tmp_path / "path" / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(program)
    rules = packages / "njsscan/rules/semantic_grep"
    (rules / "eval").mkdir(parents=True)
    rule = {"id": "eval_nodejs", "severity": "ERROR", "languages": ["javascript"], "pattern": "eval(...)"}
    (rules / "eval/a.yaml").write_text(yaml.safe_dump({"rules": [rule, {**rule, "id": "good", "severity": "INFO"}]}))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:{os.defpath}")
    return tmp_path / "apart"


def scan_file(scanner: Scanner, path: str, text: str) -> Scans:
    texts: dict[TextKey, Blob] = {("head", path): Blob.of(text)}
    return scan(texts, [scanner])


@pytest.mark.parametrize(("scanner", "version"), [(SEMGREP, "1.172.0"), (CHECKOV, "3.3.30")])
def test_an_optional_scanner_is_found_by_a_link_into_its_environment(
    environment: Path, scanner: Scanner, version: str
) -> None:
    found = locate(scanner)
    assert isinstance(found, InstalledScanner)
    assert found.version == version


def test_semgrep_without_rules_is_missing(environment: Path) -> None:
    (environment / "lib/python3.11/site-packages/njsscan/rules/semantic_grep").rename(environment / "rules")
    assert locate(SEMGREP) == "njsscan's rules are not installed next to it"


@pytest.mark.parametrize("scanner", [SEMGREP, CHECKOV], ids=lambda s: s.name)
def test_a_missing_optional_scanner_is_not_reported(
    scanner: Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert locate(scanner) == "not installed"
    (run,) = scan_file(scanner, scanner.examples[0].path, scanner.examples[0].text).runs
    assert (run.files, run.trouble) == (0, None)


def test_semgrep_gets_the_enabled_rules_in_one_file(environment: Path) -> None:
    program = environment / "bin/semgrep"
    program.write_text(f'#!/bin/sh\ncp "$2" {environment}/bin/seen\necho \'{{"results": []}}\'\n')
    (run,) = scan_file(SEMGREP, "a.js", "eval(a)\n").runs
    assert (run.files, run.trouble) == (1, None)
    rules = json.loads((environment / "bin/seen").read_bytes())["rules"]
    assert [rule["id"] for rule in rules] == ["eval_nodejs"]


def test_semgrep_reports_become_hits(environment: Path) -> None:
    report = semgrep_report(("eval_nodejs", 1, 2, "cwe-95"), ("node_timing_attack", 1, 1, "cwe-208"))
    (environment / "bin/report").write_bytes(report)
    hits = scan_file(SEMGREP, "a.js", "eval(\n  a)\n").hits["head", "a.js"]
    assert [(h.rule, h.line, h.end_line, h.severity, h.cwe) for h in hits] == [
        ("semgrep/eval_nodejs", 1, 2, Level.HIGH, 95),
        ("semgrep/node_timing_attack", 1, 1, Level.LOW, 208),
    ]
    assert hits[0].title == "Untrusted input"


def test_semgrep_hits_contain_no_secret_and_skip_placeholders(environment: Path) -> None:
    report = semgrep_report(("node_password", 1, 1, "cwe-798"), ("node_password", 2, 2, "cwe-798"))
    (environment / "bin/report").write_bytes(report)
    scans = scan_file(SEMGREP, "a.js", f"let password = '{SECRET}'\nlet other = 'changeme'\n")
    assert [hit.line for hit in scans.hits["head", "a.js"]] == [1]
    assert SECRET not in repr(scans)


def test_checkov_hits_are_on_the_dangerous_lines(environment: Path) -> None:
    both = [failed(check, "/0000/shop.yaml", 1, 10) for check in ("CKV_K8S_16", "CKV_K8S_20", "CKV_K8S_8")]
    (environment / "bin/report").write_bytes(checkov_report(*both, both[0]))
    hits = scan_file(CHECKOV, "deploy/shop.yaml", POD).hits["head", "deploy/shop.yaml"]
    assert [(hit.rule, hit.line, hit.end_line) for hit in hits] == [("checkov/CKV_K8S_16", 9, 9)]


@pytest.mark.parametrize("span", [(-5, 10**9), (4, 2), (0, 0)])
def test_a_range_beyond_the_file_is_harmless(environment: Path, span: tuple[int, int]) -> None:
    (environment / "bin/report").write_bytes(checkov_report(failed("CKV_K8S_16", "/0000/shop.yaml", *span)))
    (run,) = scan_file(CHECKOV, "deploy/shop.yaml", POD).runs
    assert run.trouble is None


def test_an_empty_report_is_no_trouble(environment: Path) -> None:
    (environment / "bin/report").write_text('{"passed": 0, "failed": 0, "checkov_version": "3.3.30"}')
    assert [run.trouble for run in scan_file(CHECKOV, "deploy/shop.yaml", POD).runs] == [None]


@pytest.mark.parametrize("scanner", [SEMGREP, CHECKOV], ids=lambda s: s.name)
@pytest.mark.parametrize(
    "report", ["", "no report", "3", '{"results": [{}]}', '{"results": {"failed_checks": [{}]}}', "[" * 9999]
)
def test_an_invalid_report_is_reported(environment: Path, scanner: Scanner, report: str) -> None:
    (environment / "bin/report").write_text(report)
    (run,) = scan_file(scanner, scanner.examples[0].path, scanner.examples[0].text).runs
    assert run.trouble is not None


SAFE_LINES = {
    "CKV_K8S_16": ["privileged: false", "unprivileged: true", "name: privileged"],
    "CKV_K8S_20": ["allowPrivilegeEscalation: false"],
    "CKV_K8S_23": ["runAsUser: 1000", "runAsNonRoot: true", "runAsUser: 10001"],
    "CKV_K8S_25": ['drop: ["ALL"]', "- NET_BIND_SERVICE", "- ALL"],
    "CKV_K8S_26": ["hostPort: 0", "containerPort: 80"],
    "CKV_K8S_88": ["- --insecure-port=0"],
    "CKV_K8S_117": ["- --client-cert-auth=true"],
    "CKV2_DOCKER_2": ["RUN curl https://shop.test/x-k", "RUN curl --kill https://shop.test"],
    "CKV_AWS_24": ['cidr_blocks = ["10.0.0.0/8"]'],
    "CKV_AWS_53": ["block_public_acls = true"],
    "CKV_AWS_16": ["storage_encrypted = true", "# storage_encrypted = false"],
    "CKV_AWS_103": ['ssl_policy = "ELBSecurityPolicy-TLS-1-2-2017-01"', 'minimum = "TLSv1.2"', 'min = "1.2"'],
}
DANGEROUS_LINES = {
    "CKV_K8S_16": ["privileged: true", 'privileged: "true"', "{privileged: true}", '"privileged": true'],
    "CKV_K8S_23": ["runAsUser: 0", "runAsNonRoot: false"],
    "CKV_K8S_25": ['add: ["ALL"]', "- SYS_ADMIN"],
    "CKV_K8S_68": ["- --anonymous-auth=true", '- "--anonymous-auth=true"'],
    "CKV2_DOCKER_2": ["RUN curl -k https://shop.test", "RUN curl -sSLk https://shop.test", "  --insecure \\"],
    "CKV_AWS_24": ['cidr_blocks = ["0.0.0.0/0"]', "CidrIp: 0.0.0.0/0", 'ipv6_cidr_blocks = ["::/0"]'],
    "CKV_AWS_63": ['Action = "*"', 'actions = ["*"]', '"Action": "*",', "Action: '*'"],
    "CKV_AWS_103": ['ssl_policy = "TLSv1"', 'min = "TLS1_0"', 'v = "SSLv3"', 'min = "TLSv1.1"', 'min = "1.1"'],
}


@pytest.mark.parametrize(("check", "line"), [(check, line) for check, lines in SAFE_LINES.items() for line in lines])
def test_a_safe_line_does_not_match(check: str, line: str) -> None:
    assert not RULES[check].pattern.search(line) or line.startswith("#")


@pytest.mark.parametrize(
    ("check", "line"), [(check, line) for check, lines in DANGEROUS_LINES.items() for line in lines]
)
def test_a_dangerous_line_matches(check: str, line: str) -> None:
    assert RULES[check].pattern.search(line)


def test_invalid_rules_are_reported(environment: Path) -> None:
    (environment / "lib/python3.11/site-packages/njsscan/rules/semantic_grep/eval/a.yaml").write_text("rules: [}")
    (run,) = scan_file(SEMGREP, "a.js", "eval(a)\n").runs
    assert run.trouble == "invalid input (ValueError)."


def test_thousands_of_failed_checks_on_a_large_file_stay_within_limits(environment: Path) -> None:
    text = "kind: Pod\nprivileged: true\nAWS " * 30_000
    many = [failed("CKV_K8S_16", "/0000/shop.yaml", n, n + 3) for n in range(1, 20_000)]
    (environment / "bin/report").write_bytes(checkov_report(*many))
    (run,) = scan_file(CHECKOV, "deploy/shop.yaml", text).runs
    assert run.trouble == "found more than 10,000 hits; the rest is omitted."


def test_checkov_does_not_run_on_safe_files(environment: Path) -> None:
    (environment / "bin/report").write_text("it ran")
    calm = "kind: Pod\nspec:\n  # privileged: true\n  image: shop:2\n"
    for path, text in {"a.yaml": calm, "Dockerfile": "FROM debian:12\nEXPOSE 80\n", "a.tf": "# privileged\n"}.items():
        (run,) = scan_file(CHECKOV, path, text).runs
        assert (run.files, run.trouble) == (1, None)
