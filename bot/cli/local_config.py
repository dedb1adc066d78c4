"""What a repository on this machine asks for in its `.github/mas.yml`, for the commands of the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.agents.document_update.rules import OPTIONAL
from bot.agents.security_review.review import Quiet
from bot.domain import Draft
from bot.git import GitRepo

if TYPE_CHECKING:
    from bot.repoconfig import RepoConfig

PATH = ".github/mas.yml"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the docs: the names of the rules that are not used, and what of a draft is wanted."""

    without: frozenset[str] = OPTIONAL
    kept: Callable[[Draft], Draft] = lambda draft: draft


def asked(repository: GitRepo, head: str) -> Asked:
    """What the file at a commit asks for; its mistakes are left out, and the draft's notes name them.

    An organisation's settings are not on this machine.
    """
    found = _read(repository, head)
    if found is None:
        return Asked()
    from bot.agents.document_update.rules import RULES
    from bot.repoconfig import kept, rules_off

    config, mistakes = found

    def cut(draft: Draft) -> Draft:
        wanted = kept(config.docs, draft)
        return replace(wanted, notes=(*wanted.notes, *mistakes))

    return Asked(rules_off(config.docs, RULES), cut)


def asked_of_review(repository: GitRepo, base: str, today: str) -> tuple[Quiet, tuple[str, ...]]:
    """What the file asks of the security review; and its mistakes, which are left out.

    Args:
        base: where the change begins: its author does not say what is not to be told of it.
        today: as in `Quiet`.
    """
    found = _read(repository, base)
    if found is None:
        return Quiet(today=today), ()
    config, mistakes = found
    return Quiet(rules=frozenset(config.security.without), holds=config.security.holds, today=today), mistakes


def _read(repository: GitRepo, commit: str) -> tuple[RepoConfig, tuple[str, ...]] | None:
    blob = repository.tree(commit).get(PATH)
    if blob is None:
        return None
    # Imported here: most repositories have no such file, and the settings' model takes a while to make.
    from bot.agents.document_update.rules import RULES
    from bot.repoconfig import LARGEST, Source, read

    data = blob.data if blob.size <= LARGEST else b" " * (LARGEST + 1)
    config, problems = read([Source(PATH, data)], [rule.name for rule in RULES])
    return config, tuple(f"{problem} This was left out." for problem in problems)
