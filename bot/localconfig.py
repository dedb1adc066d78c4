"""What a repository on this machine asks for in its `.github/mas.yml`, for the commands of the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain import Draft
from bot.gitrepo import GitRepo
from bot.rules import OPTIONAL

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
    blob = repository.tree(head).get(PATH)
    if blob is None:
        return Asked()
    # Imported here: most repositories have no such file, and the settings' model takes a while to make.
    from bot.repoconfig import LARGEST, Source, kept, read, rules_off
    from bot.rules import RULES

    data = blob.data if blob.size <= LARGEST else b" " * (LARGEST + 1)
    config, problems = read([Source(PATH, data)], [rule.name for rule in RULES])
    mistakes = tuple(f"{problem} This was left out." for problem in problems)

    def cut(draft: Draft) -> Draft:
        wanted = kept(config.docs, draft)
        return replace(wanted, notes=(*wanted.notes, *mistakes))

    return Asked(rules_off(config.docs, RULES), cut)
