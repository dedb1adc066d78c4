"""Detect security conditions that lost a part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.security_review.guards.checks import CodeCheck, find_checks
from bot.agents.security_review.guards.code import Token, canonical_text, partition_tokens
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import ACCESS, REJECTION, find_threat
from bot.domain.findings import Hit, Level

_AND, _OR = ("and", "&&"), ("or", "||")
_SECRET = re.compile(
    r"authorization|credential|password|secret|cookie|token|session|proxy[-_]auth|api[-_]?key|\bauth\b|csrf|xsrf", re.I
)
_GRANTS = re.compile(r"(?:=|\.set|\.add|\.append|setHeader|send|login|\[)", re.I)
_REMOVES = re.compile(r"\b(?:del|delete|pop|remove|unset|strip)\b|\.(?:pop|remove|delete|del)\(", re.I)
_ORIGIN = re.compile(r"host|origin|scheme|port|https|secure|domain|protocol|same_?site", re.I)


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    for hunk in diff.hunks:
        if len(hunk.old) > 40 or len(hunk.new) > 40:
            continue
        stop = hunk.old_start + len(hunk.old)
        old = [
            c
            for c in find_checks(diff.before, _condition_start(diff.before, hunk.old_start), stop)
            if c.body > hunk.old_start
        ]
        new_stop = hunk.new_start + max(1, len(hunk.new))
        new = [
            c
            for c in find_checks(diff.after, _condition_start(diff.after, hunk.new_start), new_stop)
            if c.body > hunk.new_start
        ]
        for was, now in zip(old, new, strict=False):
            hit = _compare(diff, hunk, was, now)
            if hit is not None:
                yield hit


def _condition_start(lines: Sequence[str], at: int) -> int:
    """Return the line where the condition around a line may begin."""
    for number in range(at, max(-1, at - 8), -1):
        if number < len(lines) and re.match(r"\s*(?:\}\s*)?(?:if|elif|elsif|unless|else if)\b", lines[number]):
            return number
    return at


def _compare(diff: SourceDiff, hunk: CodeHunk, was: CodeCheck, now: CodeCheck) -> Hit | None:
    if _without_whitespace(was.action) != _without_whitespace(now.action) or canonical_text(
        was.condition
    ) == canonical_text(now.condition):
        return None
    refuses = bool(REJECTION.search(was.action) or _REMOVES.search(was.action))
    lost = _missing_parts(was.condition, now.condition, _OR if refuses else _AND)
    if not lost:
        return None
    if not all(diff.has_fewer(re.compile(re.escape(part.split(" ")[0]))) for part in lost[:1]):
        return None
    lost_text = "\n".join(lost)
    threat = find_threat(lost_text) if refuses else None
    handles_secret = _REMOVES.search(was.action) if refuses else _GRANTS.search(was.action)
    if threat is None and handles_secret and _SECRET.search(was.action) and _ORIGIN.search(lost_text):
        return _make_hit(diff, hunk, now, 200, ACCESS, "A secret can be sent where it was not sent before.", Level.HIGH)
    if threat is None:
        return None
    return _make_hit(diff, hunk, now, threat.cwe, threat.owasp, threat.why, threat.severity)


def _without_whitespace(text: str) -> str:
    return "".join(text.split())


def _missing_parts(was: Sequence[Token], now: Sequence[Token], signs: tuple[str, ...]) -> list[str]:
    """Return the removed parts of a condition; empty if it also has new parts."""
    before = [canonical_text(p) for p in partition_tokens(_strip_outer_tokens(was), *signs)]
    after = [canonical_text(_strip_outer_tokens(p)) for p in partition_tokens(_strip_outer_tokens(now), *signs)]
    before = [_strip_outer_brackets(p) for p in before]
    after = [_strip_outer_brackets(p) for p in after]
    return [p for p in before if p not in after] if after and set(after) < set(before) else []


def _strip_outer_brackets(part: str) -> str:
    while part.startswith("( ") and part.endswith(" )"):
        part = part[2:-2]
    return part


def _strip_outer_tokens(run: Sequence[Token]) -> Sequence[Token]:
    """Remove the parentheses around a whole condition."""
    while len(run) > 2 and run[0].text == "(" and run[-1].text == ")":
        depth = 0
        for number, token in enumerate(run):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and number < len(run) - 1:
                return run
        run = run[1:-1]
    return run


def _make_hit(diff: SourceDiff, hunk: CodeHunk, now: CodeCheck, cwe: int, owasp: str, why: str, severity: Level) -> Hit:
    inside = hunk.new_start <= now.start < hunk.new_start + len(hunk.new)
    line = locate_hit(diff, hunk, now.start if inside else None)
    return Hit(
        "guards/looser",
        line,
        line,
        severity,
        Level.MEDIUM,
        "A condition checks less than before",
        why,
        "Restore the removed part of the condition, or explain why it is not needed.",
        cwe,
        owasp,
    )


LOOSER = Guard(
    "looser",
    _detect,
    (
        GuardExample(
            "Credentials are sent to another port after a redirect.",
            "lib/sessions.py",
            "def strip(headers, old, new):\n    if (old.host != new.host\n            or old.port != new.port):\n"
            "        del headers['Authorization']\n",
            "def strip(headers, old, new):\n    if old.host != new.host:\n        del headers['Authorization']\n",
            (2,),
        ),
        GuardExample(
            "Credentials are sent through a tunnel.",
            "lib/sessions.js",
            "function f(scheme, user) {\n  if (scheme !== 'https' && user) {\n"
            "    headers['Proxy-Authorization'] = basic(user);\n  }\n}\n",
            "function f(scheme, user) {\n  if (user) {\n    headers['Proxy-Authorization'] = basic(user);\n  }\n}\n",
            (2,),
        ),
        GuardExample(
            "The condition becomes stricter.",
            "lib/sessions.py",
            "def strip(headers, old, new):\n    if old.host != new.host and old.port != new.port:\n"
            "        del headers['Authorization']\n",
            "def strip(headers, old, new):\n    if old.host != new.host:\n        del headers['Authorization']\n",
            (),
        ),
    ),
)
