"""`.github/mas.yml`: what a repository asks of MAS. `docs/configuration.md` tells it to people.

document   a file's bytes → its text as plain values, and where each stands
model      the settings, their defaults and what a right value is
reading    files, the weakest first → settings and problems, each with its line
scope      a change and a draft → what of them the settings ask for
schema     the settings as JSON Schema, for editors
"""

from __future__ import annotations

from bot.repoconfig.document import MAX_CONFIG_BYTES, ConfigFile, Problem
from bot.repoconfig.loader import CONFIG_PATH, load_config
from bot.repoconfig.model import DEFAULT_BRANCH, IndexSettings, RepoConfig, SecuritySettings
from bot.repoconfig.schema import json_schema
from bot.repoconfig.scope import filter_change, filter_draft, rules_off

__all__ = [
    "CONFIG_PATH",
    "DEFAULT_BRANCH",
    "MAX_CONFIG_BYTES",
    "ConfigFile",
    "IndexSettings",
    "Problem",
    "RepoConfig",
    "SecuritySettings",
    "filter_change",
    "filter_draft",
    "json_schema",
    "load_config",
    "rules_off",
]
