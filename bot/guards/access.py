"""Who may: a decorator, an annotation, a filter or a middleware that asked, and is asked no longer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.findings import Hit, Level
from bot.guards.code import Token, closing, kept, split, tokens, words
from bot.guards.dangers import ACCESS
from bot.guards.guard import Edited, Guard, GuardExample, Hunk, beside

_ASKS = re.compile(
    r"^(?:login|permission|permissions|auth|admin|staff|superuser|user|role|roles|scope|scopes|token|jwt"
    r"|session|sudo|mfa|two_factor"
    r"|csrf|owner|access)(?:_\w+)*_required$"
    r"|^(?:requires?|ensure|check|verify|validate|assert|enforce|protect|must|needs?|only|has|is|deny"
    r"|authenticate|authori[sz]e"
    r"|user_passes)_(?:\w+_)?(?:auth|authenticated|authori[sz]ed|authentication|authori[sz]ation|login"
    r"|logged_in|admin|permissions?"
    r"|perms?|roles?|scopes?|access|csrf|owner|ownership|csrf_token|authenticity_token|user|test|all|superuser"
    r"|staff|accounting"
    r"|anonymous|signature|api_key|token|jwt)$"
    r"|^(?:authenticate|authori[sz]e|pre_authori[sz]e|post_authori[sz]e|roles_allowed|secured|csrf_protect"
    r"|deny_all|permission_classes"
    r"|authentication_classes|protect_from_forgery|load_and_authorize_resource|use_guards|authori[sz]e_resource"
    r"|is_granted"
    r"|requires_auth|validate_anti_forgery_token|check_permissions?|check_object_permissions|authenticate_user"
    r"|rate_?limit"
    r"|throttle_classes|csrf|require_authorization)$"
)
_WORDING = re.compile(
    r"\b\w*(?:[aA]uthenticat|[aA]uthori[sz]|[lL]ogin_?[rR]equired|[pP]ermission|[rR]oles_?[aA]llowed|[cC]srf"
    r"|CSRF|[dD]eny_?[aA]ll|[aA]dmin"
    r"|[sS]ecured|_required|forgery|[lL]ogged_?[iI]n|[uU]se_?[gG]uards|passes_test|[cC]heck_?[pP]erm|[rR]ate_?[lL]imit"
    r"|[tT]hrottle|[sS]uperuser|[sS]taff|[rR]equire\w*[aA]uth|[vV]erify\w*[tT]oken|[vV]erify\w*[sS]ignature)\w*"
)
_MARK = re.compile(r"^\s*(?:@|#\[|\[)\s*(?:[\w$]+[.:])*(?P<name>[\w$]+)")
_FILTER = re.compile(
    r"^\s*(?:(?:prepend_)?before_action|before_filter)\s+:(?P<ruby>\w+[!?]?)"
    r"|^\s*(?P<whole>protect_from_forgery|load_and_authorize_resource|permission_classes\s*="
    r"|authentication_classes\s*=)"
    r"|^\s*(?:\$this->|self\.|this\.|[\w$]+\.)?middleware\(\s*\[?['\"](?P<laravel>auth|can|csrf|verified"
    r"|throttle|signed)\b"
    r"|^\s*(?:await\s+)?(?:self\.|this\.|\$this->|[\w$]+\.)*(?P<called>[\w$]+)[!?]?(?:\s*\(.*\)|\s+@?\w+)\s*;?\s*$"
)
_ROUTE = frozenset(
    [
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "use",
        "all",
        "route",
        "Get",
        "Post",
        "Put",
        "Patch",
        "Delete",
        "Use",
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "Handle",
        "HandleFunc",
        "Group",
        "add_route",
    ]
)


def _asks(name: str) -> bool:
    return bool(_ASKS.match("_".join(words(name))))


_DENIES = re.compile(r"\b(?:deny_?all|denyAll|forbid_?all|permit_?none)\b", re.I)


def _look(edit: Edited) -> Iterator[Hit]:
    fewer = edit.is_less(_WORDING)
    if fewer or edit.is_less(_DENIES):
        for hunk in edit.hunks:
            yield from _marks(edit, hunk) if fewer else ()
            yield from _handlers(edit, hunk)
            yield from _routes(edit, hunk)


def _marks(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    """Decorators, annotations, filters and calls that stand on a line of their own."""
    if any(_WORDING.search(line) for line in hunk.new):
        return
    for number, line in enumerate(hunk.old, hunk.old_start):
        name = _asked_on(line)
        if name and edit.is_gone([line]) and _goes_on(edit, hunk, number):
            yield _hit(beside(edit, hunk), name)


def _asked_on(line: str) -> str | None:
    mark = _MARK.match(line)
    if mark:
        return mark["name"] if _asks(mark["name"]) else None
    found = _FILTER.match(line)
    if found is None:
        return None
    if found["whole"] or found["laravel"]:
        return found["whole"] or found["laravel"]
    name = found["ruby"] or found["called"]
    return name if name and _asks(name) and not line.lstrip().startswith(("return", "def ", "func ")) else None


def _goes_on(edit: Edited, hunk: Hunk, at: int) -> bool:
    """Whether what was asked for is still there: the definition beneath a decorator, the function around a call."""
    if not edit.stands(at):
        return False
    if not _MARK.match(edit.before[at]):
        return any(line.strip() for line in edit.after)
    beneath = next((x for x in edit.before[at + 1 : at + 12] if x.strip() and not _MARK.match(x)), "")
    return _defined(beneath) is not None and _defined(beneath) in {_defined(x) for x in edit.after}


def _defined(line: str) -> str | None:
    found = re.search(
        r"\b(?:def|class|function|func|fn|void|public|async|static|const|export)\b[^(={:]*?([\w$]+)\s*[({:=]",
        line[:400],
    )
    return found[1] if found else None


def _handlers(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    """A handler that stood before others in a route: `app.get('/x', isAdmin(), show)`."""
    if not any(_WORDING.search(line) for line in hunk.old):
        return
    old, new = tokens(hunk.old), tokens(hunk.new)
    there = kept(old, new)
    for at, token in enumerate(old[:-1]):
        if token.text in _ROUTE and old[at + 1].text == "(" and at in there and at + 1 in there:
            lost = _lost(old, new, at + 1, there[at + 1])
            if lost is not None:
                yield _hit(beside(edit, hunk, hunk.new_start + new[there[at]].line), lost)


_WHOLE = re.compile(
    r"^\s*[\w$.]*\.(?:use|all|get|post|put|patch|delete)\(\s*[\"'`][^\"'`]*[\"'`]\s*,\s*(?:[\w$]+\.)*(?P<name>[\w$]+)"
    r"(?:\([^()]*\))?\s*\)\s*;?\s*$"
)


def _routes(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    """A route that had nothing but a handler that asks, and is gone: `app.use('/x', isAuthorized())`."""
    for number, line in enumerate(hunk.old):
        found = _WHOLE.match(line)
        if found is None or not _asks(found["name"]) or not edit.is_gone([line]):
            continue
        first = line.split(",")[0]
        if edit.is_less(re.compile(rf"\b{re.escape(found['name'])}\b")) and not any(first in new for new in hunk.new):
            place = hunk.new_start + min(number, len(hunk.new) - 1) if hunk.new else None
            yield _hit(beside(edit, hunk, place), found["name"])


def _lost(old: list[Token], new: list[Token], a: int, b: int) -> str | None:
    end, stop = closing(old, a), closing(new, b)
    if end is None or stop is None:
        return None
    was = [[t.text for t in p] for p in split(old[a + 1 : end], ",")]
    now = [[t.text for t in p] for p in split(new[b + 1 : stop], ",")]
    if not was or not now or was[0] != now[0] or len(was) < 2:
        return None
    gone = [p for p in was[1:] if p not in now]
    come = [p for p in now[1:] if p not in was]
    asked = [name for p in gone if (name := _called(p)) and _asks(name)]
    if not asked or any(_strict(_called(p)) >= _strict(asked[0]) for p in come if p):
        return None
    return asked[0]


def _called(part: list[str]) -> str | None:
    return next((t for t, after in zip(part, [*part[1:], "("], strict=True) if t[0].isalpha() and after == "("), None)


def _strict(name: str | None) -> int:
    """How much a handler asks for: everything is denied, something is asked, nothing."""
    if name is None or not _asks(name):
        return 0
    return 2 if "deny" in words(name) else 1


def _hit(line: int, name: str) -> Hit:
    forgery = re.search("csrf|forgery|authenticity", name, re.I)
    return Hit(
        "guards/access",
        line,
        line,
        Level.HIGH,
        Level.MEDIUM,
        f"`{name.strip(' =')}` no longer stands before it",
        "A foreign page can act in the name of who is logged in."
        if forgery
        else "It can be reached by those who were kept out of it.",
        "Ask for the right again, here or where the call comes from.",
        352 if forgery else 862,
        ACCESS,
    )


ACCESS_ASKED = Guard(
    "access",
    "a decorator, annotation, filter or handler that asked for a login, a right or a token",
    _look,
    (
        GuardExample(
            "A view needs no login.",
            "app/views.py",
            "@login_required\ndef page(request):\n    return show(request)\n",
            "def page(request):\n    return show(request)\n",
            (1,),
        ),
        GuardExample(
            "A route needs no administrator.",
            "server.ts",
            "app.get('/metrics', security.isAdmin(), metrics.serve())\n",
            "app.get('/metrics', metrics.serve())\n",
            (1,),
        ),
        GuardExample(
            "A filter is gone.",
            "app/posts_controller.rb",
            "class PostsController < Base\n  before_action :authenticate_user!\n\n  def show\n  end\nend\n",
            "class PostsController < Base\n\n  def show\n  end\nend\n",
            (2,),
        ),
        GuardExample(
            "What nobody could do, any user may.",
            "server.ts",
            "app.post('/products', security.denyAll())\n",
            "app.post('/products', security.isAuthorized())\n",
            (1,),
        ),
        GuardExample(
            "Another right is asked for.",
            "app/views.py",
            "@login_required\ndef page(request):\n    return show(request)\n",
            "@permission_required('page')\ndef page(request):\n    return show(request)\n",
            (),
        ),
        GuardExample(
            "The view goes too.",
            "app/views.py",
            "@login_required\ndef page(request):\n    return show(request)\n\n\ndef rest():\n    return 1\n",
            "def rest():\n    return 1\n",
            (),
        ),
    ),
)
