"""Checkov: checks Kubernetes, Dockerfiles, Terraform and CloudFormation. https://www.checkov.io/"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.agents.security_review.scanners.checkov_checks import RULES, matching_lines, may_match
from bot.agents.security_review.scanners.reports import (
    Lines,
    first_sentence,
    parse_object,
    parse_objects,
    relative_name,
)
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Hit, Level

_INCLUDED = re.compile(
    r"(?:^|/)(?:[^/]*\.)?dockerfile(?:\.[^/]*)?$|\.tf$|\.ya?ml$"
    r"|(?:template|stack|cloudformation|cfn|k8s|kubernetes|manifest)[^/]*(?:/[^/]+)?\.json$|\.template$",
    re.IGNORECASE,
)
_EXCLUDED = re.compile(
    r"(?:^|/)\.github/|(?:^|/)(?:\.[^/]*|mkdocs|openapi|swagger|pnpm-lock|docker-compose[^/]*)\.ya?ml$", re.I
)
_SUPPRESSION_WORDS = re.compile(rb"(checko)v|(bridgecre)w|(corte)x", re.IGNORECASE)


def _applies_to(path: str) -> bool:
    return _INCLUDED.search(path) is not None and _EXCLUDED.search(path) is None


def _arguments(names: Sequence[str]) -> list[str]:
    # Pass the folder: with single files it restarts for each one. The repository's own Checkov settings are not where
    # Checkov looks for them.
    return [
        "--directory=.", "--framework", "kubernetes", "dockerfile", "terraform", "cloudformation", "--output=json",
        "--quiet", "--compact", "--skip-download", f"--check={','.join(RULES)}",
    ]  # fmt: skip


def _may_match(path: str, data: bytes) -> bool:
    # Checkov takes seconds to start, plus time per line of YAML, and most manifest changes only raise a version.
    return may_match(path, data.decode(errors="replace"))


def _strip_suppressions(data: bytes) -> bytes:
    # Suppressions (`checkov:skip`, annotations, template metadata) contain its name or that of a former vendor.
    return _SUPPRESSION_WORDS.sub(lambda m: (m[1] or m[2] or m[3]) + b"_", data)


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    loaded, lines = json.loads(report), Lines(texts)
    seen: set[tuple[str, str, int]] = set()
    for part in parse_objects(loaded if isinstance(loaded, list) else [parse_object(report)]):
        for found in parse_objects((part.get("results") or {}).get("failed_checks") or []):
            for name, hit in _hits_of_check(found, lines):
                # A deployment and its pod template fail the same check.
                if (name, hit.rule, hit.line) not in seen:
                    seen.add((name, hit.rule, hit.line))
                    yield name, hit


def _hits_of_check(found: Mapping[str, Any], lines: Lines) -> Iterator[tuple[str, Hit]]:
    """Yield a hit for each line of the resource that contains the dangerous setting."""
    check, name = str(found["check_id"]), relative_name(found["file_path"]).removeprefix("/")
    rule = RULES.get(check)
    if rule is None:
        return
    known = weakness(rule.cwe)
    first, last = map(int, found["file_line_range"])
    for line in matching_lines(rule, lines.of(name), first, last):
        hit = Hit(
            rule=f"checkov/{check}",
            line=line,
            end_line=line,
            severity=rule.severity,
            confidence=Level.HIGH,
            title=first_sentence(found["check_name"]),
            why=rule.why or known.why,
            advice=rule.advice or known.advice,
            cwe=rule.cwe,
            owasp=known.owasp,
            link="https://www.checkov.io/5.Policy%20Index/all.html",
        )
        yield name, hit


CHECKOV = Scanner(
    name="checkov",
    category="infrastructure",
    distribution="checkov",
    program="checkov",
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://github.com/bridgecrewio/checkov",
    licence="Apache-2.0",
    strip_suppressions=_strip_suppressions,
    may_match=_may_match,
    extra="iac",
    examples=(
        ScannerExample(
            "deploy/shop.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: shop\n  annotations:\n    checkov.io/skip1: CKV_K8S_16=no\n"
            "spec:\n  hostNetwork: true\n  containers:\n    - name: shop\n      image: shop:1\n      securityContext:\n"
            "        privileged: true\n",
            ((8, "CKV_K8S_19"), (13, "CKV_K8S_16")),
        ),
        ScannerExample(
            "images/Dockerfile",
            "FROM debian:12\nRUN apt-get update \\\n  && curl -k https://shop.test/x\n# checkov:skip=CKV_DOCKER_1:no\n"
            "EXPOSE 22\n",
            ((3, "CKV2_DOCKER_2"), (5, "CKV_DOCKER_1")),
        ),
        ScannerExample(
            "cloud/main.tf",
            'resource "aws_security_group_rule" "ssh" {\n  #checkov:skip=CKV_AWS_24:no\n  type = "ingress"\n'
            '  from_port = 22\n  to_port = 22\n  protocol = "tcp"\n  security_group_id = "sg"\n'
            '  cidr_blocks = ["0.0.0.0/0"]\n}\n\nresource "aws_db_instance" "shop" {\n  storage_encrypted = false\n'
            "  publicly_accessible = true\n}\n",
            ((8, "CKV_AWS_24"), (12, "CKV_AWS_16"), (13, "CKV_AWS_17")),
        ),
    ),
)
