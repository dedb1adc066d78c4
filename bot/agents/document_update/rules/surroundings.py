"""What the code that changed tells of a name that went: what it was passed to, whose it was, what stood beside it.

It tells only what no line of the program at head still says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.spelling import Spelled
from bot.languages.tokens import Spot, Standing

ASSIGNED = ("=", ":")
_CONSTRUCTORS = frozenset(["__init__", "constructor", "initialize", "new", "New", "__new__"])
_BINDERS = ("const", "let", "var", "mut")
_JOINTS = (".", ":", "-", "/")
"""The tokens that a name behind may follow."""


class Surroundings:
    """The places where one old name gave way to its successor.

    Args:
        name: the old one.
        spots: those places.
        standing: the lines of the program at head that still hold it.
        is_deprecated: whether they do so only for those who still use it.
    """

    def __init__(self, name: str, spots: Sequence[Spot], standing: Sequence[Standing], *, is_deprecated: bool) -> None:
        self._name = name
        self._spots = spots
        self._standing = [line for line in standing if not line.told]
        self._is_deprecated = is_deprecated

    @cached_property
    def is_local(self) -> bool:
        """Whether it is a variable of a function's own: assigned there, and nowhere defined, passed or behind a dot."""
        program = [spot for spot in self._spots if not spot.test]
        assigned = [
            s
            for s in program
            if (s.left in _BINDERS or (not s.left and s.right == "=")) and s.owners and not s.owners[0][:1].isupper()
        ]
        return bool(assigned) and all(
            s.role == "name" and not s.before and not (s.callee and s.right in ASSIGNED) for s in program
        )

    @cached_property
    def is_parameter(self) -> bool:
        """Whether it was declared as a parameter, and as nothing else."""
        roles = {s.role for s in self._spots}
        return "parameter" in roles and "definition" not in roles

    @cached_property
    def is_assigned(self) -> bool:
        """Whether it was given to something as its value."""
        return any(s.left == "=" for s in self._spots)

    @cached_property
    def takers(self) -> frozenset[str]:
        """What took it as a parameter, and does so no more."""
        takers = {t for s in self._spots if s.role == "parameter" or s.right in ASSIGNED for t in _takers(s)}
        if self._is_deprecated:
            return frozenset(takers)
        lines = self._standing
        return frozenset(takers - {t for s in lines for t in (s.callee, *s.owners[:2] * (s.callee in _CONSTRUCTORS))})

    @cached_property
    def owners(self) -> frozenset[str]:
        """The classes and functions that lost it."""
        owners = {s.owners[0] for s in self._spots if s.role == "definition" and s.owners}
        owners |= {t for s in self._spots if s.role == "parameter" for t in _takers(s)}
        keeping = {s.owners[0] for s in self._standing if s.defines and s.owners} | {s.callee for s in self._standing}
        return frozenset(owners - keeping)

    def were_beside(self, spelled: Spelled) -> bool:
        """Whether it stood between the same neighbours in the code that changed."""
        if not spelled.left and not spelled.right:
            return False
        return any(
            _place(s) == _place(spelled)
            or (spelled.behind and s.behind == spelled.behind)
            or (not spelled.before and not s.before and _has_both_sides(spelled, s))
            for s in self._spots
        )

    def are_beside(self, spelled: Spelled | Spot) -> bool:
        """Whether the program at head still has it between the same neighbours."""
        left, right = _place(spelled)
        pattern = re.compile(
            (re.escape(left) + r"\s*" if left else r"^\s*")
            + rf"(?<![\w$]){re.escape(self._name)}(?![\w$])"
            + (r"\s*" + re.escape(right) + r"(?![\w$-])" * (right[:1] == "/") if right else r"\s*$")
        )
        return any(pattern.search(s.line.replace("'", '"')) for s in self._standing)

    def may_show(self, page: Page) -> bool:
        """Whether a page may show the place that changed: it holds a taker or an owner, or neighbours are gone."""
        return self._is_left_somewhere or any(page.holds(name) for name in self.takers | self.owners)

    @cached_property
    def _is_left_somewhere(self) -> bool:
        """Whether it may have had neighbours that it has no more: if not, what stands beside it tells nothing."""
        return any(s.before or s.behind or s.right in _JOINTS or not self.are_beside(s) for s in self._spots)


def _takers(spot: Spot) -> set[str]:
    """What a parameter is passed to: the function, and the class whose constructor it is."""
    if spot.callee in _CONSTRUCTORS and len(spot.owners) > 1:
        return {spot.owners[1]}
    return {spot.callee} if spot.callee else set()


def _place(spelled: Spelled | Spot) -> tuple[str, str]:
    """The neighbours: a qualifying name where there is one, else the token."""
    return spelled.before or spelled.left, spelled.behind or spelled.right


def _has_both_sides(spelled: Spelled, spot: Spot) -> bool:
    """Whether the tokens beside are the same; behind a slash stands a part of the name itself: `@scope/package`."""
    if (spelled.behind[:1] == "/" or spot.behind[:1] == "/") and spelled.behind != spot.behind:
        return False
    return (spot.left, spot.right) == (spelled.left, spelled.right)
