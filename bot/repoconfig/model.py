"""The settings: what there is, what holds when nothing is said, and what a right value is.

A field's description says what it does; its `ExpectedValue` says what may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.fields import FieldInfo

from bot.text.file_classes import FileClass, Overrides
from bot.text.globs import name_glob, path_glob

DEFAULT_BRANCH = "~DEFAULT_BRANCH"
"""Stands for the default branch, whatever its name, as in GitHub's rulesets. No branch can be called so."""

_MAX_ITEMS = 100
_MOST_OF_A_CLASS = 20
_BRACES = re.compile(r"\{[^{}/]*,[^{}/]*\}")


@dataclass(frozen=True, slots=True)
class ExpectedValue:
    """What a right value is, for whoever wrote a wrong one: it, and an item of it where it is a list."""

    value: str
    item: str = ""


def _validate_text(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that is not printed.")
    return value


def _validate_glob(value: str) -> str:
    if value.startswith("!"):
        raise ValueError("begins with `!`. What is to be left out stands in `exclude`.")
    if _BRACES.search(value):
        raise ValueError("has a choice in braces, which is not known here. Write one glob for each.")
    return _validate_text(value)


def _validate_branch_glob(value: str) -> str:
    if "~" in value and value != DEFAULT_BRANCH:
        raise ValueError(f"is the name of no branch. `{DEFAULT_BRANCH}` is the only word with `~`.")
    return _validate_glob(value)


Glob = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_validate_glob)]
BranchGlob = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_validate_branch_glob)]
Label = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_validate_text)]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(/[A-Za-z0-9_-]{1,100})?$")]

Switch = Annotated[bool, ExpectedValue("`true` or `false`")]
Confidence = Annotated[float, Field(ge=0, le=1), ExpectedValue("a number from 0 to 1")]
_GLOBS = ExpectedValue("a list of at most 100 globs", "a glob of 1 to 256 characters")
Globs = Annotated[tuple[Glob, ...], Field(max_length=_MAX_ITEMS), _GLOBS]
ClassGlobs = Annotated[
    tuple[Glob, ...],
    Field(max_length=_MOST_OF_A_CLASS),
    ExpectedValue("a list of at most 20 globs", "a glob of 1 to 256 characters"),
]
BranchGlobs = Annotated[tuple[BranchGlob, ...], Field(max_length=_MAX_ITEMS), _GLOBS]
Labels = Annotated[
    tuple[Label, ...],
    Field(max_length=_MAX_ITEMS),
    ExpectedValue("a list of at most 100 labels", "a label of 1 to 50 characters"),
]
Rules = Annotated[
    Mapping[str, Switch], ExpectedValue("the names of rules, each with `true` or `false`", "`true` or `false`")
]

RuleName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]
RuleNames = Annotated[
    tuple[RuleName, ...],
    Field(max_length=_MAX_ITEMS),
    ExpectedValue(
        "a list of at most 100 names of rules", "the name of a rule or of a scanner, such as `B101` or `bandit`"
    ),
]
Severity = Annotated[
    Literal["low", "medium", "high", "critical"], ExpectedValue("`low`, `medium`, `high` or `critical`")
]
Role = Annotated[
    Literal["read", "triage", "write", "maintain", "admin"],
    ExpectedValue("`read`, `triage`, `write`, `maintain` or `admin`"),
]
Threshold = Annotated[
    Literal["never", "low", "medium", "high", "critical"],
    ExpectedValue("`never`, `low`, `medium`, `high` or `critical`"),
]


def _reviewers_tag(value: Any) -> str:
    return "word" if isinstance(value, str) else "list"


Reviewers = Annotated[
    Annotated[Literal["codeowners", "author", "none"], Tag("word")]
    | Annotated[tuple[Login, ...], Field(max_length=_MAX_ITEMS), Tag("list")],
    Discriminator(_reviewers_tag),
    ExpectedValue(
        "`codeowners`, `author`, `none`, or a list of at most 100 logins and teams",
        "a login, or a team as `organisation/team`, without `@`",
    ),
]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Feature(_Settings):
    """What can be switched off; each says what that means."""

    enabled: Switch = True


