"""The settings as JSON Schema, for editors and other tools (https://json-schema.org/draft/2020-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from bot.repoconfig.model import RepoConfig


class _Untitled(GenerateJsonSchema):
    """Without a title for each field, which would only say its name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema(rules: Mapping[str, bool]) -> dict[str, Any]:
    """The JSON Schema of `.github/mas.yml`.

    Args:
        rules: the names of all rules, each with whether it is on when nothing is said.
    """
    made = RepoConfig.model_json_schema(schema_generator=_Untitled)
    chosen = made["$defs"]["DocsSettings"]["properties"]["rules"]
    chosen["properties"] = {rule: {"type": "boolean", "default": on} for rule, on in rules.items()}
    chosen["additionalProperties"] = False
    return {"$schema": GenerateJsonSchema.schema_dialect, **made}
