"""What a programming language tells the core: where its symbols stand, and what its examples mean.

One record a language (see `bot/languages/__init__.py`). All its functions are pure in the bytes
they are given; offsets are bytes, lines count from 1.
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
    """One parameter as written. `text` is the whole of it, `name` bare of any star."""

    name: str
    text: str
    annotation: str | None = None
    default: str | None = None
    kind: Literal["positional", "either", "keyword", "rest"] = "either"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition in one file.

    `name` is dotted within the file (`Client.get`), `what` as in `Fact.what` with `attribute` for
    what a class holds. `value` is the source text assigned to it, `parameters` those a caller
    passes (a class has its constructor's), `bases` the names a class extends, as written.
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
    """What its modifiers say; a leading underscore hides a name in any language."""

    @property
    def bare(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def owner(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that a file takes from another module: `from source import name as local`.

    `source` is the module's dotted name, made absolute; `name` is None where the module itself is
    bound, and `*` where all its public names are.
    """

    local: str
    source: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Outline:
    """What one source file defines and imports. `exports` is its own list of public names, if it has one."""

    symbols: tuple[Symbol, ...] = ()
    bindings: tuple[Binding, ...] = ()
    exports: frozenset[str] | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """A name that stands in an example.

    `start:end` is the bare name, `begin:end` the dotted text it ends (`client.get` for `get`).
    `meaning` is that text with imports and the types of local variables put in (`httpx.Client.get`);
    `known` says that its head is an import or an inferred type, `local` that the example itself
    defines the name. A `keyword` is passed to `owner`, which is the meaning of what is called, and
    an `import` takes its name from the module that stands at `module`.
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
    """An example read: its names in order, and what it leaves behind for the next one."""

    usages: tuple[Usage, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    broken: bool = False


@dataclass(frozen=True, slots=True)
class DocComment:
    """A doc comment: the text that a file holds about one of its symbols.

    Args:
        symbol: its name within the file; of a constructor that of its class.
        span: the whole comment with its signs.
        lines: the text of each of its lines, without the signs and without the line end.
    """

    symbol: str
    span: Span
    lines: tuple[Span, ...]


FieldStyle = Literal["doxygen", "google", "javadoc", "jsdoc", "list", "numpy", "phpdoc", "sphinx", "xml", "yard"]
"""A way in which doc comments list parameters; `bot/formats/fields.py` reads them."""


@dataclass(frozen=True, slots=True)
class LanguageExample:
    """A file and the names of the symbols in it."""

    source: str
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """A programming language.

    Args:
        name: as people write it.
        suffixes: of its files, with the dot.
        fences: the words after a code fence that name it.
        outline: what a file defines; takes its bytes and its module name.
        module: a file's module name from its path and the tree that it stands in; None where it has none.
        package: whether a file re-exports what its folder offers (`__init__.py`).
        snippet: reads an example from the lines of a document, given what the names before it mean.
        words: the words of a file outside its comments and docstrings.
        signatures: the ways in which docs write a symbol's parameters, barest first; two symbols' lists run parallel.
        repeating: those of the suffixes whose files only repeat the file beside them with the first suffix.
        private: whether nothing in a file of that path is public.
        comments: the doc comments of a file, in order; one about no symbol is left out.
        tokens: the spans of a file's tokens in order, comments among them.
        fields: how its doc comments list parameters.
        examples: sources and the public symbols in them; the contract tests run them.
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