class FileScope(_Settings):
    """Some of the files: those of `include`, less those of `exclude`."""

    include: Globs = Field(("**",), description="Only these files.")
    exclude: Globs = Field((), description="Not these files, though `include` names them.")

    def matches(self, path: str) -> bool:
        """Whether a path, from the repository's root, is one of these files."""
        return _matches_any(self.include, path) and not _matches_any(self.exclude, path)


class CodeScope(FileScope):
    """The files whose changes count."""

    include: Globs = Field(("**",), description="Only changes of these files count.")
    exclude: Globs = Field((), description="Changes of these files do not count, though `include` names them.")


class PullRequestSettings(_Feature):
    """The documentation pull request that follows a push to a watched branch."""

    enabled: Switch = Field(True, description="Whether a push to a watched branch is followed by a pull request.")
    draft: Switch = Field(False, description="Whether it is opened as a draft.")
    labels: Labels = Field((), description="The labels that it gets.")
    reviewers: Reviewers = Field(
        "codeowners",
        description="Who is asked to review it: `codeowners` of the edited files, or else the author of the change; "
        "`author`; `none`; or a list of logins and teams.",
    )

    def choose_reviewers(self, owners: Sequence[str], author: str | None) -> tuple[str, ...]:
        """Whom to ask, as logins and `organisation/team`s.

        Args:
            owners: the code owners of the edited files, see `bot.codeowners`.
            author: who made the change; a bot is not asked.
        """
        authors = (author,) if author and not author.endswith("[bot]") else ()
        match self.reviewers:
            case "codeowners":
                return tuple(owners) or authors
            case "author":
                return authors
            case "none":
                return ()
            case listed:
                return tuple(dict.fromkeys(listed))


class CheckSettings(_Feature):
    """The check `mas / docs` on pull requests."""

    enabled: Switch = Field(True, description="Whether pull requests get the check `mas / docs`.")
    blocking: Switch = Field(
        False, description="Whether the check fails where docs would be stale; without it, it is neutral."
    )


class DocsSettings(FileScope, _Feature):
    """Keeping docs true to the code."""

    enabled: Switch = Field(True, description="Whether docs are looked at at all.")
    include: Globs = Field(("**",), description="Only these documents. It makes no document of what is none.")
    exclude: Globs = Field((), description="Not these documents, though `include` names them.")
    code: CodeScope = CodeScope()
    rules: Rules = Field(
        {}, description="Rules to switch off, or on. A rule that is not named is on, but for those to be asked for."
    )
    edit_confidence: Confidence = Field(
        0.7, description="Edits that are less sure are only noticed. Below 0.7 nothing is ever edited."
    )
    notice_confidence: Confidence = Field(0.0, description="Places that are less sure are not shown.")
    pull_request: PullRequestSettings = PullRequestSettings()
    check: CheckSettings = CheckSettings()
    skip_labels: Labels = Field(
        ("skip-docs",), description="Pull requests with one of these labels, in any case, are left alone."
    )

    def is_rule_enabled(self, rule: str, default: bool = True) -> bool:
        """Whether a rule is on, by its name; `default` where nothing is said of it."""
        return self.rules.get(rule, default)

    def has_skip_label(self, labels: Iterable[str]) -> bool:
        """Whether one of a pull request's labels says to leave it alone; GitHub knows no case of labels either."""
        return not {label.casefold() for label in self.skip_labels}.isdisjoint(label.casefold() for label in labels)


