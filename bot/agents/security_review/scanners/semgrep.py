"""Semgrep with the rules of njsscan: data-flow analysis of JavaScript. https://github.com/ajinabraham/njsscan"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import yaml

from bot.agents.security_review.scanners.lookalikes import is_lookalike
from bot.agents.security_review.scanners.reports import (
    Lines,
    first_sentence,
    parse_level,
    parse_object,
    parse_objects,
    relative_name,
)
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample, ScannerInput
from bot.agents.security_review.scanners.secret_hits import secret_hit
from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Hit, Level

_DISABLED_SEVERITY = "INFO"
"""Severity of rules that report existing protections and defaults of session cookies."""
_SUMMARY_ONLY = frozenset(
    [
        "generic_error_disclosure",  # a stack trace in a console log
        "jwt_not_revoked",  # a design decision, not a line
        "node_insecure_random_generator",  # random: almost always games and samples
        "node_logic_bypass",  # a condition on user input: usually intended
        "node_timing_attack",  # any comparison of a value named password
        "node_username",  # a user name is not a secret
        "regex_dos",  # any regular expression applied to input
    ]
)
"""Rules reported in the summary only."""
_SECRETS = {
    "node_password": "Password",
    "node_api_key": "API key",
    "node_secret": "Secret",
    "hardcoded_jwt_secret": "JWT secret",
    "hardcoded_passport_secret": "Passport secret",
    "jwt_express_hardcoded": "JWT secret",
}
_LITERAL = re.compile(r"""(?P<quote>["'`])(?P<value>(?:\\.|(?!(?P=quote)).){1,300})(?P=quote)""")
_CWE = {
    23: 22,  # a subclass of path traversal
    185: 1333,  # a regular expression with catastrophic backtracking
    208: 208,
    346: 942,  # origin validation
    599: 295,  # an unverified certificate
    706: 94,  # a module name from user input
    757: 327,  # an old version of TLS
    776: 611,  # XML entity expansion
}
"""Overrides of CWE numbers that differ from the other scanners for the same weakness."""


def _applies_to(path: str) -> bool:
    return path.lower().endswith((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"))


def _arguments(names: Sequence[str]) -> list[str]:
    return [
        "--metrics=off", "--disable-version-check", "--disable-nosem", "--x-ignore-semgrepignore-files",
        "--no-git-ignore", "--no-rewrite-rule-ids", "--json", "--quiet", "--jobs=2", "--timeout=5",
        "--max-memory=1500", *names,
    ]  # fmt: skip


def _merge_rules(files: Mapping[str, bytes]) -> bytes:
    """Merge all rules into one JSON file: Semgrep loads it in 0.5 s, but njsscan's 57 YAML files in 13 s."""
    texts = [text for name, text in sorted(files.items()) if name.endswith((".yaml", ".yml"))]
    try:
        loaded = [yaml.load(text, yaml.CSafeLoader) for text in texts]
    except yaml.YAMLError as error:
        raise ValueError("The rules are not valid YAML.") from error
    rules = [rule for file in loaded for rule in file["rules"] if rule.get("severity") != _DISABLED_SEVERITY]
    return json.dumps({"rules": rules}).encode()


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    lines = Lines(texts)
    for found in parse_objects(parse_object(report).get("results")):
        rule, name = str(found["check_id"]).rpartition(".")[2], relative_name(found["path"])
        line, end, extra = int(found["start"]["line"]), int(found["end"]["line"]), found["extra"]
        if rule in _SECRETS:
            if _is_secret(lines.at(name, line)):
                yield name, secret_hit(f"semgrep/{rule}", line, _SECRETS[rule], is_certain=False)
            continue
        number = int(re.sub(r"\D", "", str(extra["metadata"].get("cwe"))) or 0)
        cwe = _CWE.get(number, number) or None
        known = weakness(cwe)
        yield (
            name,
            Hit(
                rule=f"semgrep/{rule}",
                line=line,
                end_line=end,
                severity=Level.LOW if rule in _SUMMARY_ONLY else parse_level(extra["severity"]),
                confidence=Level.MEDIUM,
                title=first_sentence(extra["message"]),
                why=known.why,
                advice=known.advice,
                cwe=cwe,
                owasp=known.owasp,
                link="https://github.com/ajinabraham/njsscan",
            ),
        )


def _is_secret(line: str) -> bool:
    values = [match["value"] for match in _LITERAL.finditer(line)]
    return not values or not all(is_lookalike(value) for value in values)


SEMGREP = Scanner(
    name="semgrep",
    category="code",
    distribution="semgrep",
    program="semgrep",
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://github.com/semgrep/semgrep",
    licence="LGPL-2.1-or-later",
    extra="deep",
    reserved_bytes=2 << 30,
    required_input=ScannerInput(
        "--config",
        "njsscan's rules are not installed next to it",
        package="njsscan",
        subfolder="njsscan/rules/semantic_grep",
        build=_merge_rules,
    ),
    examples=(
        ScannerExample(
            "shop/app.js",
            "const express = require('express')\nconst app = express()\napp.get('/', (req, res) => {\n"
            "  eval(req.query.x)\n  res.redirect(req.query.to)\n})\n",
            ((4, "eval_nodejs"), (5, "express_open_redirect")),
        ),
    ),
)
