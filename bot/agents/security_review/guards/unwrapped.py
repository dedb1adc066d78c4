"""Detect values that are no longer escaped, quoted or sanitised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.security_review.guards.code import (
    Token,
    canonical_text,
    closing_bracket,
    identifiers,
    matching_tokens,
    partition_tokens,
    subwords,
    tokens,
)
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.domain.findings import Hit, Level

_MARKUP, _SHELL, _PATH, _LOG, _OTHER = range(5)
_CATEGORIES: tuple[tuple[re.Pattern[str], int, str, int, str, Level], ...] = (
    (
        re.compile(r"redact|mask_|_mask|obfuscate|anonymi[sz]e|censor|sanitize_url|sanitise_url|strip_credentials"),
        532,
        "A secret in the value can appear in logs or output.",
        9,
        "Remove the secret before writing the value.",
        Level.MEDIUM,
    ),
    (
        re.compile(r"^basename$|secure_filename|safe_join|safe_path|resolve_path|sanitize_(?:file|path)|clean_path"),
        22,
        "A path from user input can point outside its folder.",
        1,
        "Check that the path is inside its folder before opening it.",
        Level.HIGH,
    ),
    (
        re.compile(r"shell|shlex|escapeshell|quote_arg|escape_arg|quote_cmd"),
        78,
        "A value from user input can run as a shell command.",
        3,
        "Quote the value, or run the program without a shell.",
        Level.HIGH,
    ),
    (
        re.compile(r"sql|real_escape|quote_ident|quote_literal|quote_name|escape_string|escape_like|escape_literal"),
        89,
        "A value from user input can change the query.",
        3,
        "Bind the value as a parameter, or quote it again.",
        Level.HIGH,
    ),
    (
        re.compile(r"escape|htmlspecialchars|htmlentities|saniti[sz]e|purify|bleach|strip_tags|scrub|xss|html_encode"),
        79,
        "Untrusted markup reaches the page unescaped.",
        3,
        "Escape the value on output.",
        Level.MEDIUM,
    ),
    (
        re.compile(r"^(?:url)?quote(?:_plus)?$|encode_uri|url_?encode|^e$|quote_url"),
        116,
        "Special characters in the value keep their meaning in the output.",
        3,
        "Encode the value on output.",
        Level.MEDIUM,
    ),
)
_OWASP = {
    1: "A01:2021 Broken Access Control",
    3: "A03:2021 Injection",
    9: "A09:2021 Security Logging and Monitoring Failures",
}
_SANITIZER_CALL = re.compile(
    r"\b\w*(?:escape|quote|saniti[sz]e|redact|secure_?filename|safe_?join|safe_?path|resolve_?path|purify"
    r"|bleach|scrub|strip_?tags"
    r"|htmlspecialchars|htmlentities|encodeURI|basename|clean|encode|obfuscate|mask)\w*\s*\(",
    re.I,
)
_NEGATING_PREFIX = re.compile(r"^(?:un|de|is|has|needs?|should|no|non|raw)$")
_PLAIN_CALLS = frozenset(
    [
        "str",
        "String",
        "string",
        "text",
        "toString",
        "path",
        "join",
        "os",
        "fmt",
        "Sprintf",
        "format",
        "repr",
        "to_s",
        "strval",
        "filepath",
        "Join",
    ]
)


def _category(name: str) -> int | None:
    parts = subwords(name)
    if not parts or _NEGATING_PREFIX.match(parts[0]) or "unescape" in parts or "unquote" in parts or "regex" in parts:
        return None
    joined = "_".join(parts)
    return next((n for n, (pattern, *_) in enumerate(_CATEGORIES) if pattern.search(joined)), None)


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    if diff.has_fewer(_SANITIZER_CALL):
        for hunk in diff.hunks:
            if any(_SANITIZER_CALL.search(line) for line in hunk.old):
                yield from _hits(diff, hunk)


def _hits(diff: SourceDiff, hunk: CodeHunk) -> Iterator[Hit]:
    old, new = tokens(hunk.old), tokens(hunk.new)
    matches = matching_tokens(old, new)
    for at, token in enumerate(old[:-1]):
        if (
            at in matches
            or old[at + 1].text != "("
            or (at and old[at - 1].text in ("def", "function", "func", "fn", "re"))
        ):
            continue
        category = _category(token.text)
        if category is None or (
            token.text == "escape" and at > 1 and old[at - 2].text in ("re", "Regexp", "regexp", "glob")
        ):
            continue
        value = _argument(old, at + 1)
        place = _find_plain(old, new, matches, at, value) if value else None
        if place is not None and diff.scope_remains(hunk.old_start + token.line):
            yield _make_hit(locate_hit(diff, hunk, hunk.new_start + place.line), token.text, _display(value), category)


def _argument(run: Sequence[Token], opening: int) -> list[Token]:
    """Return the argument with the value: the last one with a name, since folders and formats come first."""
    end = closing_bracket(run, opening)
    if end is None:
        return []
    parts = partition_tokens(run[opening + 1 : end], ",")
    return next((p for p in (parts[:1] if len(parts) == 1 else parts[::-1]) if any(identifiers(p))), [])


def _find_plain(
    old: Sequence[Token], new: Sequence[Token], matches: dict[int, int], at: int, value: Sequence[Token]
) -> Token | None:
    """Return the value in the new lines if it is complete, in the same place and not inside another call."""
    first = next(n for n in range(at, len(old)) if old[n] is value[0])
    spots = [matches.get(first + n) for n in range(len(value))]
    start = spots[0]
    if start is None or spots != list(range(start, start + len(value))):
        return None
    before = max((b for a, b in matches.items() if a < at and b < start), default=-1)
    if [t.text for t in new[start + len(value) :][:3]] == [")", ".", "name"]:
        return None
    kept = set(matches.values())
    between = set(identifiers([t for n, t in enumerate(new[:start]) if n > before and n not in kept]))
    return new[start] if between <= _PLAIN_CALLS else None


def _display(value: Sequence[Token]) -> str:
    return re.sub(r"\s*([^\w\s\"'`])\s*", r"\1", canonical_text(value))


def _make_hit(line: int, name: str, value: str, category: int) -> Hit:
    _, cwe, why, owasp, advice, severity = _CATEGORIES[category]
    shown = value if len(value) <= 40 else "the value"
    return Hit(
        "guards/unwrapped",
        line,
        line,
        severity,
        Level.MEDIUM,
        f"`{shown}` is no longer passed through `{name}`",
        why,
        advice,
        cwe,
        _OWASP[owasp],
    )


UNWRAPPED = Guard(
    "unwrapped",
    _detect,
    (
        GuardExample(
            "A value is inserted into the page unescaped.",
            "app/views.py",
            'def page(user):\n    return {"name": escape(user.name), "age": user.age}\n',
            'def page(user):\n    return {"name": user.name, "age": user.age}\n',
            (2,),
        ),
        GuardExample(
            "Another sanitiser replaces it.",
            "app/views.py",
            'def page(user):\n    return {"name": escape(user.name)}\n',
            'def page(user):\n    return {"name": tidy(user.name)}\n',
            (),
        ),
        GuardExample(
            "The value is escaped one line earlier.",
            "app/views.js",
            "function page(user) {\n  return '<b>' + escapeHtml(user.name) + '</b>';\n}\n",
            "function page(user) {\n  const name = escapeHtml(user.name);\n  return '<b>' + name + '</b>';\n}\n",
            (),
        ),
        GuardExample(
            "A path is joined without a check.",
            "lib/files.py",
            "def send(name):\n    return open(safe_join(ROOT, name))\n",
            "def send(name):\n    return open(os.path.join(ROOT, name))\n",
            (2,),
        ),
    ),
)
