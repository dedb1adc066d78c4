"""pydantic-settings: https://docs.pydantic.dev/latest/concepts/pydantic_settings/"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, calls, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample
from bot.languages.python.outline import outline

_PREFIX = re.compile(rb"\benv_prefix\s*=\s*[\"'](\w*)[\"']")


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse the fields of settings classes, under the names of their environment variables."""
    symbols = outline(data, "settings", False).symbols
    classes = {s.name: s for s in symbols if any(base.endswith("BaseSettings") for base in s.bases)}
    for symbol in symbols:
        owner = classes.get(symbol.owner)
        if owner is None or symbol.what != "attribute" or symbol.bare in ("model_config", "Config"):
            continue
        prefix = _PREFIX.search(data, *owner.span)
        name, default = _field(symbol.value or "", data)
        name = name or ((prefix[1].decode() if prefix else "") + symbol.bare).upper()
        yield Declaration("environment variable", name, symbol.line, default, symbol.bare)


def _field(value: str, data: bytes) -> tuple[str | None, str | None]:
    """Return the explicit variable name of a field, if any, and its default."""
    field = next((c for c in calls(PYTHON, value.encode()) if c.name == "Field" and c.span[0] == 0), None)
    if field is None:
        return None, literal(value, data)
    names = (literal(field.argument(keyword)) for keyword in ("validation_alias", "alias", "env"))
    return next((n for n in names if n), None), literal(
        field.argument("default") or next(iter(field.positional), None), data
    )


PYDANTIC_SETTINGS = Framework(
    name="pydantic-settings",
    suffixes=(".py",),
    markers=(b"BaseSettings",),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="app_")\n'
            '    level: str = "info"\n    key: str = Field("none", validation_alias="SECRET")\n',
            (("APP_LEVEL", "info"), ("SECRET", "none")),
        ),
    ),
)
