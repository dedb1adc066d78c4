"""Environment variables, read through the standard library of each language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import JAVASCRIPT_SUFFIXES, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_NAME = r"[A-Z][A-Z0-9_]*[A-Z0-9]"
_VALUE = r"""(?:"[^"\n]*"|'[^'\n]*'|\d[\d_.]*(?![\w(]))"""
_LOOKUP = re.compile(
    rf"""(?P<bound>\w+)?[ \t]*(?::[^=\n]+)?=?[ \t]*[^\n"'=]*?
    (?: \b(?:environ|ENV|process\.env|import\.meta\.env)\[\s*["'](?P<key>{_NAME})["']\s*\]
      | \b(?:process|import\.meta)\.env\.(?P<member>{_NAME})\b
      | \b(?:environ\.get|getenv|Getenv|LookupEnv|ENV\.fetch|env\.get|env::var|env::var_os|GetEnvironmentVariable)
        \(\s*["'](?P<read>{_NAME})["']\s*(?:,\s*(?P<default>{_VALUE})\s*)?,?\s*\)
    )
    (?:\s*(?:\?\?|\|\||\bor\b)\s*(?P<other>{_VALUE}))?""",
    re.X,
)


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `os.environ.get("APP_LEVEL", "info")`, `process.env.APP_LEVEL ?? "info"` and similar lookups."""
    for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
        for match in _LOOKUP.finditer(line) if "nv" in line.lower() else ():
            name = match["key"] or match["member"] or match["read"]
            default = literal(match["default"] or match["other"])
            yield Declaration("environment variable", name, number, default, match["bound"] or "")


ENVIRONMENT = Framework(
    name="environment",
    suffixes=(*JAVASCRIPT_SUFFIXES, ".py", ".go", ".rs", ".rb", ".java", ".kt", ".cs", ".php", ".c", ".cc", ".cpp"),
    markers=(b"env", b"Env", b"ENV"),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'LEVEL = os.environ.get("APP_LEVEL", "info")\nKEY = os.environ["APP_KEY"]\nopen(os.getenv("APP_HOME"))\n',
            (("APP_LEVEL", "info"), ("APP_KEY", None), ("APP_HOME", None)),
        ),
        FrameworkExample(
            "const port = process.env.APP_PORT ?? 3000;\nconst host = process.env['APP_HOST'] || 'localhost';\n",
            (("APP_PORT", "3000"), ("APP_HOST", "localhost")),
        ),
        FrameworkExample(
            'let a = env::var("RS_LEVEL");\na := os.Getenv("GO_LEVEL")\na = ENV.fetch("RB_LEVEL", "info")\n',
            (("RS_LEVEL", None), ("GO_LEVEL", None), ("RB_LEVEL", "info")),
        ),
    ),
)
