"""Interface of a programming language: spans of its symbols, and the meaning of names in examples.

One record per language (see `bot/languages/__init__.py`). All its functions are pure functions of the given bytes.
Offsets are bytes; lines count from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain import Tree

Span = tuple[int, int]
"""Bytes `start:end` of a file."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as source text. `text` is all of it, `name` excludes stars."""

    name: str
    text: str
    annotation: str | None = None
    default: str | None = None
    kind: Literal["positional", "either", "keyword", "rest"] = "either"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition in one file.

    `name` is dotted within the file (`Client.get`). `what` is as in `Fact.what`; `attribute` is a field or property of
    a class. `value` is the source text assigned to it. `parameters` are those a caller passes; a class has those of
    its constructor. `bases` are the base classes of a class, as source text.
    """

    name: str
    what: Literal["function", "class", "method", "constant", "attribute"]
    line: int
    span: Span
    value: str | None = None
    parameters: tuple[Parameter, ...] | None = None
    returns: str | None = None
    bases: tuple[str, ...] = ()
    public: bool = True
    """Determined by modifiers only; in any language, a leading underscore makes a name private as well."""

    @property
    def bare(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def owner(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Binding:
    """A name imported from another module: `from source import name as local`.

    `source` is the absolute dotted name of the module. `name` is None if the module itself is imported, and `*` for
    all its public names.
    """

    local: str
    source: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Outline:
    """Definitions and imports of a source file. `exports` is its explicit list of public names, if any."""

    symbols: tuple[Symbol, ...] = ()
    bindings: tuple[Binding, ...] = ()
    exports: frozenset[str] | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """A use of a name in an example.

    `start:end` is the bare name, `begin:end` the dotted name that ends with it (`client.get` for `get`). `meaning` is
    the dotted name with imports and types of local variables resolved (`httpx.Client.get`). `known` is set if its first
    part is an import or has an inferred type, `local` if the example defines the name itself. For a `keyword`, `owner`
    is the meaning of the callee. For an `import`, `module` is the span of the module's name, and `alone` is set if the
    statement imports a single name.
    """

    name: str
    start: int
    end: int
    begin: int
    meaning: str
    role: Literal["name", "attribute", "call", "import", "module", "keyword", "override"] = "name"
    known: bool = False
    local: bool = False
    owner: str = ""
    module: Span | None = None
    alone: bool = True
    arguments: Span | None = None

    @property
    def is_call(self) -> bool:
        return self.role == "call"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A parsed example: its usages in order, and the meanings of names for the examples after it."""

    usages: tuple[Usage, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    broken: bool = False


@dataclass(frozen=True, slots=True)
class DocComment:
    """A doc comment.

    Args:
        symbol: the name, within the file, of the documented symbol; for a constructor, that of its class.
        span: the whole comment, delimiters included.
        lines: the text of each line, without delimiters and line end.
    """

    symbol: str
    span: Span
    lines: tuple[Span, ...]


FieldStyle = Literal["doxygen", "google", "javadoc", "jsdoc", "list", "numpy", "phpdoc", "sphinx", "xml", "yard"]
"""Styles of parameter lists in doc comments; parsed by `bot/formats/fields.py`."""


@dataclass(frozen=True, slots=True)
class LanguageExample:
    """A file and its expected public symbols."""

    source: str
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """A programming language.

    Args:
        name: the display name.
        suffixes: the suffixes of its files, with the dot.
        fences: its names after a code fence.
        outline: returns the definitions of a file, given its bytes, its module name, and whether it is a package.
        module: returns a file's module name, given its path and its tree; None if it has none.
        is_package: whether a file re-exports names of its folder (`__init__.py`).
        snippet: parses an example, given a document, the spans of its lines, and the meanings of earlier names.
        words: returns the words of a file outside comments and docstrings.
        signatures: returns the forms in which docs write the parameters of a symbol, shortest first. The forms of any
            two symbols correspond by index.
        stub_suffixes: suffixes of files that repeat the declarations of the file with the first suffix.
        is_private: whether a file contains no public symbols, given its path.
        doc_comments: returns the doc comments of a file that document a symbol, in order.
        tokens: returns the spans of a file's tokens in order, comments included.
        field_styles: the styles of parameter lists in its doc comments.
        examples: sources and their public symbols; run by the contract tests.
    """

    name: str
    suffixes: tuple[str, ...]
    fences: tuple[str, ...]
    outline: Callable[[bytes, str, bool], Outline]
    module: Callable[[str, Tree], str | None]
    is_package: Callable[[str], bool]
    snippet: Callable[[bytes, tuple[Span, ...], Mapping[str, str]], Snippet]
    words: Callable[[bytes], frozenset[str]]
    signatures: Callable[[Symbol], tuple[str, ...]]
    stub_suffixes: tuple[str, ...] = ()
    is_private: Callable[[str], bool] = lambda path: False
    doc_comments: Callable[[bytes], tuple[DocComment, ...]] = lambda data: ()
    tokens: Callable[[bytes], tuple[Span, ...]] = lambda data: ()
    field_styles: tuple[FieldStyle, ...] = ()
    examples: tuple[LanguageExample, ...] = ()
