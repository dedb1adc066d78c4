"""The changed code around a replaced name: what it was passed to, which class had it, and its neighbours.

Evidence that a line of the program at head still shows does not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from bot.agents.document_update.rules.occurrences import Occurrence
from bot.agents.document_update.rules.page import Page
from bot.languages.tokens import NameContext, RemainingUse

ASSIGNMENT_SIGNS = ("=", ":")
_CONSTRUCTORS = frozenset(["__init__", "constructor", "initialize", "new", "New", "__new__"])
_BINDERS = ("const", "let", "var", "mut")
_SEPARATORS = (".", ":", "-", "/")
"""Tokens that may come before a following name."""


class Surroundings:
    """The places where the change replaced one old name.

    Args:
        name: the old name.
        contexts: those places.
        remaining_uses: the lines of the program at head that still contain the old name.
        is_deprecated: whether the old name remains only as deprecated.
    """

    def __init__(
        self, name: str, contexts: Sequence[NameContext], remaining_uses: Sequence[RemainingUse], *, is_deprecated: bool
    ) -> None:
        self._name = name
        self._contexts = contexts
        self._remaining_uses = [line for line in remaining_uses if not line.is_deprecated]
        self._is_deprecated = is_deprecated

    @cached_property
    def is_local(self) -> bool:
        """Whether the name is a local variable: assigned in a function, and not defined, passed or after a dot."""
        program = [context for context in self._contexts if not context.in_test]
        assigned = [
            s
            for s in program
            if (s.left in _BINDERS or (not s.left and s.right == "=")) and s.owners and not s.owners[0][:1].isupper()
        ]
        return bool(assigned) and all(
            s.role == "name" and not s.qualifier and not (s.callee and s.right in ASSIGNMENT_SIGNS) for s in program
        )

    @cached_property
    def is_parameter(self) -> bool:
        """Whether the name was declared only as a parameter."""
        roles = {s.role for s in self._contexts}
        return "parameter" in roles and "definition" not in roles

    @cached_property
    def is_assigned(self) -> bool:
        """Whether the name was assigned to something."""
        return any(s.left == "=" for s in self._contexts)

    @cached_property
    def callees(self) -> frozenset[str]:
        """The functions and classes that no longer take the name as a parameter."""
        takers = {
            t for s in self._contexts if s.role == "parameter" or s.right in ASSIGNMENT_SIGNS for t in _callees(s)
        }
        if self._is_deprecated:
            return frozenset(takers)
        lines = self._remaining_uses
        return frozenset(takers - {t for s in lines for t in (s.callee, *s.owners[:2] * (s.callee in _CONSTRUCTORS))})

    @cached_property
    def owners(self) -> frozenset[str]:
        """The classes and functions that no longer have the name."""
        owners = {s.owners[0] for s in self._contexts if s.role == "definition" and s.owners}
        owners |= {t for s in self._contexts if s.role == "parameter" for t in _callees(s)}
        keeping = {s.owners[0] for s in self._remaining_uses if s.defines and s.owners} | {
            s.callee for s in self._remaining_uses
        }
        return frozenset(owners - keeping)

    def matches_changed_code(self, occurrence: Occurrence) -> bool:
        """Return whether the changed code had the name between the same neighbours."""
        if not occurrence.left and not occurrence.right:
            return False
        return any(
            _neighbours(s) == _neighbours(occurrence)
            or (occurrence.member and s.member == occurrence.member)
            or (not occurrence.qualifier and not s.qualifier and _has_both_sides(occurrence, s))
            for s in self._contexts
        )

    def matches_remaining_code(self, occurrence: Occurrence | NameContext) -> bool:
        """Return whether the program at head still has the name between the same neighbours."""
        left, right = _neighbours(occurrence)
        pattern = re.compile(
            (re.escape(left) + r"\s*" if left else r"^\s*")
            + rf"(?<![\w$]){re.escape(self._name)}(?![\w$])"
            + (r"\s*" + re.escape(right) + r"(?![\w$-])" * (right[:1] == "/") if right else r"\s*$")
        )
        return any(pattern.search(s.line.replace("'", '"')) for s in self._remaining_uses)

    def may_show(self, page: Page) -> bool:
        """Return whether a page may show the changed code: it contains a callee or owner, or neighbours are gone."""
        return self._has_lost_neighbours or any(page.holds(name) for name in self.callees | self.owners)

    @cached_property
    def _has_lost_neighbours(self) -> bool:
        """Whether the name lost some of its neighbours; if not, neighbours on a page prove nothing."""
        return any(
            s.qualifier or s.member or s.right in _SEPARATORS or not self.matches_remaining_code(s)
            for s in self._contexts
        )


def _callees(context: NameContext) -> set[str]:
    """Return what a parameter is passed to: the function, or the class if the function is a constructor."""
    if context.callee in _CONSTRUCTORS and len(context.owners) > 1:
        return {context.owners[1]}
    return {context.callee} if context.callee else set()


def _neighbours(occurrence: Occurrence | NameContext) -> tuple[str, str]:
    """Return the name or token on each side; a qualifying name takes precedence over a token."""
    return occurrence.qualifier or occurrence.left, occurrence.member or occurrence.right


def _has_both_sides(occurrence: Occurrence, context: NameContext) -> bool:
    """Return whether both neighbouring tokens are the same.

    In `@scope/package`, the part after the slash must be the same, too.
    """
    if (occurrence.member[:1] == "/" or context.member[:1] == "/") and occurrence.member != context.member:
        return False
    return (context.left, context.right) == (occurrence.left, occurrence.right)
