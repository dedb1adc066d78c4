"""detect-secrets: finds tokens by their format and passwords by the name next to them. https://github.com/Yelp/detect-secrets"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.agents.security_review.scanners.lookalikes import is_lookalike
from bot.agents.security_review.scanners.reports import parse_objects, relative_name
from bot.agents.security_review.scanners.scanner import PYTHON, Scanner, ScannerExample
from bot.agents.security_review.scanners.secret_hits import secret_hit
from bot.domain import Hit

# The command line hides the values, which are needed to recognise placeholders, so a child process calls the library.
# Off: the entropy plug-ins (7 of 30 hits on changed lines were true), public IP addresses, and the filter for
# suppression comments in the repository.
_PROGRAM = """
import json, os, sys
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings
off = {"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"}
plugins = sorted({each.__name__ for each in get_mapping_from_secret_type_to_class().values()} - off)
heuristics = ["is_sequential_string", "is_potential_uuid", "is_likely_id_string", "is_templated_secret",
              "is_prefixed_with_dollar_sign", "is_indirect_reference", "is_not_alphanumeric_string"]
settings = {"plugins_used": [{"name": name} for name in plugins],
            "filters_used": [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in heuristics]}
with transient_settings(settings):
    found = [{"name": name, "line": each.line_number, "type": each.type, "value": each.secret_value}
             for name in sys.argv[1:] for each in scan_file(name)]
json.dump(found, sys.stdout)
"""
_KEYWORD_TYPES = frozenset(["Secret Keyword", "Basic Auth Credentials"])
"""Types detected by the name next to the value, or by its position in a URL."""
_TITLES = {"Secret Keyword": "Password", "Basic Auth Credentials": "Password in a URL", "Private Key": "Private key"}


def _applies_to(path: str) -> bool:
    return True


def _arguments(names: Sequence[str]) -> list[str]:
    return ["-c", _PROGRAM, *names]


def _parse(report: bytes, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
    for found in parse_objects(report):
        kind, value = str(found["type"]), str(found.get("value") or "")
        if kind != "Private Key" and is_lookalike(value):
            continue
        rule = kind.lower().replace(" ", "-")
        is_certain = kind not in _KEYWORD_TYPES
        hit = secret_hit(f"detect-secrets/{rule}", int(found["line"]), _TITLES.get(kind, kind), is_certain=is_certain)
        yield relative_name(found["name"]), hit


DETECT_SECRETS = Scanner(
    name="detect-secrets",
    category="secrets",
    distribution="detect-secrets",
    program=PYTHON,
    applies_to=_applies_to,
    arguments=_arguments,
    parse=_parse,
    homepage="https://github.com/Yelp/detect-secrets",
    licence="Apache-2.0",
    examples=(
        ScannerExample(
            "settings.ini",
            "[db]\npassword = 'k3Jx9vQ2mB7pLw'\n# pragma: allowlist nextline secret\npassword = 'w8Zr4nTq1yHd6s'\n"
            "password = 'changeme'\n",
            ((2, "secret-keyword"), (4, "secret-keyword")),
        ),
    ),
)
