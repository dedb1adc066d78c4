"""A comparison of secrets that took as long whatever it compared, and now stops at the first difference."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.code import names, tokens
from bot.agents.security_review.guards.dangers import CRYPTO
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
from bot.domain.findings import Hit, Level

_STEADY = re.compile(
    r"compare_?digest|constant_?time|timing_?safe|hash_equals|secure_?compare|const_?compare|safe_str_cmp|fixed_?time"
    r"|crypto_memcmp|MessageDigest\.isEqual|subtle\.|slow_?equals|fixed_length_secure",
    re.I,
)
_HASTY = re.compile(r"===|!==|==|!=|\.equals\(|strcmp\(|memcmp\(|\bis not\b|\beq\b|\bEqual\(|->where\(")


def _look(edit: Edited) -> Iterator[Hit]:
    if edit.is_less(_STEADY):
        for hunk in edit.hunks:
            yield from _hits(edit, hunk)


def _hits(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    for number, line in enumerate(hunk.old):
        if not _STEADY.search(line) or not edit.stands(hunk.old_start + number):
            continue
        compared = {n for n in names(tokens([line])) if len(n) > 1 and not _STEADY.search(n)}
        for place, new in enumerate(hunk.new, hunk.new_start):
            if _HASTY.search(new) and len(compared & set(names(tokens([new])))) >= min(2, len(compared)):
                yield _hit(beside(edit, hunk, place))
                return


def _hit(line: int) -> Hit:
    return Hit(
        "guards/comparison",
        line,
        line,
        Level.MEDIUM,
        Level.HIGH,
        "Secrets are compared with a plain equality",
        "The comparison no longer takes constant time, so that a secret can be guessed piece by piece.",
        "Compare secrets with a function made for it, as it was.",
        208,
        CRYPTO,
    )


COMPARISON = Guard(
    "comparison",
    "a constant-time comparison that became `==`",
    _look,
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
            "Another function of the kind is used.",
            "app/auth.py",
            "def check(given, token):\n    return hmac.compare_digest(given, token)\n",
            "def check(given, token):\n    return constant_time_compare(given, token) == True\n",
            (),
        ),
    ),
)
