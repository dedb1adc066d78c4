"""The programming languages that MAS parses, one record per language."""

from __future__ import annotations

from bot.languages.cpp import CPP, C
from bot.languages.csharp import CSHARP
from bot.languages.go import GO
from bot.languages.java import JAVA
from bot.languages.javascript import JAVASCRIPT
from bot.languages.kotlin import KOTLIN
from bot.languages.language import Language
from bot.languages.php import PHP
from bot.languages.python import PYTHON
from bot.languages.ruby import RUBY
from bot.languages.rust import RUST
from bot.languages.shell import SHELL
from bot.languages.typescript import TYPESCRIPT

LANGUAGES: tuple[Language, ...] = (
    PYTHON,
    TYPESCRIPT,
    JAVASCRIPT,
    GO,
    RUST,
    JAVA,
    C,
    CPP,
    CSHARP,
    RUBY,
    PHP,
    KOTLIN,
    SHELL,
)

__all__ = ["LANGUAGES", "Language"]
