"""The types of settings: validation, limits, and descriptions of the valid values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

DEFAULT_BRANCH = "~DEFAULT_BRANCH"
"""The default branch, whatever its name, as in GitHub's rulesets. It is not a valid branch name."""

_MAX_ITEMS = 100
_MAX_CLASS_GLOBS = 20
_BRACES = re.compile(r"\{[^{}/]*,[^{}/]*\}")


@dataclass(frozen=True, slots=True)
class ExpectedValue:
    """A description of the valid values, and of the valid items where the value is a list."""

    value: str
    item: str = ""


def _validate_text(value: str) -> str:
    if not value.isprintable():
        raise ValueError("contains an unprintable character.")
    return value


def _validate_glob(value: str) -> str:
    if value.startswith("!"):
        raise ValueError("must not begin with '!'. List excluded files under 'exclude'.")
    if _BRACES.search(value):
        raise ValueError("must not use braces. Write one glob for each alternative.")
    return _validate_text(value)


def _validate_branch_glob(value: str) -> str:
    if "~" in value and value != DEFAULT_BRANCH:
        raise ValueError(f"is not a branch name. Only '{DEFAULT_BRANCH}' can contain '~'.")
    return _validate_glob(value)


Glob = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_validate_glob)]
BranchGlob = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_validate_branch_glob)]
Label = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_validate_text)]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(/[A-Za-z0-9_-]{1,100})?$")]

Switch = Annotated[bool, ExpectedValue("true or false")]
Confidence = Annotated[float, Field(ge=0, le=1), ExpectedValue("a number from 0 to 1")]
_GLOBS = ExpectedValue("a list of at most 100 globs", "a glob of 1 to 256 characters")
Globs = Annotated[tuple[Glob, ...], Field(max_length=_MAX_ITEMS), _GLOBS]
ClassGlobs = Annotated[
    tuple[Glob, ...],
    Field(max_length=_MAX_CLASS_GLOBS),
    ExpectedValue("a list of at most 20 globs", "a glob of 1 to 256 characters"),
]
BranchGlobs = Annotated[tuple[BranchGlob, ...], Field(max_length=_MAX_ITEMS), _GLOBS]
Labels = Annotated[
    tuple[Label, ...],
    Field(max_length=_MAX_ITEMS),
    ExpectedValue("a list of at most 100 labels", "a label of 1 to 50 characters"),
]
Rules = Annotated[Mapping[str, Switch], ExpectedValue("names of rules, each with true or false", "true or false")]

RuleName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]
RuleNames = Annotated[
    tuple[RuleName, ...],
    Field(max_length=_MAX_ITEMS),
    ExpectedValue(
        "a list of at most 100 names of rules", "the name of a rule or a scanner, such as 'B101' or 'bandit'"
    ),
]
Severity = Annotated[Literal["low", "medium", "high", "critical"], ExpectedValue("low, medium, high or critical")]
Role = Annotated[
    Literal["read", "triage", "write", "maintain", "admin"],
    ExpectedValue("read, triage, write, maintain or admin"),
]
Threshold = Annotated[
    Literal["never", "low", "medium", "high", "critical"],
    ExpectedValue("never, low, medium, high or critical"),
]


def _reviewers_tag(value: Any) -> str:
    return "word" if isinstance(value, str) else "list"


Reviewers = Annotated[
    Annotated[Literal["codeowners", "author", "none"], Tag("word")]
    | Annotated[tuple[Login, ...], Field(max_length=_MAX_ITEMS), Tag("list")],
    Discriminator(_reviewers_tag),
    ExpectedValue(
        "codeowners, author, none, or a list of at most 100 logins and teams",
        "a login, or a team as 'organization/team', without '@'",
    ),
]
