"""The settings: their defaults, and their valid values.

A field's description documents it. Its `ExpectedValue` describes the valid values in error messages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from bot.repoconfig.fields import (
    DEFAULT_BRANCH,
    BranchGlobs,
    ClassGlobs,
    Confidence,
    Globs,
    Labels,
    Reviewers,
    Role,
    RuleNames,
    Rules,
    Severity,
    Switch,
    Threshold,
)
from bot.text.file_classes import FileClass, Overrides
from bot.text.globs import name_glob, path_glob


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Feature(_Settings):
    """A feature that can be turned off."""

    enabled: Switch = True


class FileScope(_Settings):
    """A set of files: those in `include`, except those in `exclude`."""

    include: Globs = Field(("**",), description="Only these files.")
    exclude: Globs = Field((), description="Not these files, even if `include` matches them.")

    def matches(self, path: str) -> bool:
        """Return whether a path, relative to the repository's root, is one of these files."""
        return _matches_any(self.include, path) and not _matches_any(self.exclude, path)


class CodeScope(FileScope):
    """The code whose changes are analysed."""

    include: Globs = Field(("**",), description="Only changes to these files count.")
    exclude: Globs = Field((), description="Changes to these files do not count, even if `include` matches them.")


class PullRequestSettings(_Feature):
    """The documentation pull request after a push to a watched branch."""

    enabled: Switch = Field(True, description="Whether a push to a watched branch can open a pull request.")
    draft: Switch = Field(False, description="Whether the pull request is opened as a draft.")
    labels: Labels = Field((), description="Labels for the pull request.")
    reviewers: Reviewers = Field(
        "codeowners",
        description="Who is asked to review it: `codeowners` of the edited files, or else the author of the change; "
        "`author`; `none`; or a list of logins and teams.",
    )

    def choose_reviewers(self, owners: Sequence[str], author: str | None) -> tuple[str, ...]:
        """Return the reviewers to request, as logins and `organization/team`.

        Args:
            owners: the code owners of the edited files.
            author: the author of the change. A bot is not requested.
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
        False, description="Whether the check fails if it suggests edits. Otherwise it is neutral."
    )


class DocsSettings(FileScope, _Feature):
    """Documentation edits."""

    enabled: Switch = Field(True, description="Whether MAS checks documentation.")
    include: Globs = Field(("**",), description="Only these documents. It does not make other files documents.")
    exclude: Globs = Field((), description="Not these documents, even if `include` matches them.")
    code: CodeScope = CodeScope()
    rules: Rules = Field(
        {}, description="Rules to turn off or on. Rules that are not listed keep their default; most are on."
    )
    edit_confidence: Confidence = Field(
        0.7,
        description="Edits with less confidence are only listed for review. Values below 0.7 have no effect.",
    )
    notice_confidence: Confidence = Field(0.0, description="Places to review with less confidence are not shown.")
    pull_request: PullRequestSettings = PullRequestSettings()
    check: CheckSettings = CheckSettings()
    skip_labels: Labels = Field(
        ("skip-docs",), description="Pull requests with one of these labels (in upper or lower case) are not checked."
    )

    def is_rule_enabled(self, rule: str, default: bool = True) -> bool:
        """Return whether a rule is on. The settings override its default."""
        return self.rules.get(rule, default)

    def has_skip_label(self, labels: Iterable[str]) -> bool:
        """Return whether a label skips the documentation check. Like GitHub, it ignores the case of labels."""
        return not {label.casefold() for label in self.skip_labels}.isdisjoint(label.casefold() for label in labels)


class SecuritySettings(FileScope, _Feature):
    """The security review of pull requests."""

    enabled: Switch = Field(
        True, description="Whether pull requests get the check `mas / security` and review comments."
    )
    include: Globs = Field(("**",), description="Only findings in these files.")
    exclude: Globs = Field((), description="No findings in these files, even if `include` matches them.")
    without: RuleNames = Field(
        (), description="Scanner rules to turn off, by name (`B101`), or all rules of a scanner (`bandit`)."
    )
    fail_severity: Threshold = Field(
        "never", description="The lowest severity that fails the check. Below it, findings make the check neutral."
    )
    remark_severity: Severity = Field(
        "medium", description="The lowest severity that gets a review comment. The check lists all findings."
    )
    ignore_role: Role = Field("maintain", description="The lowest role that can use `/mas security ignore`.")
    code_scanning: Switch = Field(
        False,
        description="Whether findings are uploaded to code scanning, too. The App then needs `security_events: write`.",
    )


class IndexSettings(FileScope, _Feature):
    """The search index of docs and code."""

    enabled: Switch = Field(
        True, description="Whether docs and code are indexed, for `/mas ask` and the operator's API."
    )
    include: Globs = Field(("**",), description="Only these files are indexed.")
    exclude: Globs = Field((), description="These files are not indexed, even if `include` matches them.")


class FileSettings(_Settings):
    """Overrides of file classes. If several globs match a file, the longest one decides."""

    document: ClassGlobs = Field((), description="Documents that MAS keeps up to date.")
    version: ClassGlobs = Field(
        (), description="Documentation of other versions. MAS never edits or reports these files."
    )
    translation: ClassGlobs = Field((), description="Translations. MAS never edits or reports these files.")
    record: ClassGlobs = Field(
        (), description="Changelogs, decisions, posts and other records. MAS never edits or reports these files."
    )
    generated: ClassGlobs = Field((), description="Generated files. MAS never edits or reports them.")
    vendored: ClassGlobs = Field((), description="Files copied from other projects. MAS does not read them.")
    build_output: ClassGlobs = Field((), description="Build output. MAS does not read it.")
    test: ClassGlobs = Field((), description="Tests, test data and benchmarks.")
    example: ClassGlobs = Field((), description="Code that shows how to use the program.")
    program: ClassGlobs = Field((), description="The code of the program.")
    tooling: ClassGlobs = Field((), description="Code that builds, checks or releases the program.")

    @property
    def overrides(self) -> Overrides:
        """Return the globs with their classes."""
        classes = (FileClass(name) for name in type(self).model_fields)
        return Overrides(tuple((glob, each) for each in classes for glob in getattr(self, each.value)))


class CommandSettings(_Feature):
    """Slash-commands in comments."""

    enabled: Switch = Field(True, description="Whether MAS replies to `/mas` commands.")


class RepoConfig(_Settings):
    """The settings of a repository, from `.github/mas.yml`."""

    branches: BranchGlobs = Field(
        (DEFAULT_BRANCH,),
        description="The branches to watch, as globs. `~DEFAULT_BRANCH` is the default branch.",
    )
    files: FileSettings = FileSettings()
    docs: DocsSettings = DocsSettings()
    security: SecuritySettings = SecuritySettings()
    index: IndexSettings = IndexSettings()
    commands: CommandSettings = CommandSettings()

    def watches(self, branch: str, default_branch: str) -> bool:
        """Return whether a branch is watched."""
        return any(
            branch == default_branch if glob == DEFAULT_BRANCH else name_glob(glob).fullmatch(branch)
            for glob in self.branches
        )


def iter_settings(model: type[BaseModel] = RepoConfig) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Yield each setting with the keys that lead to it, in the order of definition."""
    for name, info in model.model_fields.items():
        inner = section_model(info)
        if inner is None:
            yield (name,), info
        else:
            yield from (((name, *names), setting) for names, setting in iter_settings(inner))


def section_model(info: FieldInfo) -> type[BaseModel] | None:
    """Return the model of a field that is a group of settings, or None if it is a setting."""
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _matches_any(globs: Collection[str], path: str) -> bool:
    return any(path_glob(glob).fullmatch(path) for glob in globs)
