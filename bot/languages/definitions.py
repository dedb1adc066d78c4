"""What a file defines and imports, by the description of its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from tree_sitter import Node

from bot.languages.grammar import Captures, Grammar, ParsedSource
from bot.languages.language import Binding, Outline, Parameter, Span, Symbol

_KINDS = ("function", "class", "interface", "constant", "attribute", "scope", "hidden", "access", "base")
_OPAQUE_KINDS = ("function", "hidden")
_VALUE_KINDS = ("constant", "attribute")
_NAME = re.compile(r"[^\W\d][\w$-]*[?!=]?")
_SUFFIX = re.compile(r"\.(?:[cm]?[jt]sx?|json)$")


def outline(grammar: Grammar, data: bytes, module: str, package: bool) -> Outline:
    """The symbols, imports and exports of a file; what does not parse is left out and said by `broken`."""
    reading = grammar.parse(data)
    symbols = _Definitions(grammar, reading).symbols()
    _fold_constructors(symbols, grammar.constructor)
    exports = frozenset(reading.text(n) for c in reading.matches for n in c.get("export", ()))
    here = module if package else module.rpartition(".")[0]
    given = (b for b, passed in imports(grammar, reading, here) if passed or b.local in exports)
    return Outline(
        tuple(symbols.values()),
        tuple(dict.fromkeys(given)),
        exports if grammar.has_exports else None,
        reading.has_error,
    )


def symbol_offsets(grammar: Grammar, reading: ParsedSource) -> Iterator[tuple[int, str]]:
    """Where each symbol begins, and its name; a constructor bears that of its class."""
    symbols = _Definitions(grammar, reading).symbols()
    makers = {
        _constructor_name(symbol, grammar.constructor): symbol.name
        for symbol in symbols.values()
        if symbol.what == "class"
    }
    return ((symbol.span[0], makers.get(symbol.name, symbol.name)) for symbol in symbols.values())


def _fold_constructors(symbols: dict[str, Symbol], constructor: str) -> None:
    """Gives each class the parameters of its constructor, which is no symbol of its own."""
    for name, symbol in [*symbols.items()]:
        made = _constructor_name(symbol, constructor)
        if symbol.what == "class" and made in symbols:
            symbols[name] = replace(symbol, parameters=symbols.pop(made).parameters)


def _constructor_name(symbol: Symbol, constructor: str) -> str:
    """The name that the constructor of a class would have."""
    return f"{symbol.name}.{symbol.bare if constructor == '=' else constructor}"


def imports(grammar: Grammar, reading: ParsedSource, package: str) -> Iterator[tuple[Binding, bool]]:
    """The names that a text imports, and whether it gives them on; `package` is the dotted name of where it stands."""
    for captures in reading.matches:
        written = reading.first(captures, "source")
        if written is None:
            continue
        source = absolute_name(written, package)
        if grammar.has_flat_packages:
            source = re.sub(r"\.v\d+$", "", source).rpartition(".")[2]
        name = "*" if "star" in captures else reading.first(captures, "name")
        known = reading.first(captures, "module") or source.rpartition(".")[2]
        local = known if name is None else reading.first(captures, "local") or name
        yield Binding(local, source, name), "passed" in captures


def absolute_name(written: str, package: str) -> str:
    """The dotted name of a module as an import writes it: `./reply`, `crate::cli`, `@scope/name`, `com.example`."""
    path = _SUFFIX.sub("", written.strip("\"'`<>"))
    relative = path.startswith(".")
    parts = [part for part in re.split(r"[/\\]|::|(?<!\.)\.(?!\.)", path) if part and not part.startswith("@")]
    here = package.split(".") if package else []
    while parts and parts[0] in (".", "..", "crate", "self", "super"):
        first = parts.pop(0)
        here = here[:1] if first == "crate" else here[:-1] if first in ("..", "super") else here
        relative = True
    return ".".join([*here, *parts] if relative else parts)


@dataclass
class _Scope:
    """A part of the file that others stand in. `access` stands in for their modifiers."""

    span: Span
    kind: str
    name: str
    public: bool = True
    access: str = ""


class _Definitions:
    def __init__(self, grammar: Grammar, reading: ParsedSource) -> None:
        self.grammar, self.reading = grammar, reading
        self.parameters: dict[int, list[tuple[int, int, Parameter]]] = {}
        """Node of a list → start of the name, end of the whole, and the parameter."""
        self.bases: dict[str, list[str]] = {}

    def symbols(self) -> dict[str, Symbol]:
        """All definitions by name; of an overloaded one no list of parameters speaks for it."""
        found: dict[str, Symbol] = {}
        for symbol in self._collect():
            known = found.setdefault(symbol.name, symbol)
            if known.parameters != symbol.parameters:
                found[symbol.name] = known = replace(known, parameters=None)
            if known.span == symbol.span and not symbol.public:
                found[symbol.name] = replace(known, public=False)
        for name, symbol in found.items():
            holder = found.get(symbol.owner)
            found[name] = replace(
                symbol,
                public=symbol.public and (holder is None or holder.public),
                bases=tuple(dict.fromkeys(self.bases.get(name, ()))),
            )
        return found

    def _events(self) -> list[tuple[int, int, int, str, Captures]]:
        """The matches that are no parameters: start, end turned round, number and kind, from the outside in."""
        events = []
        for number, captures in enumerate(self.reading.matches):
            if "parameter" in captures:
                self._parameter(captures)
            kind = next((k for k in _KINDS if k in captures), "")
            if kind:
                node = captures[kind][0]
                events.append((node.start_byte, -node.end_byte, number, kind, captures))
        return sorted(events, key=lambda e: e[:3])

    def _collect(self) -> Iterator[Symbol]:
        holders = [_Scope((-1, len(self.reading.data) + 1), "", "")]
        for start, end, _, kind, captures in self._events():
            while holders[-1].span[1] <= start or holders[-1].span == (start, -end):
                holders.pop()
            holder = holders[-1]
            if kind == "access":
                holder.access = self.reading.text(captures[kind][0])
            elif kind == "base":
                base = self.reading.text(captures[kind][0])
                self.bases.setdefault(holder.name, []).append(re.sub(r"::|\\", ".", base))
            elif holder.kind not in _OPAQUE_KINDS and (holder.kind not in _VALUE_KINDS or "owner" in captures):
                symbol = self._symbol(kind, captures, holder)
                yield from (symbol,) if symbol is not None else ()
                holders.append(self._open_scope((start, -end), kind, captures, symbol, holder))

    def _open_scope(self, span: Span, kind: str, captures: Captures, symbol: Symbol | None, around: _Scope) -> _Scope:
        name = symbol.name if symbol is not None else self.reading.first(captures, "owner") or around.name
        access = self.reading.first(captures, "access") or ""
        public = symbol.public if symbol is not None else around.public
        return _Scope(span, kind, name, public, access)

    def _symbol(self, kind: str, captures: Captures, holder: _Scope) -> Symbol | None:
        name = self.reading.first(captures, "name")
        name = (name or "").strip("\"'`$:")
        if not _NAME.fullmatch(name) or kind in ("scope", "hidden"):
            return None
        node = captures[kind][0]
        owner = self.reading.first(captures, "owner") or holder.name
        lists = captures.get("parameters")
        return Symbol(
            name=f"{owner}.{name}" if owner else name,
            what=_symbol_kind(kind, bool(owner)),
            line=captures["name"][0].start_point.row + 1,
            span=(node.start_byte, node.end_byte),
            value=self.reading.first(captures, "value") if kind in _VALUE_KINDS else None,
            parameters=tuple(self._parameter_list(lists[0])) if lists else () if kind == "function" else None,
            returns=(self.reading.first(captures, "returns") or "").lstrip(":-> ") or None,
            public=self._is_public(name, captures, holder),
        )

    def _is_public(self, name: str, captures: Captures, holder: _Scope) -> bool:
        if "public" in captures:
            return holder.public
        if not holder.public or holder.kind == "interface":
            return holder.public
        words = [self.reading.text(n) for n in captures.get("modifiers", ())] or [holder.access]
        return self.grammar.public_regex.search(" ".join([*words, name]).strip()) is not None

    # -------------------------------------------------------------- parameters

    def _parameter(self, captures: Captures) -> None:
        node, read = captures["parameter"][0], self.reading
        name = (captures.get("parameter.name") or [node])[0]
        default = read.first(captures, "parameter.default")
        text = " ".join(read.text(node).split())
        parameter = Parameter(
            name=read.text(name).lstrip("$&*.@"),
            text=f"{text} = {default}" if default is not None and default not in text else text,
            annotation=(read.first(captures, "parameter.type") or "").lstrip(": ") or None,
            default=default,
            kind="rest" if "parameter.rest" in captures
            else "keyword" if "parameter.keyword" in captures
            else "positional" if self.grammar.is_positional
            else "either",
        )  # fmt: skip
        if node.parent is not None:
            self.parameters.setdefault(node.parent.id, []).append((name.start_byte, node.end_byte, parameter))

    def _parameter_list(self, node: Node) -> Iterable[Parameter]:
        """The parameters of a list, each once; of several that share a type only the last is written with it."""
        found = self.parameters.get(node.id, [])
        kept = {(start, end): parameter for start, end, parameter in sorted(found, key=lambda f: f[2].default or "")}
        ordered = sorted(kept.items(), key=lambda item: item[0])
        for number, ((start, end), parameter) in enumerate(ordered):
            before = number and ordered[number - 1][0][1] == end
            after = number + 1 < len(ordered) and ordered[number + 1][0][1] == end
            if after:
                yield replace(parameter, text=parameter.name)
            elif before:
                yield replace(parameter, text=" ".join(self.reading.data[start:end].decode(errors="replace").split()))
            else:
                yield parameter


def _symbol_kind(kind: str, owned: bool) -> Literal["function", "class", "method", "constant", "attribute"]:
    if kind in ("class", "interface"):
        return "class"
    if kind == "function":
        return "method" if owned else "function"
    return "attribute" if owned else "constant"


def signatures(symbol: Symbol) -> tuple[str, ...]:
    """From bare names to parameters as written, without and with the type that comes back."""
    if symbol.parameters is None:
        return ()
    bare = ", ".join(p.name + (f" = {p.default}" if p.default else "") for p in symbol.parameters)
    full = ", ".join(p.text for p in symbol.parameters)
    returns = f" {symbol.returns}" if symbol.returns else ""
    return (f"({bare})", f"({bare}){returns}", f"({full})", f"({full}){returns}")
