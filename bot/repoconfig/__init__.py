"""`.github/mas.yml`: a repository's settings, which `docs/configuration.md` describes.

document     parse a YAML file into plain values with their places
model        the settings, their defaults and the valid values
loader       merge settings files, and collect their problems
diagnostics  describe each problem, and suggest the setting that was meant
scope        filter changes and drafts by the settings
schema       the settings as JSON Schema, for editors
codeowners   parse CODEOWNERS
"""

from __future__ import annotations

from bot.repoconfig.document import MAX_CONFIG_BYTES, ConfigFile, Problem
from bot.repoconfig.fields import DEFAULT_BRANCH
from bot.repoconfig.loader import CONFIG_PATH, load_config
from bot.repoconfig.model import IndexSettings, RepoConfig, SecuritySettings
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
