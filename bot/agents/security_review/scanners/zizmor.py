"""zizmor: checks GitHub Actions workflows and actions. https://docs.zizmor.sh/"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.agents.security_review.scanners.reports import first_sentence, parse_level, parse_objects, relative_name
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Hit

_WORKFLOW = re.compile(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$|(?:^|/)action\.ya?ml$", re.IGNORECASE)
_CWE_BY_RULE = {
    "artipacked": 522,
    "template-injection": 94,
    "unpinned-uses": 829,
    "unpinned-images": 829,
    "dangerous-triggers": 829,
    "excessive-permissions": 250,
    "hardcoded-container-credentials": 798,
    "secrets-inherit": 250,
    "cache-poisoning": 349,
    "insecure-commands": 77,
    "github-env": 94,
    "known-vulnerable-actions": 937,
}
_ADVICE = {
    "artipacked": "Set `persist-credentials: false` on the checkout.",
    "template-injection": "Assign the expression to an `env` variable, and use that variable in the script.",
    "dangerous-triggers": "Use `pull_request`, or do not check out or run code from the pull request.",
    "excessive-permissions": "List only the permissions that the job needs, such as `permissions: {contents: read}`.",
    "unpinned-uses": "Pin the action to a commit hash.",
    "secrets-inherit": "Pass only the secrets that it needs, by name.",
}
_WHY = {
    "artipacked": "The job's token stays in the checked-out folder and can leak with it, for example in an artifact.",
    "template-injection": "Text that anyone can write, such as a pull request title, becomes part of the script.",
    "dangerous-triggers": "The workflow has the repository's secrets, and an outsider's pull request can trigger it.",
    "excessive-permissions": "The job's token has more permissions than the job needs.",
    "unpinned-uses": "The tag can be moved to different code at any time.",
}
MAX_RANGE_LINES = 20


def _applies_to(path: str) -> bool:
    return _WORKFLOW.search(path) is not None


def _arguments(names: Sequence[str]) -> list[str]:
    return [
        "--offline", "--no-config", "--no-ignores", "--no-progress", "--quiet", "--no-exit-codes", "--format", "json",
        *names,
    ]  # fmt: skip


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    for found in parse_objects(report):
        determined, rule = found["determinations"], str(found["ident"])
        for place in found["locations"]:
            if place["symbolic"].get("kind") != "Primary":
                continue
            span = place["concrete"]["location"]
            line, end = span["start_point"]["row"] + 1, span["end_point"]["row"] + 1
            known = weakness(_CWE_BY_RULE.get(rule))
            yield (
                relative_name(place["symbolic"]["key"]["Local"]["verbatim_path"]),
                Hit(
                    rule=f"zizmor/{rule}",
                    line=line,
                    end_line=end if end - line < MAX_RANGE_LINES else line,
                    severity=parse_level(determined["severity"]),
                    confidence=parse_level(determined["confidence"]),
                    title=first_sentence(found["desc"]),
                    why=_WHY.get(rule, known.why),
                    advice=_ADVICE.get(rule, known.advice),
                    cwe=_CWE_BY_RULE.get(rule),
                    owasp=known.owasp,
                    link=found.get("url"),
                ),
            )


ZIZMOR = Scanner(
    name="zizmor",
    category="workflows",
    distribution="zizmor",
    program="zizmor",
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://github.com/zizmorcore/zizmor",
    licence="MIT",
    success=frozenset({0, 3}),
    examples=(
        ScannerExample(
            ".github/workflows/greet.yml",
            "on: pull_request_target\npermissions: {}\njobs:\n  greet:\n    runs-on: ubuntu-latest\n    steps:\n"
            "      - run: echo ${{ github.event.pull_request.title }}\n",
            ((1, "dangerous-triggers"), (7, "template-injection")),
        ),
    ),
)
