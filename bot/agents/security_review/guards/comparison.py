"""Detect constant-time comparisons of secrets that became plain comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.code import identifiers, tokens
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import CRYPTO
from bot.domain.findings import Hit, Level

_CONSTANT_TIME = re.compile(
    r"compare_?digest|constant_?time|timing_?safe|hash_equals|secure_?compare|const_?compare|safe_str_cmp|fixed_?time"
    r"|crypto_memcmp|MessageDigest\.isEqual|subtle\.|slow_?equals|fixed_length_secure",
    re.I,
)
_PLAIN_EQUALITY = re.compile(r"===|!==|==|!=|\.equals\(|strcmp\(|memcmp\(|\bis not\b|\beq\b|\bEqual\(|->where\(")


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    if diff.has_fewer(_CONSTANT_TIME):
        for hunk in diff.hunks:
            yield from _hits(diff, hunk)


def _hits(diff: SourceDiff, hunk: CodeHunk) -> Iterator[Hit]:
    for number, line in enumerate(hunk.old):
        if not _CONSTANT_TIME.search(line) or not diff.scope_remains(hunk.old_start + number):
            continue
        compared = {n for n in identifiers(tokens([line])) if len(n) > 1 and not _CONSTANT_TIME.search(n)}
        for place, new in enumerate(hunk.new, hunk.new_start):
            if _PLAIN_EQUALITY.search(new) and len(compared & set(identifiers(tokens([new])))) >= min(2, len(compared)):
                yield _make_hit(locate_hit(diff, hunk, place))
                return


def _make_hit(line: int) -> Hit:
    return Hit(
        "guards/comparison",
        line,
        line,
        Level.MEDIUM,
        Level.HIGH,
        "Secrets are compared with a plain equality check",
        "The comparison no longer takes constant time, so an attacker can guess the secret piece by piece.",
        "Compare secrets with a constant-time function.",
        208,
        CRYPTO,
    )


COMPARISON = Guard(
    "comparison",
    _detect,
    (
        GuardExample(
            "A token is compared with `==`.",
            "app/auth.py",
            "def check(given, token):\n    return hmac.compare_digest(given, token)\n",
            "def check(given, token):\n    return given == token\n",
            (2,),
        ),
        GuardExample(
            "The same in PHP.",
            "src/Csrf.php",
            "function check($given, $token) {\n    return hash_equals($token, $given);\n}\n",
            "function check($given, $token) {\n    return $token === $given;\n}\n",
            (2,),
        ),
        GuardExample(
            "Another constant-time function is used.",
            "app/auth.py",
            "def check(given, token):\n    return hmac.compare_digest(given, token)\n",
            "def check(given, token):\n    return constant_time_compare(given, token) == True\n",
            (),
        ),
    ),
)
