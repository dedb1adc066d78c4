"""The `.github/mas.yml` of a local repository, for the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.agents.document_update.rules import OPTIONAL
from bot.agents.security_review.review import Suppressions
from bot.domain import Draft
from bot.git import GitRepo
from bot.text.file_classes import NO_OVERRIDES, Overrides

if TYPE_CHECKING:
    from bot.repoconfig import RepoConfig

CONFIG_PATH = ".github/mas.yml"


@dataclass(frozen=True, slots=True)
class DraftOptions:
    """Settings for a draft: disabled rules, the filter for its edits and notices, and overrides of file classes."""

    disabled_rules: frozenset[str] = OPTIONAL
    filter_draft: Callable[[Draft], Draft] = lambda draft: draft
    files: Overrides = NO_OVERRIDES


def draft_options(repository: GitRepo, head: str) -> DraftOptions:
    """Return the docs settings at a commit. Invalid settings are ignored and listed in the draft's notes.

    Organisation-wide settings are not available locally.
    """
    loaded = _load_config(repository, head)
    if loaded is None:
        return DraftOptions()
    from bot import repoconfig
    from bot.agents.document_update.rules import RULES

    config, problems = loaded

    def filter_draft(draft: Draft) -> Draft:
        filtered = repoconfig.filter_draft(config.docs, draft)
        return replace(filtered, notes=(*filtered.notes, *problems))

    return DraftOptions(repoconfig.rules_off(config.docs, RULES), filter_draft, config.files.overrides)


def review_options(repository: GitRepo, base: str, today: str) -> tuple[Suppressions, Overrides, tuple[str, ...]]:
    """Return the suppressions and the overrides of file classes in the file, and its mistakes, which are ignored.

    Args:
        base: commit whose settings apply. Not the head: a change must not suppress its own findings.
        today: see `Suppressions`.
    """
    loaded = _load_config(repository, base)
    if loaded is None:
        return Suppressions(today=today), NO_OVERRIDES, ()
    config, problems = loaded
    suppressions = Suppressions(
        disabled_rules=frozenset(config.security.without), in_scope=config.security.matches, today=today
    )
    return suppressions, config.files.overrides, problems


def _load_config(repository: GitRepo, commit: str) -> tuple[RepoConfig, tuple[str, ...]] | None:
    blob = repository.tree(commit).get(CONFIG_PATH)
    if blob is None:
        return None
    # Imported here: most repositories have no such file, and the model takes a while to build.
    from bot.agents.document_update.rules import RULES
    from bot.repoconfig import MAX_CONFIG_BYTES, ConfigFile, load_config

    data = blob.data if blob.size <= MAX_CONFIG_BYTES else b" " * (MAX_CONFIG_BYTES + 1)
    config, problems = load_config([ConfigFile(CONFIG_PATH, data)], [rule.name for rule in RULES])
    return config, tuple(f"{problem} This setting was ignored." for problem in problems)
