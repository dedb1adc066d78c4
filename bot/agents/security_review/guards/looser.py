"""A condition that guards something and lets more through than it did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.security_review.guards.checks import Check, checks
from bot.agents.security_review.guards.code import Token, split, text
from bot.agents.security_review.guards.dangers import ACCESS, REFUSES, danger
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
from bot.domain.findings import Hit, Level

_AND, _OR = ("and", "&&"), ("or", "||")
_SECRET = re.compile(
    r"authorization|credential|password|secret|cookie|token|session|proxy[-_]auth|api[-_]?key|\bauth\b|csrf|xsrf", re.I
)
_GIVES = re.compile(r"(?:=|\.set|\.add|\.append|setHeader|send|login|\[)", re.I)
_TAKES = re.compile(r"\b(?:del|delete|pop|remove|unset|strip)\b|\.(?:pop|remove|delete|del)\(", re.I)
_ORIGIN = re.compile(r"host|origin|scheme|port|https|secure|domain|protocol|same_?site", re.I)


def _look(edit: Edited) -> Iterator[Hit]:
    for hunk in edit.hunks:
        if len(hunk.old) > 40 or len(hunk.new) > 40:
            continue
        stop = hunk.old_start + len(hunk.old)
        old = [c for c in checks(edit.before, _first(edit.before, hunk.old_start), stop) if c.body > hunk.old_start]
        new_stop = hunk.new_start + max(1, len(hunk.new))
        new = [c for c in checks(edit.after, _first(edit.after, hunk.new_start), new_stop) if c.body > hunk.new_start]
        for was, now in zip(old, new, strict=False):
            hit = _looser(edit, hunk, was, now)
            if hit is not None:
                yield hit


def _first(lines: Sequence[str], at: int) -> int:
    """Where a condition may begin that a line stands in."""
    for number in range(at, max(-1, at - 8), -1):
        if number < len(lines) and re.match(r"\s*(?:\}\s*)?(?:if|elif|elsif|unless|else if)\b", lines[number]):
            return number
    return at


def _looser(edit: Edited, hunk: Hunk, was: Check, now: Check) -> Hit | None:
    if _bare(was.does) != _bare(now.does) or text(was.condition) == text(now.condition):
        return None
    refuses = bool(REFUSES.search(was.does) or _TAKES.search(was.does))
    lost = _lost(was.condition, now.condition, _OR if refuses else _AND)
    if not lost:
        return None
    if not all(edit.is_less(re.compile(re.escape(part.split(" ")[0]))) for part in lost[:1]):
        return None
    told = "\n".join(lost)
    peril = danger(told) if refuses else None
    keeps = _TAKES.search(was.does) if refuses else _GIVES.search(was.does)
    if peril is None and keeps and _SECRET.search(was.does) and _ORIGIN.search(told):
        return _hit(edit, hunk, now, 200, ACCESS, "A secret can reach a place that was kept from it.", Level.HIGH)
    if peril is None:
        return None
    return _hit(edit, hunk, now, peril.cwe, peril.owasp, peril.why, peril.severity)


def _bare(text: str) -> str:
    return "".join(text.split())


def _lost(was: Sequence[Token], now: Sequence[Token], signs: tuple[str, ...]) -> list[str]:
    """The parts of a condition that it no longer has, where it has no new ones."""
    before = [text(p) for p in split(_peeled(was), *signs)]
    after = [text(_peeled(p)) for p in split(_peeled(now), *signs)]
    before = [_inner(p) for p in before]
    after = [_inner(p) for p in after]
    return [p for p in before if p not in after] if after and set(after) < set(before) else []


def _inner(part: str) -> str:
    while part.startswith("( ") and part.endswith(" )"):
        part = part[2:-2]
    return part


def _peeled(run: Sequence[Token]) -> Sequence[Token]:
    """A condition without the brackets around the whole of it."""
    while len(run) > 2 and run[0].text == "(" and run[-1].text == ")":
        depth = 0
        for number, token in enumerate(run):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and number < len(run) - 1:
                return run
        run = run[1:-1]
    return run


def _hit(edit: Edited, hunk: Hunk, now: Check, cwe: int, owasp: str, why: str, severity: Level) -> Hit:
    inside = hunk.new_start <= now.start < hunk.new_start + len(hunk.new)
    line = beside(edit, hunk, now.start if inside else None)
    return Hit(
        "guards/looser",
        line,
        line,
        severity,
        Level.MEDIUM,
        "A condition asks for less than it did",
        why,
        "Keep the part of the condition that is gone, or say why it is not needed.",
        cwe,
        owasp,
    )


LOOSER = Guard(
    "looser",
    "a condition that lost the part which kept a secret from another host, or refused a dangerous value",
    _look,
    (
        GuardExample(
            "Credentials follow to another port.",
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
            "It asks for more.",
            "lib/sessions.py",
            "def strip(headers, old, new):\n    if old.host != new.host and old.port != new.port:\n"
            "        del headers['Authorization']\n",
            "def strip(headers, old, new):\n    if old.host != new.host:\n        del headers['Authorization']\n",
            (),
        ),
    ),
)
