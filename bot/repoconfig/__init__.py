"""`.github/mas.yml`: what a repository asks of MAS. `docs/configuration.md` tells it to people.

document   a file's bytes → its text as plain values, and where each stands
model      the settings, their defaults and what a right value is
reading    files, the weakest first → settings and problems, each with its line
scope      a change and a draft → what of them the settings ask for
schema     the settings as JSON Schema, for editors
"""

from __future__ import annotations

from bot.repoconfig.document import LARGEST, Problem, Source
from bot.repoconfig.model import DEFAULT_BRANCH, IndexSettings, RepoConfig, SecuritySettings
from bot.repoconfig.reading import PATH, read
from bot.repoconfig.schema import schema
from bot.repoconfig.scope import kept, narrowed, rules_off

__all__ = [
    "DEFAULT_BRANCH",
    "LARGEST",
    "PATH",
    "IndexSettings",
    "Problem",
    "RepoConfig",
    "SecuritySettings",
    "Source",
    "kept",
    "narrowed",
    "read",
    "rules_off",
    "schema",
]
