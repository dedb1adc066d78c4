"""Definitions and imports of a file, extracted with the query of its language."""

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
    """Return the symbols, imports and exports of a file. Parts that do not parse are skipped and set `broken`."""
    parsed = grammar.parse(data)
    symbols = _Definitions(grammar, parsed).symbols()
    _fold_constructors(symbols, grammar.constructor)
    exports = frozenset(parsed.text(n) for c in parsed.matches for n in c.get("export", ()))
    current = module if package else module.rpartition(".")[0]
    reexports = (b for b, is_reexport in imports(grammar, parsed, current) if is_reexport or b.local in exports)
    return Outline(
        tuple(symbols.values()),
        tuple(dict.fromkeys(reexports)),
        exports if grammar.has_exports else None,
        parsed.has_error,
    )


def symbol_offsets(grammar: Grammar, parsed: ParsedSource) -> Iterator[tuple[int, str]]:
    """Return the start and name of each symbol; a constructor has the name of its class."""
    symbols = _Definitions(grammar, parsed).symbols()
    constructors = {
        _constructor_name(symbol, grammar.constructor): symbol.name
        for symbol in symbols.values()
        if symbol.what == "class"
    }
    return ((symbol.span[0], constructors.get(symbol.name, symbol.name)) for symbol in symbols.values())


def _fold_constructors(symbols: dict[str, Symbol], constructor: str) -> None:
    """Give each class the parameters of its constructor and drop the constructor."""
    for name, symbol in [*symbols.items()]:
        constructor_name = _constructor_name(symbol, constructor)
        if symbol.what == "class" and constructor_name in symbols:
            symbols[name] = replace(symbol, parameters=symbols.pop(constructor_name).parameters)


def _constructor_name(symbol: Symbol, constructor: str) -> str:
    """Return the name that the constructor of a class would have."""
    return f"{symbol.name}.{symbol.bare if constructor == '=' else constructor}"


def imports(grammar: Grammar, parsed: ParsedSource, package: str) -> Iterator[tuple[Binding, bool]]:
    """Yield imported names, and whether they are re-exported; `package` is the name of the importing package."""
    for captures in parsed.matches:
        written = parsed.first(captures, "source")
        if written is None:
            continue
        source = absolute_name(written, package)
        if grammar.has_flat_packages:
            source = re.sub(r"\.v\d+$", "", source).rpartition(".")[2]
        name = "*" if "star" in captures else parsed.first(captures, "name")
        module = parsed.first(captures, "module") or source.rpartition(".")[2]
        local = module if name is None else parsed.first(captures, "local") or name
        yield Binding(local, source, name), "reexport" in captures


def absolute_name(written: str, package: str) -> str:
    """Return the dotted name of an imported module: `./reply`, `crate::cli`, `@scope/name`, `com.example`."""
    path = _SUFFIX.sub("", written.strip("\"'`<>"))
    is_relative = path.startswith(".")
    parts = [part for part in re.split(r"[/\\]|::|(?<!\.)\.(?!\.)", path) if part and not part.startswith("@")]
    base = package.split(".") if package else []
    while parts and parts[0] in (".", "..", "crate", "self", "super"):
        first = parts.pop(0)
        base = base[:1] if first == "crate" else base[:-1] if first in ("..", "super") else base
        is_relative = True
    return ".".join([*base, *parts] if is_relative else parts)


@dataclass
class _Scope:
    """A part of the file that contains definitions. `access` replaces the modifiers of its members."""

    span: Span
    kind: str
    name: str
    public: bool = True
    access: str = ""


