"""Detect protective settings that are removed or disabled: timeouts, limits, cookie flags, TLS verification."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.agents.security_review.guards.code import Token, matching_tokens, subwords, tokens
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import CRYPTO, DESIGN, INTEGRITY, MISCONFIGURATION
from bot.domain.findings import Hit, Level


@dataclass(frozen=True, slots=True)
class _Setting:
    name: re.Pattern[str]
    off: re.Pattern[str]
    cwe: int
    owasp: str
    severity: Level
    why: str
    advice: str


_UNSET = r"^(?:None|null|nil|undefined|False|false|0|-1|Infinity|inf|''|\"\")$"


def _setting(
    name: str, off: str, cwe: int, owasp: str, severity: Level, why: str, advice: str = "Set it again."
) -> _Setting:
    return _Setting(re.compile(name), re.compile(off), cwe, owasp, severity, why, advice)


_SETTINGS = (
    _setting(
        r"^(?:http_only|httponly)$|^cookie_http_?only$",
        _UNSET,
        1004,
        MISCONFIGURATION,
        Level.MEDIUM,
        "Scripts on the page can read the cookie.",
    ),
    _setting(
        r"^(?:same_site|samesite)$|_same_?site$",
        r"(?i)none|^(?:false|null|nil)$",
        1275,
        MISCONFIGURATION,
        Level.MEDIUM,
        "The cookie is sent with requests that other sites trigger.",
    ),
    _setting(
        r"^secure$|^cookie_secure$|^session_cookie_secure$|^csrf_cookie_secure$",
        _UNSET,
        614,
        MISCONFIGURATION,
        Level.MEDIUM,
        "The cookie is sent over unencrypted connections.",
    ),
    _setting(
        r"^(?:verify_mode|cert_reqs|verify_peer|verify_ssl|ssl_verify\w*|tls_verify|check_hostname|assert_hostname"
        r"|verify_hostname|reject_unauthorized|verify_certs?|strict_ssl|verify_host)$",
        r"(?i)none$|^(?:false|0|null|nil)$",
        295,
        CRYPTO,
        Level.HIGH,
        "The other side's identity is no longer verified, so an attacker on the network can impersonate it.",
    ),
    _setting(
        r"^(?:timeout|read_timeout|connect_timeout|write_timeout|read_header_timeout|idle_timeout|open_timeout)$",
        _UNSET,
        400,
        DESIGN,
        Level.LOW,
        "If the other side does not answer, this waits forever.",
    ),
    _setting(
        r"^max_(?:\w+_)?(?:size|length|len|depth|parts|fields|files|memory|bytes|headers?|body|redirects"
        r"|nesting|payload)$"
        r"|^(?:body_limit|size_limit|depth_limit|parameter_limit|file_size_limit|limit_request_\w+|rate_limit"
        r"|max_content_length)$"
        r"|^max_(?:form|content|request|message|upload)_\w+$",
        _UNSET,
        770,
        DESIGN,
        Level.MEDIUM,
        "Untrusted input can use up memory or time.",
    ),
    _setting(
        r"^(?:autoescape|auto_escape|escape_html|html_escape)$",
        _UNSET,
        79,
        DESIGN,
        Level.HIGH,
        "Untrusted markup reaches the page unescaped.",
    ),
    _setting(
        r"^(?:weights_only|resolve_entities|forbid_dtd|forbid_entities|no_network|safe_mode|allow_pickle"
        r"|disallow_doctype_decl)$",
        r"^(?:False|false|0)$",
        502,
        INTEGRITY,
        Level.HIGH,
        "Untrusted input can run code or read other files.",
    ),
)
_ASSIGNMENT_SIGNS = ("=", ":", "=>", ":=")
_MIN_COMMON_SHARE = 0.6
"""Share of the tokens of a hunk that must remain; below it, the code counts as rewritten."""


def _find_setting(name: str) -> _Setting | None:
    joined = "_".join(subwords(name.strip("\"'`")))
    return next((s for s in _SETTINGS if s.name.search(joined)), None) if joined else None


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    reported: set[str] = set()
    for hunk in diff.hunks:
        old, new = tokens(hunk.old), tokens(hunk.new)
        was, now = _assignments(old), _assignments(new)
        lost = {n: p for n, p in was.items() if n not in now or _is_off(n, now[n][1])}
        for name, (at, value) in lost.items():
            setting = _find_setting(name)
            if setting is None or _is_off(name, value) or name in reported or not _is_weaker(diff, name, setting):
                continue
            if name not in now and any(name in _assignments(tokens(h.new)) for h in diff.hunks):
                continue  # set elsewhere now
            if _is_isolated(diff, hunk, old, new) and diff.scope_remains(hunk.old_start + old[at].line):
                reported.add(name)
                place = new[now[name][0]].line + hunk.new_start if name in now else None
                yield _make_hit(locate_hit(diff, hunk, place), name, setting, name in now)


def _assignments(run: Sequence[Token]) -> dict[str, tuple[int, str]]:
    """Return the token index and value of each assigned setting, by name."""
    found = {}
    for at in range(len(run) - 2):
        if run[at + 1].text in _ASSIGNMENT_SIGNS and _find_setting(run[at].text) is not None:
            found["_".join(subwords(run[at].text))] = (at, _value(run, at + 2))
    return found


def _value(run: Sequence[Token], start: int) -> str:
    out = ""
    for token in run[start : start + 6]:
        if token.text in ",;)}":
            break
        out += token.text
    return out


def _is_off(name: str, value: str) -> bool:
    setting = _find_setting(name)
    return setting is not None and bool(setting.off.search(value))


def _is_weaker(diff: SourceDiff, name: str, setting: _Setting) -> bool:
    pattern = re.compile("[_-]?".join(subwords(name)), re.I)
    if diff.has_fewer(pattern):
        return True
    old = Counter(line for hunk in diff.hunks for line in hunk.old if pattern.search(line))
    new = Counter(line for hunk in diff.hunks for line in hunk.new if pattern.search(line))
    return sum(old.values()) == sum(new.values()) == 1 and any(
        setting.off.search(_value(r, a + 2)) for r, a in _occurrences(new, name)
    )


def _occurrences(lines: Counter[str], name: str) -> Iterator[tuple[Sequence[Token], int]]:
    for line in lines:
        run = tokens([line])
        yield from ((run, at) for at in range(len(run) - 2) if "_".join(subwords(run[at].text)) == name)


def _is_isolated(diff: SourceDiff, hunk: CodeHunk, old: Sequence[Token], new: Sequence[Token]) -> bool:
    """Return whether the hunk removes or changes a setting and does little else."""
    if not new:
        return len([x for x in hunk.old if x.strip()]) <= 3
    matches = matching_tokens(old, new)
    return (
        len(old) - len(matches) <= 10 and len(new) - len(matches) <= 6 and len(matches) >= _MIN_COMMON_SHARE * len(new)
    )


def _make_hit(line: int, name: str, setting: _Setting, is_disabled: bool) -> Hit:
    title = f"`{name}` is switched off" if is_disabled else f"`{name}` is no longer set"
    level = Level.HIGH if is_disabled else Level.MEDIUM
    return Hit(
        "guards/setting",
        line,
        line,
        setting.severity,
        level,
        title,
        setting.why,
        setting.advice,
        setting.cwe,
        setting.owasp,
    )


SETTING = Guard(
    "setting",
    _detect,
    (
        GuardExample(
            "A cookie loses a flag.",
            "app/session.py",
            'def save(response, value):\n    response.set_cookie("s", value, httponly=True, path="/")\n',
            'def save(response, value):\n    response.set_cookie("s", value, path="/")\n',
            (2,),
        ),
        GuardExample(
            "A limit is removed.",
            "lib/server.js",
            "const server = create({\n  maxBodySize: 1048576,\n  port: 80,\n});\n",
            "const server = create({\n  maxBodySize: Infinity,\n  port: 80,\n});\n",
            (2,),
        ),
        GuardExample(
            "The flag has another value.",
            "app/session.py",
            'def save(response, value):\n    response.set_cookie("s", value, samesite="Lax")\n',
            'def save(response, value):\n    response.set_cookie("s", value, samesite="Strict")\n',
            (),
        ),
        GuardExample(
            "The flag becomes a parameter.",
            "app/session.py",
            'def save(response, value):\n    response.set_cookie("s", value, httponly=True)\n',
            'def save(response, value, httponly=True):\n    response.set_cookie("s", value, httponly=httponly)\n',
            (),
        ),
    ),
)
