"""Python: https://docs.python.org/3/reference/"""

from __future__ import annotations

from collections.abc import Collection

from bot.languages.language import Language, LanguageExample, Symbol
from bot.languages.python.docstrings import docstrings, tokens
from bot.languages.python.outline import outline
from bot.languages.python.snippet import snippet
from bot.languages.python.syntax import words

_ROOTS = ("src", "lib", "python")


def module(path: str, paths: Collection[str]) -> str | None:
    """Return `pkg.a` for `src/pkg/a.py`; packages are the folders with an `__init__.py`."""
    folders = path.rpartition(".")[0].split("/")
    name = folders.pop()
    depth = len(folders)
    while depth and "/".join([*folders[:depth], "__init__.py"]) in paths:
        depth -= 1
    if depth == len(folders) and folders and folders[0] not in _ROOTS:
        depth = 0  # a namespace package: nothing marks its top folder
    elif depth == len(folders) and folders:
        depth = 1
    parts = folders[depth:] if name == "__init__" else [*folders[depth:], name]
    return ".".join(parts) if parts and all(p.isidentifier() for p in parts) else None


def signatures(symbol: Symbol) -> tuple[str, ...]:
    """Return signatures from bare to annotated, each without and with the return type; never with `self`."""
    if symbol.parameters is None:
        return ()
    full = ", ".join(p.text for p in symbol.parameters)
    returns = f" -> {symbol.returns}" if symbol.returns else ""
    bare = ", ".join(_bare(p.text, p.annotation, p.name, p.default) for p in symbol.parameters)
    return (f"({bare})", f"({bare}){returns}", f"({full})", f"({full}){returns}")


def _bare(text: str, annotation: str | None, name: str, default: str | None) -> str:
    if annotation is None:
        return text
    stars = text[: len(text) - len(text.lstrip("*"))]
    return f"{stars}{name}" + (f"={default}" if default is not None else "")


PYTHON = Language(
    name="Python",
    suffixes=(".py", ".pyi"),
    fences=("python", "py", "python3", "pycon", "py3", "ipython"),
    outline=outline,
    module=module,
    is_package=lambda path: path.rpartition("/")[2] in ("__init__.py", "__init__.pyi"),
    snippet=snippet,
    words=words,
    signatures=signatures,
    stub_suffixes=(".pyi",),
    doc_comments=docstrings,
    tokens=tokens,
    field_styles=("sphinx", "google", "numpy", "list"),
    examples=(
        LanguageExample(
            "LIMIT = 3\n\n\ndef fetch(url, *, timeout=5):\n    return url\n\n\nclass Client:\n    def get(self): ...\n",
            ("LIMIT", "fetch", "Client", "Client.get"),
        ),
        LanguageExample(
            "try:\n    import json\nexcept ImportError:\n    json = None\n\nclass Colour(Enum):\n    RED = 1\n",
            ("Colour", "Colour.RED"),
        ),
    ),
)