class SecuritySettings(FileScope, _Feature):
    """The security review of pull requests."""

    enabled: Switch = Field(
        True, description="Whether pull requests are reviewed: the check `mas / security`, and remarks on lines."
    )
    include: Globs = Field(("**",), description="Only findings in these files.")
    exclude: Globs = Field((), description="No findings in these files, though `include` names them.")
    without: RuleNames = Field(
        (), description="Rules of scanners that are off, by their names (`B101`), or all of a scanner's (`bandit`)."
    )
    fail_severity: Threshold = Field(
        "never", description="From which severity on a finding fails the check; without it, it is neutral."
    )
    remark_severity: Severity = Field(
        "medium", description="From which severity on a finding gets a remark beside its line; the check has them all."
    )
    ignore_role: Role = Field("maintain", description="Who may say `/mas security ignore`: this role, and above it.")
    code_scanning: Switch = Field(
        False, description="Whether findings go to code scanning, too; the App needs `security_events: write` for it."
    )


class IndexSettings(FileScope, _Feature):
    """The search index of docs and code."""

    enabled: Switch = Field(
        True, description="Whether docs and code are indexed, for `/mas ask` and for the operator's API."
    )
    include: Globs = Field(("**",), description="Only passages of these files are found.")
    exclude: Globs = Field((), description="No passages of these files are found, though `include` names them.")


class FileSettings(_Settings):
    """What files are, where MAS takes them for something else. Of several globs that match, the longest decides."""

    document: ClassGlobs = Field((), description="Documents that are kept true to the program.")
    version: ClassGlobs = Field((), description="Documentation of other versions; never edited or pointed at.")
    translation: ClassGlobs = Field((), description="Translations; never edited or pointed at.")
    record: ClassGlobs = Field(
        (), description="Change logs, decisions, posts and other records; never edited or pointed at."
    )
    generated: ClassGlobs = Field((), description="What a program writes; never edited or pointed at.")
    vendored: ClassGlobs = Field((), description="What was copied from elsewhere; not read.")
    build_output: ClassGlobs = Field((), description="What a build writes; not read.")
    test: ClassGlobs = Field((), description="Tests, their data and benchmarks.")
    example: ClassGlobs = Field((), description="Code that shows how the program is used.")
    program: ClassGlobs = Field((), description="The program: what documents describe.")
    tooling: ClassGlobs = Field((), description="Code that builds, checks or releases the program.")

    @property
    def overrides(self) -> Overrides:
        """The globs with their classes."""
        classes = (FileClass(name) for name in type(self).model_fields)
        return Overrides(tuple((glob, each) for each in classes for glob in getattr(self, each.value)))


class CommandSettings(_Feature):
    """Slash-commands in comments."""

    enabled: Switch = Field(True, description="Whether comments with `/mas` are answered.")


class RepoConfig(_Settings):
    """What a repository asks of MAS, in `.github/mas.yml`."""

    branches: BranchGlobs = Field(
        (DEFAULT_BRANCH,),
        description="The branches whose docs are kept, as globs of names. `~DEFAULT_BRANCH` is the default one.",
    )
    files: FileSettings = FileSettings()
    docs: DocsSettings = DocsSettings()
    security: SecuritySettings = SecuritySettings()
    index: IndexSettings = IndexSettings()
    commands: CommandSettings = CommandSettings()

    def watches(self, branch: str, default_branch: str) -> bool:
        """Whether the docs of a branch are kept."""
        return any(
            branch == default_branch if glob == DEFAULT_BRANCH else name_glob(glob).fullmatch(branch)
            for glob in self.branches
        )


def iter_settings(model: type[BaseModel] = RepoConfig) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Each setting by the names that lead to it, in the order in which they are written here."""
    for name, info in model.model_fields.items():
        inner = section_model(info)
        if inner is None:
            yield (name,), info
        else:
            yield from (((name, *names), found) for names, found in iter_settings(inner))


def section_model(info: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that holds settings itself; None where it is one."""
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _matches_any(globs: Collection[str], path: str) -> bool:
    return any(path_glob(glob).fullmatch(path) for glob in globs)
