"""Checkov: Kubernetes, Dockerfiles, Terraform, CloudFormation. https://www.checkov.io/"""

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
    # It takes the folder: of single files it starts anew for each. The repository's own settings lie nowhere in it
    # where they are looked for.
    return [
        "--directory=.", "--framework", "kubernetes", "dockerfile", "terraform", "cloudformation", "--output=json",
        "--quiet", "--compact", "--skip-download", f"--check={','.join(RULES)}",
    ]  # fmt: skip


def _may_match(path: str, data: bytes) -> bool:
    # It takes seconds to start, and more for each thousand lines of YAML; most changes of manifests raise a version.
    return may_match(path, data.decode(errors="replace"))


def _strip_suppressions(data: bytes) -> bytes:
    # What quiets it (`checkov:skip`, an annotation, a template's metadata) has its name, or those of its former makers.
    return _SUPPRESSION_WORDS.sub(lambda m: (m[1] or m[2] or m[3]) + b"_", data)


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    loaded, lines = json.loads(report), Lines(texts)
    seen: set[tuple[str, str, int]] = set()
    for part in parse_objects(loaded if isinstance(loaded, list) else [parse_object(report)]):
        for found in parse_objects((part.get("results") or {}).get("failed_checks") or []):
            for name, hit in _hits_of_check(found, lines):
                # A deployment and the pod that it describes fail alike.
                if (name, hit.rule, hit.line) not in seen:
                    seen.add((name, hit.rule, hit.line))
                    yield name, hit


def _hits_of_check(found: Mapping[str, Any], lines: Lines) -> Iterator[tuple[str, Hit]]:
    """A failed check on each line of its resource where the danger is written out."""
    check, name = str(found["check_id"]), relative_name(found["file_path"]).removeprefix("/")
    danger = RULES.get(check)
    if danger is None:
        return
    known = weakness(danger.cwe)
    first, last = map(int, found["file_line_range"])
    for line in matching_lines(danger, lines.of(name), first, last):
        hit = Hit(
            rule=f"checkov/{check}",
            line=line,
            end_line=line,
            severity=danger.severity,
            confidence=Level.HIGH,
            title=first_sentence(found["check_name"]),
            why=danger.why or known.why,
            advice=danger.advice or known.advice,
            cwe=danger.cwe,
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
