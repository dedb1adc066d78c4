"""Detect removed checks that rejected something dangerous."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.checks import CodeCheck, find_checks
from bot.agents.security_review.guards.code import identifiers, tokens
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import REJECTION, Threat, find_threat
from bot.domain.findings import Hit, Level
from bot.languages.heuristics import definition_name

MAX_REPLACEMENT_LINES = 6
"""If more lines replace a check, the code was rewritten and may contain the check in another form."""
MAX_FUNCTION_LINES = 12
"""Lines that are searched in a function that a check calls."""

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


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    for hunk in diff.hunks:
        if sum(bool(line.strip()) for line in hunk.new) <= MAX_REPLACEMENT_LINES:
            yield from _hits(diff, hunk)


def _hits(diff: SourceDiff, hunk: CodeHunk) -> Iterator[Hit]:
    stop = hunk.old_start + len(hunk.old)
    searched_to = hunk.old_start
    for check in find_checks(diff.before, hunk.old_start, stop):
        if check.start < searched_to or check.stop > stop + _trailing_bracket(diff, check, stop):
            continue
        searched_to = check.stop
        threat = _find_threat(diff, check)
        if threat and diff.is_removed(diff.before[check.start : check.body]) and _is_still_needed(diff, hunk, check):
            yield _make_hit(diff, hunk, check, threat)


def _trailing_bracket(diff: SourceDiff, check: CodeCheck, stop: int) -> int:
    """Return 1 if the diff attributes the closing bracket of the check to the next block, else 0."""
    return 1 if check.stop == stop + 1 and diff.before[stop].strip() in ("}", "end") else 0


def _find_threat(diff: SourceDiff, check: CodeCheck) -> Threat | None:
    if not REJECTION.search(check.action):
        return None
    return find_threat("\n".join(check.lines)) or _threat_of_request(check) or _threat_of_callee(diff, check)


def _threat_of_callee(diff: SourceDiff, check: CodeCheck) -> Threat | None:
    """Return the threat handled by a function that the check calls and that is removed with it."""
    called = set(_CALLED.findall("\n".join(check.lines[: max(1, check.body - check.start)])))
    for hunk in diff.hunks:
        for number, line in enumerate(hunk.old):
            if definition_name(line) in called and not diff.defines(definition_name(line)):
                return find_threat("\n".join(hunk.old[number : number + MAX_FUNCTION_LINES]))
    return None


_REQUEST = re.compile(
    r"\breq(?:uest)?\.(?:body|query|params|headers|cookies|GET|POST|args|form|json)\b|\$_(?:GET|POST|REQUEST|COOKIE)\b"
)


def _threat_of_request(check: CodeCheck) -> Threat | None:
    """Return a threat if the check validates request data and answers with an error."""
    rejects = re.search(r"\b4\d\d\b|BadRequest|throw|raise|abort", check.action)
    return (
        find_threat("suspicious")
        if rejects and _REQUEST.search("\n".join(check.lines[: check.body - check.start]))
        else None
    )


def _is_still_needed(diff: SourceDiff, hunk: CodeHunk, check: CodeCheck) -> bool:
    """Return whether the checked value is still used after the removed check, without a new check."""
    if not diff.scope_remains(check.start):
        return False
    known = set(_CALLED.findall("\n".join(diff.before[max(0, check.start - 60) : check.stop + 60])))
    called = set(_CALLED.findall("\n".join(hunk.new))) - known - _COMMON
    if called or any(
        _DECIDES.search(line) for line in hunk.new if "".join(line.split()) not in _without_whitespace(hunk.old)
    ):
        return False
    subjects = {n for n in identifiers(check.condition) if (not _OPTIONAL.match(n) and n[0] != "$") or n[1:]}
    below = diff.after[max(0, hunk.new_start - 8) : hunk.new_start + 40]
    used = set(identifiers(tokens(below)))
    return bool({s for s in subjects if not _OPTIONAL.match(s)} & used)


def _without_whitespace(lines: tuple[str, ...]) -> str:
    return "".join("".join(line.split()) for line in lines)


def _make_hit(diff: SourceDiff, hunk: CodeHunk, check: CodeCheck, threat: Threat) -> Hit:
    line = locate_hit(diff, hunk)
    end = _first_use(diff, hunk, check)
    return Hit(
        "guards/refusal",
        line,
        max(line, end),
        threat.severity,
        Level.MEDIUM,
        "A security check was removed",
        threat.why,
        threat.advice,
        threat.cwe,
        threat.owasp,
    )


def _first_use(diff: SourceDiff, hunk: CodeHunk, check: CodeCheck) -> int:
    """Return the first of the next lines, from 1, that uses the checked value; 0 if none does."""
    subjects = {n for n in identifiers(check.condition) if not _OPTIONAL.match(n)}
    for number in range(hunk.new_start, min(hunk.new_start + 3, len(diff.after))):
        if subjects & set(identifiers(tokens([diff.after[number]]))):
            return number + 1
    return 0


REFUSAL = Guard(
    "refusal",
    _detect,
    (
        GuardExample(
            "A path can point outside its folder.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n    return open(ROOT + name)\n",
            "def read(name):\n    return open(ROOT + name)\n",
            (2,),
        ),
        GuardExample(
            "Untrusted keys can modify the prototype.",
            "lib/merge.js",
            "function put(o, key, value) {\n  if (key === '__proto__') return;\n  o[key] = value;\n}\n",
            "function put(o, key, value) {\n  o[key] = value;\n}\n",
            (2,),
        ),
        GuardExample(
            "The size of a body is no longer limited.",
            "server/body.go",
            "func read(r *Body) error {\n\tif r.size > maxSize {\n\t\treturn errTooLarge\n\t}\n\treturn r.fill()\n}\n",
            "func read(r *Body) error {\n\treturn r.fill()\n}\n",
            (2,),
        ),
        GuardExample(
            "A permission is no longer checked.",
            "app/posts.rb",
            "def destroy\n  return head(:forbidden) unless user.is_admin\n  user.posts.clear\nend\n",
            "def destroy\n  user.posts.clear\nend\n",
            (2,),
        ),
        GuardExample(
            "The check moved.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n"
            "    return open(ROOT + name)\n\n\ndef join(name):\n    return name\n",
            "def read(name):\n    return open(ROOT + join(name))\n\n\ndef join(name):\n    if '..' in name:\n"
            "        raise ValueError(name)\n    return name\n",
            (),
        ),
        GuardExample(
            "The function is removed, too.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n"
            "    return open(ROOT + name)\n\n\nSIZE = 1\n",
            "SIZE = 1\n",
            (),
        ),
        GuardExample(
            "A call replaces the check.",
            "lib/files.py",
            "def read(name):\n    if '..' in name:\n        raise ValueError(name)\n    return open(ROOT + name)\n",
            "def read(name):\n    reject_traversal(name)\n    return open(ROOT + name)\n",
            (),
        ),
    ),
)
