"""Who may: a decorator, an annotation, a filter or a call that asked, and is asked no longer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.asking import WORDING, asks, loss
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
from bot.domain.findings import Hit

_MARK = re.compile(r"^\s*(?:@|#\[|\[)\s*(?:[\w$]+[.:])*(?P<name>[\w$]+)")
_FILTER = re.compile(
    r"^\s*(?:(?:prepend_)?before_action|before_filter)\s+:(?P<ruby>\w+[!?]?)"
    r"|^\s*(?P<whole>protect_from_forgery|load_and_authorize_resource|permission_classes\s*="
    r"|authentication_classes\s*=)"
    r"|^\s*(?:\$this->|self\.|this\.|[\w$]+\.)?middleware\(\s*\[?['\"](?P<laravel>auth|can|csrf|verified"
    r"|throttle|signed)\b"
    r"|^\s*(?:await\s+)?(?:self\.|this\.|\$this->|[\w$]+\.)*(?P<called>[\w$]+)[!?]?(?:\s*\(.*\)|\s+@?\w+)\s*;?\s*$"
)


def _look(edit: Edited) -> Iterator[Hit]:
    if edit.is_less(WORDING):
        for hunk in edit.hunks:
            yield from _marks(edit, hunk)


def _marks(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    """Decorators, annotations, filters and calls that stand on a line of their own."""
    if any(WORDING.search(line) for line in hunk.new):
        return
    for number, line in enumerate(hunk.old, hunk.old_start):
        name = _asked_on(line)
        if name and edit.is_gone([line]) and _goes_on(edit, hunk, number):
            yield loss("guards/access", beside(edit, hunk), name)


def _asked_on(line: str) -> str | None:
    mark = _MARK.match(line)
    if mark:
        return mark["name"] if asks(mark["name"]) else None
    found = _FILTER.match(line)
    if found is None:
        return None
    if found["whole"] or found["laravel"]:
        return found["whole"] or found["laravel"]
    name = found["ruby"] or found["called"]
    return name if name and asks(name) and not line.lstrip().startswith(("return", "def ", "func ")) else None


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


ACCESS_ASKED = Guard(
    "access",
    "a decorator, annotation, filter or call that asked for a login, a right or a token",
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
            "A filter is gone.",
            "app/posts_controller.rb",
            "class PostsController < Base\n  before_action :authenticate_user!\n\n  def show\n  end\nend\n",
            "class PostsController < Base\n\n  def show\n  end\nend\n",
            (2,),
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
