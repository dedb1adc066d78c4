"""The settings as JSON Schema, for editors (https://json-schema.org/draft/2020-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from bot.repoconfig.model import RepoConfig


class _Untitled(GenerateJsonSchema):
    """Omits the titles of fields, which would only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema(rules: Mapping[str, bool]) -> dict[str, Any]:
    """Return the JSON Schema of `.github/mas.yml`.

    Args:
        rules: the names of all rules, each with whether it is on by default.
    """
    schema = RepoConfig.model_json_schema(schema_generator=_Untitled)
    chosen = schema["$defs"]["DocsSettings"]["properties"]["rules"]
    chosen["properties"] = {rule: {"type": "boolean", "default": on} for rule, on in rules.items()}
    chosen["additionalProperties"] = False
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}
