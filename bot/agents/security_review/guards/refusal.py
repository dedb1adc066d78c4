"""A check that refused something dangerous, and now is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.checks import Check, checks
from bot.agents.security_review.guards.code import names, tokens
from bot.agents.security_review.guards.dangers import REFUSES, Danger, danger
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
from bot.domain.findings import Hit, Level
from bot.languages.heuristics import definition

LONGEST_REPLACEMENT = 6
"""Lines; where more come, the code was written anew and a check may stand in it in another form."""
LONGEST_FUNCTION = 12
"""Lines that are read of a function that a check called."""

_CALLED = re.compile(r"([A-Za-z_$][\w$]*[!?]?)\s*\(")
_COMMON = frozenset(
    [
        "str",
        "len",
        "int",
        "isinstance",
        "cast",
        "getattr",
        "hasattr",
        "String",
        "Number",
        "Boolean",
        "parseInt",
        "if",
        "for",
        "while",
        "return",
        "join",
    ]
)
_DECIDES = re.compile(
    r"\b(?:if|elif|elsif|unless|raise|throw|assert|abort|guard|rescue|except|catch|match|switch|case)\b|\?|&&|\|\|",
    re.I,
)
_OPTIONAL = re.compile(
    r"^(?:self|this|not|and|or|is|in|None|null|nil|true|false|True|False|undefined|typeof|err|error|e|len)$"
)


def _look(edit: Edited) -> Iterator[Hit]:
    for hunk in edit.hunks:
        if sum(bool(line.strip()) for line in hunk.new) <= LONGEST_REPLACEMENT:
            yield from _hits(edit, hunk)


def _hits(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    stop = hunk.old_start + len(hunk.old)
    past = hunk.old_start
    for check in checks(edit.before, hunk.old_start, stop):
        if check.start < past or check.stop > stop + _shared_end(edit, check, stop):
            continue
        past = check.stop
        peril = _peril(edit, check)
        if peril and edit.is_gone(edit.before[check.start : check.body]) and _is_felt(edit, hunk, check):
            yield _hit(edit, hunk, check, peril)


def _shared_end(edit: Edited, check: Check, stop: int) -> int:
    """A closing bracket that a differ took from the next block."""
    return 1 if check.stop == stop + 1 and edit.before[stop].strip() in ("}", "end") else 0


def _peril(edit: Edited, check: Check) -> Danger | None:
    if not REFUSES.search(check.does):
        return None
    return danger("\n".join(check.lines)) or _of_a_request(check) or _of_what_it_calls(edit, check)


def _of_what_it_calls(edit: Edited, check: Check) -> Danger | None:
    """The danger that a function speaks of which the check calls, where it goes with the check."""
    called = set(_CALLED.findall("\n".join(check.lines[: max(1, check.body - check.start)])))
    for hunk in edit.hunks:
        for number, line in enumerate(hunk.old):
            if definition(line) in called and not edit.defines(definition(line)):
                return danger("\n".join(hunk.old[number : number + LONGEST_FUNCTION]))
    return None


_REQUEST = re.compile(
    r"\breq(?:uest)?\.(?:body|query|params|headers|cookies|GET|POST|args|form|json)\b|\$_(?:GET|POST|REQUEST|COOKIE)\b"
)


def _of_a_request(check: Check) -> Danger | None:
    """What a request brings, checked and answered with an error: any such check counts."""
    refused = re.search(r"\b4\d\d\b|BadRequest|throw|raise|abort", check.does)
    return (
        danger("suspicious")
        if refused and _REQUEST.search("\n".join(check.lines[: check.body - check.start]))
        else None
    )


def _is_felt(edit: Edited, hunk: Hunk, check: Check) -> bool:
    """Whether what was checked is still used where the check stood, and nothing new decides over it."""
    if not edit.stands(check.start):
        return False
    known = set(_CALLED.findall("\n".join(edit.before[max(0, check.start - 60) : check.stop + 60])))
    called = set(_CALLED.findall("\n".join(hunk.new))) - known - _COMMON
    if called or any(_DECIDES.search(line) for line in hunk.new if "".join(line.split()) not in _bare(hunk.old)):
        return False
    subjects = {n for n in names(check.condition) if (not _OPTIONAL.match(n) and n[0] != "$") or n[1:]}
    below = edit.after[max(0, hunk.new_start - 8) : hunk.new_start + 40]
    used = set(names(tokens(below)))
    return bool({s for s in subjects if not _OPTIONAL.match(s)} & used)


def _bare(lines: tuple[str, ...]) -> str:
    return "".join("".join(line.split()) for line in lines)


def _hit(edit: Edited, hunk: Hunk, check: Check, peril: Danger) -> Hit:
    line = beside(edit, hunk)
    end = _first_use(edit, hunk, check)
    return Hit(
        "guards/refusal",
        line,
        max(line, end),
        peril.severity,
        Level.MEDIUM,
        "A check that refused is gone",
        peril.why,
        peril.advice,
        peril.cwe,
        peril.owasp,
    )


def _first_use(edit: Edited, hunk: Hunk, check: Check) -> int:
    """The line, from 1, among the next ones that uses what was checked; 0 where none does."""
    subjects = {n for n in names(check.condition) if not _OPTIONAL.match(n)}
    for number in range(hunk.new_start, min(hunk.new_start + 3, len(edit.after))):
        if subjects & set(names(tokens([edit.after[number]]))):
            return number + 1
    return 0


REFUSAL = Guard(
    "refusal",
    "a check that refused a path, a size, a host, a right, a signature, a key or a character",
    _look,
    (
        GuardExample(
            "A path may leave its folder.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n    return open(ROOT + name)\n",
            "def read(name):\n    return open(ROOT + name)\n",
            (2,),
        ),
        GuardExample(
            "Keys from outside may name the prototype.",
            "lib/merge.js",
            "function put(o, key, value) {\n  if (key === '__proto__') return;\n  o[key] = value;\n}\n",
            "function put(o, key, value) {\n  o[key] = value;\n}\n",
            (2,),
        ),
        GuardExample(
            "The size of a body is no longer bounded.",
            "server/body.go",
            "func read(r *Body) error {\n\tif r.size > maxSize {\n\t\treturn errTooLarge\n\t}\n\treturn r.fill()\n}\n",
            "func read(r *Body) error {\n\treturn r.fill()\n}\n",
            (2,),
        ),
        GuardExample(
            "A right is no longer asked for.",
            "app/posts.rb",
            "def destroy\n  return head(:forbidden) unless user.is_admin\n  user.posts.clear\nend\n",
            "def destroy\n  user.posts.clear\nend\n",
            (2,),
        ),
        GuardExample(
            "It moved.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n"
            "    return open(ROOT + name)\n\n\ndef join(name):\n    return name\n",
            "def read(name):\n    return open(ROOT + join(name))\n\n\ndef join(name):\n    if '..' in name:\n"
            "        raise ValueError(name)\n    return name\n",
            (),
        ),
        GuardExample(
            "The function goes with it.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n"
            "    return open(ROOT + name)\n\n\nSIZE = 1\n",
            "SIZE = 1\n",
            (),
        ),
        GuardExample(
            "A call checks in its place.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n    return open(ROOT + name)\n",
            "def read(name):\n    reject_traversal(name)\n    return open(ROOT + name)\n",
            (),
        ),
    ),
)
