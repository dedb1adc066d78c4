"""Detect removed access checks: decorators, annotations, filters and calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.access_names import ACCESS_WORDING, is_access_check, missing_check_hit
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.domain.findings import Hit

_DECORATOR = re.compile(r"^\s*(?:@|#\[|\[)\s*(?:[\w$]+[.:])*(?P<name>[\w$]+)")
_FILTER = re.compile(
    r"^\s*(?:(?:prepend_)?before_action|before_filter)\s+:(?P<ruby>\w+[!?]?)"
    r"|^\s*(?P<whole>protect_from_forgery|load_and_authorize_resource|permission_classes\s*="
    r"|authentication_classes\s*=)"
    r"|^\s*(?:\$this->|self\.|this\.|[\w$]+\.)?middleware\(\s*\[?['\"](?P<laravel>auth|can|csrf|verified"
    r"|throttle|signed)\b"
    r"|^\s*(?:await\s+)?(?:self\.|this\.|\$this->|[\w$]+\.)*(?P<called>[\w$]+)[!?]?(?:\s*\(.*\)|\s+@?\w+)\s*;?\s*$"
)


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    if diff.has_fewer(ACCESS_WORDING):
        for hunk in diff.hunks:
            yield from _detect_in_hunk(diff, hunk)


def _detect_in_hunk(diff: SourceDiff, hunk: CodeHunk) -> Iterator[Hit]:
    """Yield hits for checks on a line of their own: decorators, annotations, filters and calls."""
    if any(ACCESS_WORDING.search(line) for line in hunk.new):
        return
    for number, line in enumerate(hunk.old, hunk.old_start):
        name = _access_check(line)
        if name and diff.is_removed([line]) and _target_remains(diff, hunk, number):
            yield missing_check_hit("guards/access", locate_hit(diff, hunk), name)


def _access_check(line: str) -> str | None:
    decorator = _DECORATOR.match(line)
    if decorator:
        return decorator["name"] if is_access_check(decorator["name"]) else None
    found = _FILTER.match(line)
    if found is None:
        return None
    if found["whole"] or found["laravel"]:
        return found["whole"] or found["laravel"]
    name = found["ruby"] or found["called"]
    return (
        name if name and is_access_check(name) and not line.lstrip().startswith(("return", "def ", "func ")) else None
    )


def _target_remains(diff: SourceDiff, hunk: CodeHunk, at: int) -> bool:
    """Return whether the protected code remains: the definition below a decorator, the function around a call."""
    if not diff.scope_remains(at):
        return False
    if not _DECORATOR.match(diff.before[at]):
        return any(line.strip() for line in diff.after)
    below = next((x for x in diff.before[at + 1 : at + 12] if x.strip() and not _DECORATOR.match(x)), "")
    return _definition_name(below) is not None and _definition_name(below) in {_definition_name(x) for x in diff.after}


def _definition_name(line: str) -> str | None:
    found = re.search(
        r"\b(?:def|class|function|func|fn|void|public|async|static|const|export)\b[^(={:]*?([\w$]+)\s*[({:=]",
        line[:400],
    )
    return found[1] if found else None


ACCESS_CHECK = Guard(
    "access",
    _detect,
    (
        GuardExample(
            "A view no longer requires a login.",
            "app/views.py",
            "@login_required\ndef page(request):\n    return show(request)\n",
            "def page(request):\n    return show(request)\n",
            (1,),
        ),
        GuardExample(
            "A filter is removed.",
            "app/posts_controller.rb",
            "class PostsController < Base\n  before_action :authenticate_user!\n\n  def show\n  end\nend\n",
            "class PostsController < Base\n\n  def show\n  end\nend\n",
            (2,),
        ),
        GuardExample(
            "Another permission is required instead.",
            "app/views.py",
            "@login_required\ndef page(request):\n    return show(request)\n",
            "@permission_required('page')\ndef page(request):\n    return show(request)\n",
            (),
        ),
        GuardExample(
            "The view is removed, too.",
            "app/views.py",
            "@login_required\ndef page(request):\n    return show(request)\n\n\ndef rest():\n    return 1\n",
            "def rest():\n    return 1\n",
            (),
        ),
    ),
)