class _Definitions:
    def __init__(self, grammar: Grammar, parsed: ParsedSource) -> None:
        self.grammar, self.parsed = grammar, parsed
        self.parameters: dict[int, list[tuple[int, int, Parameter]]] = {}
        """Id of a list node → start of the name, end of the parameter, and the parameter itself."""
        self.bases: dict[str, list[str]] = {}

    def symbols(self) -> dict[str, Symbol]:
        """Return all definitions by name; an overloaded one has no parameter list."""
        found: dict[str, Symbol] = {}
        for symbol in self._collect():
            known = found.setdefault(symbol.name, symbol)
            if known.parameters != symbol.parameters:
                found[symbol.name] = known = replace(known, parameters=None)
            if known.span == symbol.span and not symbol.public:
                found[symbol.name] = replace(known, public=False)
        for name, symbol in found.items():
            owner = found.get(symbol.owner)
            found[name] = replace(
                symbol,
                public=symbol.public and (owner is None or owner.public),
                bases=tuple(dict.fromkeys(self.bases.get(name, ()))),
            )
        return found

    def _events(self) -> list[tuple[int, int, int, str, Captures]]:
        """Return all matches except parameters as (start, -end, index, kind, captures), outer ones first."""
        events = []
        for number, captures in enumerate(self.parsed.matches):
            if "parameter" in captures:
                self._parameter(captures)
            kind = next((k for k in _KINDS if k in captures), "")
            if kind:
                node = captures[kind][0]
                events.append((node.start_byte, -node.end_byte, number, kind, captures))
        return sorted(events, key=lambda e: e[:3])

    def _collect(self) -> Iterator[Symbol]:
        scopes = [_Scope((-1, len(self.parsed.data) + 1), "", "")]
        for start, end, _, kind, captures in self._events():
            while scopes[-1].span[1] <= start or scopes[-1].span == (start, -end):
                scopes.pop()
            scope = scopes[-1]
            if kind == "access":
                scope.access = self.parsed.text(captures[kind][0])
            elif kind == "base":
                base = self.parsed.text(captures[kind][0])
                self.bases.setdefault(scope.name, []).append(re.sub(r"::|\\", ".", base))
            elif scope.kind not in _OPAQUE_KINDS and (scope.kind not in _VALUE_KINDS or "owner" in captures):
                symbol = self._symbol(kind, captures, scope)
                yield from (symbol,) if symbol is not None else ()
                scopes.append(self._open_scope((start, -end), kind, captures, symbol, scope))

    def _open_scope(self, span: Span, kind: str, captures: Captures, symbol: Symbol | None, outer: _Scope) -> _Scope:
        name = symbol.name if symbol is not None else self.parsed.first(captures, "owner") or outer.name
        access = self.parsed.first(captures, "access") or ""
        public = symbol.public if symbol is not None else outer.public
        return _Scope(span, kind, name, public, access)

    def _symbol(self, kind: str, captures: Captures, scope: _Scope) -> Symbol | None:
        name = self.parsed.first(captures, "name")
        name = (name or "").strip("\"'`$:")
        if not _NAME.fullmatch(name) or kind in ("scope", "hidden"):
            return None
        node = captures[kind][0]
        owner = self.parsed.first(captures, "owner") or scope.name
        lists = captures.get("parameters")
        return Symbol(
            name=f"{owner}.{name}" if owner else name,
            what=_symbol_kind(kind, bool(owner)),
            line=captures["name"][0].start_point.row + 1,
            span=(node.start_byte, node.end_byte),
            value=self.parsed.first(captures, "value") if kind in _VALUE_KINDS else None,
            parameters=tuple(self._parameter_list(lists[0])) if lists else () if kind == "function" else None,
            returns=(self.parsed.first(captures, "returns") or "").lstrip(":-> ") or None,
            public=self._is_public(name, captures, scope),
        )

    def _is_public(self, name: str, captures: Captures, scope: _Scope) -> bool:
        if "public" in captures:
            return scope.public
        if not scope.public or scope.kind == "interface":
            return scope.public
        words = [self.parsed.text(n) for n in captures.get("modifiers", ())] or [scope.access]
        return self.grammar.public_regex.search(" ".join([*words, name]).strip()) is not None

    # -------------------------------------------------------------- parameters

    def _parameter(self, captures: Captures) -> None:
        node, parsed = captures["parameter"][0], self.parsed
        name = (captures.get("parameter.name") or [node])[0]
        default = parsed.first(captures, "parameter.default")
        text = " ".join(parsed.text(node).split())
        parameter = Parameter(
            name=parsed.text(name).lstrip("$&*.@"),
            text=f"{text} = {default}" if default is not None and default not in text else text,
            annotation=(parsed.first(captures, "parameter.type") or "").lstrip(": ") or None,
            default=default,
            kind="rest" if "parameter.rest" in captures
            else "keyword" if "parameter.keyword" in captures
            else "positional" if self.grammar.is_positional
            else "either",
        )  # fmt: skip
        if node.parent is not None:
            self.parameters.setdefault(node.parent.id, []).append((name.start_byte, node.end_byte, parameter))

    def _parameter_list(self, node: Node) -> Iterable[Parameter]:
        """Yield the parameters of a list once each; of those that share a type, only the last one shows it."""
        found = self.parameters.get(node.id, [])
        unique = {(start, end): parameter for start, end, parameter in sorted(found, key=lambda f: f[2].default or "")}
        ordered = sorted(unique.items(), key=lambda item: item[0])
        for number, ((start, end), parameter) in enumerate(ordered):
            before = number and ordered[number - 1][0][1] == end
            after = number + 1 < len(ordered) and ordered[number + 1][0][1] == end
            if after:
                yield replace(parameter, text=parameter.name)
            elif before:
                yield replace(parameter, text=" ".join(self.parsed.data[start:end].decode(errors="replace").split()))
            else:
                yield parameter


def _symbol_kind(kind: str, has_owner: bool) -> Literal["function", "class", "method", "constant", "attribute"]:
    if kind in ("class", "interface"):
        return "class"
    if kind == "function":
        return "method" if has_owner else "function"
    return "attribute" if has_owner else "constant"


def signatures(symbol: Symbol) -> tuple[str, ...]:
    """Return signatures from bare names to full parameters, each without and with the return type."""
    if symbol.parameters is None:
        return ()
    bare = ", ".join(p.name + (f" = {p.default}" if p.default else "") for p in symbol.parameters)
    full = ", ".join(p.text for p in symbol.parameters)
    returns = f" {symbol.returns}" if symbol.returns else ""
    return (f"({bare})", f"({bare}){returns}", f"({full})", f"({full}){returns}")
