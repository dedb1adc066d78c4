"""A setting that protects and was dropped or undone: a time-out, a limit, a flag of a cookie, TLS verified."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.agents.security_review.guards.code import Token, kept, tokens, words
from bot.agents.security_review.guards.dangers import CRYPTO, DESIGN, INTEGRITY, MISCONFIGURATION
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
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


_NOTHING = r"^(?:None|null|nil|undefined|False|false|0|-1|Infinity|inf|''|\"\")$"


def _setting(
    name: str, off: str, cwe: int, owasp: str, severity: Level, why: str, advice: str = "Set it again."
) -> _Setting:
    return _Setting(re.compile(name), re.compile(off), cwe, owasp, severity, why, advice)


_SETTINGS = (
    _setting(
        r"^(?:http_only|httponly)$|^cookie_http_?only$",
        _NOTHING,
        1004,
        MISCONFIGURATION,
        Level.MEDIUM,
        "Scripts of the page can read the cookie.",
    ),
    _setting(
        r"^(?:same_site|samesite)$|_same_?site$",
        r"(?i)none|^(?:false|null|nil)$",
        1275,
        MISCONFIGURATION,
        Level.MEDIUM,
        "The cookie is sent along with requests that other sites cause.",
    ),
    _setting(
        r"^secure$|^cookie_secure$|^session_cookie_secure$|^csrf_cookie_secure$",
        _NOTHING,
        614,
        MISCONFIGURATION,
        Level.MEDIUM,
        "The cookie is sent over connections that are not encrypted.",
    ),
    _setting(
        r"^(?:verify_mode|cert_reqs|verify_peer|verify_ssl|ssl_verify\w*|tls_verify|check_hostname|assert_hostname"
        r"|verify_hostname|reject_unauthorized|verify_certs?|strict_ssl|verify_host)$",
        r"(?i)none$|^(?:false|0|null|nil)$",
        295,
        CRYPTO,
        Level.HIGH,
        "The other side of a connection is no longer asked who it is.",
    ),
    _setting(
        r"^(?:timeout|read_timeout|connect_timeout|write_timeout|read_header_timeout|idle_timeout|open_timeout)$",
        _NOTHING,
        400,
        DESIGN,
        Level.LOW,
        "Another side that does not answer holds this one for ever.",
    ),
    _setting(
        r"^max_(?:\w+_)?(?:size|length|len|depth|parts|fields|files|memory|bytes|headers?|body|redirects"
        r"|nesting|payload)$"
        r"|^(?:body_limit|size_limit|depth_limit|parameter_limit|file_size_limit|limit_request_\w+|rate_limit"
        r"|max_content_length)$"
        r"|^max_(?:form|content|request|message|upload)_\w+$",
        _NOTHING,
        770,
        DESIGN,
        Level.MEDIUM,
        "Input from outside can take as much memory or time as it likes.",
    ),
    _setting(
        r"^(?:autoescape|auto_escape|escape_html|html_escape)$",
        _NOTHING,
        79,
        DESIGN,
        Level.HIGH,
        "Markup from outside reaches the page as it is.",
    ),
    _setting(
        r"^(?:weights_only|resolve_entities|forbid_dtd|forbid_entities|no_network|safe_mode|allow_pickle"
        r"|disallow_doctype_decl)$",
        r"^(?:False|false|0)$",
        502,
        INTEGRITY,
        Level.HIGH,
        "What is read can run code or read other files.",
    ),
)
_SIGNS = ("=", ":", "=>", ":=")
_KEPT = 0.6
"""The part of a hunk's other tokens that stays: where less does, the code was written anew."""


def _of(name: str) -> _Setting | None:
    joined = "_".join(words(name.strip("\"'`")))
    return next((s for s in _SETTINGS if s.name.search(joined)), None) if joined else None


def _look(edit: Edited) -> Iterator[Hit]:
    told: set[str] = set()
    for hunk in edit.hunks:
        old, new = tokens(hunk.old), tokens(hunk.new)
        was, now = _given(old), _given(new)
        lost = {n: p for n, p in was.items() if n not in now or _is_off(n, now[n][1])}
        for name, (at, value) in lost.items():
            setting = _of(name)
            if setting is None or _is_off(name, value) or name in told or not _is_less(edit, name, setting):
                continue
            if name not in now and any(name in _given(tokens(h.new)) for h in edit.hunks):
                continue  # it is set somewhere else now
            if _only_it_goes(edit, hunk, old, new) and edit.stands(hunk.old_start + old[at].line):
                told.add(name)
                place = new[now[name][0]].line + hunk.new_start if name in now else None
                yield _hit(beside(edit, hunk, place), name, setting, name in now)


def _given(run: Sequence[Token]) -> dict[str, tuple[int, str]]:
    """Settings by name: where they stand, and the value that is given."""
    found = {}
    for at in range(len(run) - 2):
        if run[at + 1].text in _SIGNS and _of(run[at].text) is not None:
            found["_".join(words(run[at].text))] = (at, _value(run, at + 2))
    return found


def _value(run: Sequence[Token], start: int) -> str:
    out = ""
    for token in run[start : start + 6]:
        if token.text in ",;)}":
            break
        out += token.text
    return out


def _is_off(name: str, value: str) -> bool:
    setting = _of(name)
    return setting is not None and bool(setting.off.search(value))


def _is_less(edit: Edited, name: str, setting: _Setting) -> bool:
    pattern = re.compile("[_-]?".join(words(name)), re.I)
    if edit.is_less(pattern):
        return True
    old = Counter(line for hunk in edit.hunks for line in hunk.old if pattern.search(line))
    new = Counter(line for hunk in edit.hunks for line in hunk.new if pattern.search(line))
    return sum(old.values()) == sum(new.values()) == 1 and any(
        setting.off.search(_value(r, a + 2)) for r, a in _at(new, name)
    )


def _at(lines: Counter[str], name: str) -> Iterator[tuple[Sequence[Token], int]]:
    for line in lines:
        run = tokens([line])
        yield from ((run, at) for at in range(len(run) - 2) if "_".join(words(run[at].text)) == name)


def _only_it_goes(edit: Edited, hunk: Hunk, old: Sequence[Token], new: Sequence[Token]) -> bool:
    """Whether the hunk drops or turns a setting and does little else."""
    if not new:
        return len([x for x in hunk.old if x.strip()]) <= 3
    there = kept(old, new)
    return len(old) - len(there) <= 10 and len(new) - len(there) <= 6 and len(there) >= _KEPT * len(new)


def _hit(line: int, name: str, setting: _Setting, undone: bool) -> Hit:
    title = f"`{name}` is switched off" if undone else f"`{name}` is no longer set"
    level = Level.HIGH if undone else Level.MEDIUM
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
    "a time-out, a limit, a flag of a cookie or the verification of TLS that was dropped or switched off",
    _look,
    (
        GuardExample(
            "A cookie loses a flag.",
            "app/session.py",
            'def save(response, value):\n    response.set_cookie("s", value, httponly=True, path="/")\n',
            'def save(response, value):\n    response.set_cookie("s", value, path="/")\n',
            (2,),
        ),
        GuardExample(
            "A limit is lifted.",
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
            "It is given in another way.",
            "app/session.py",
            'def save(response, value):\n    response.set_cookie("s", value, httponly=True)\n',
            'def save(response, value, httponly=True):\n    response.set_cookie("s", value, httponly=httponly)\n',
            (),
        ),
    ),
)
