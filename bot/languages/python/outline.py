"""Definitions and imports of a Python file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from bot.languages.language import Binding, Outline, Parameter, Symbol
from bot.languages.python.syntax import absolute_module, full_name, parse, text

_NESTED = {"if_statement", "else_clause", "elif_clause", "try_statement", "except_clause", "finally_clause",
           "with_statement", "block"}  # fmt: skip
_FIELD_CONSTRUCTORS = {"dataclass", "define", "frozen", "mutable", "NamedTuple", "BaseModel"}
_SKIPPED_DECORATORS = {"overload", "setter", "deleter"}


def outline(data: bytes, module: str, package: bool) -> Outline:
    """Return the symbols, imports and `__all__` of a file. Parts that do not parse are skipped and set `broken`."""
    root = parse(data).root_node
    symbols = {symbol.name: symbol for symbol in definitions(root)}
    bindings = tuple(_bindings(root, module if package else module.rpartition(".")[0]))
    for binding in bindings:
        if binding.local in symbols and symbols[binding.local].what == "constant":
            del symbols[binding.local]  # a fallback such as `except ImportError: json = None`
    return Outline(tuple(symbols.values()), bindings, _exports(root), bool(root.has_error))


def definitions(root: Node) -> list[Symbol]:
    """Return the definitions of a file; the first one if several have the same name."""
    found: dict[str, Symbol] = {}
    for symbol in _symbols(root, ""):
        found.setdefault(symbol.name, symbol)
    return list(found.values())


def _statements(node: Node) -> Iterator[Node]:
    """Yield the statements of a body, including those nested in `if`, `try` and `with`."""
    for child in node.named_children:
        if child.type in _NESTED:
            yield from _statements(child)
        else:
            yield child


def _symbols(body: Node, owner: str) -> Iterator[Symbol]:
    for node in _statements(body):
        if node.type == "expression_statement" and node.named_children:
            yield from _assignment_symbols(node.named_children[0], owner)
            continue
        decorators: list[str] = []
        definition: Node | None = node
        if node.type == "decorated_definition":
            decorators = [_decorator(n) for n in node.named_children if n.type == "decorator"]
            definition = node.child_by_field_name("definition")
        if definition is not None and definition.type == "function_definition":
            if not _SKIPPED_DECORATORS & set(decorators):
                yield _function(definition, node, owner, decorators)
        elif definition is not None and definition.type == "class_definition":
            yield from _class(definition, node, owner, decorators)


def _decorator(node: Node) -> str:
    """Return the last part of a decorator's dotted name."""
    target = node.named_children[0] if node.named_children else None
    if target is not None and target.type == "call":
        target = target.child_by_field_name("function")
    return full_name(target).rpartition(".")[2]


def _function(node: Node, whole: Node, owner: str, decorators: list[str]) -> Symbol:
    name = node.child_by_field_name("name")
    parameters = _parameters(node.child_by_field_name("parameters"))
    if owner and "staticmethod" not in decorators:
        parameters = parameters[1:]
    returns = node.child_by_field_name("return_type")
    is_property = bool(owner) and any("property" in d for d in decorators)
    return Symbol(
        name=f"{owner}.{text(name)}" if owner else text(name),
        what="attribute" if is_property else "method" if owner else "function",
        line=node.start_point.row + 1,
        span=(whole.start_byte, whole.end_byte),
        parameters=None if is_property else parameters,
        returns=text(returns) if returns is not None else None,
    )


def _class(node: Node, whole: Node, owner: str, decorators: list[str]) -> Iterator[Symbol]:
    name = text(node.child_by_field_name("name"))
    name = f"{owner}.{name}" if owner else name
    body = node.child_by_field_name("body")
    members = list(_symbols(body, name)) if body is not None else []
    arguments = node.child_by_field_name("superclasses")
    bases = tuple(b for b in (_base(n) for n in (arguments.named_children if arguments else [])) if b)
    members += _instance_attributes(body, name, {m.name for m in members}) if body is not None else ()
    parameters = next((m.parameters for m in members if m.bare in ("__init__", "__new__")), None)
    if parameters is None and _FIELD_CONSTRUCTORS & {*decorators, *(b.rpartition(".")[2] for b in bases)}:
        parameters = tuple(
            _field(m) for m in members if m.what == "attribute" and m.returns and not m.bare.startswith("_")
        )
    yield Symbol(
        name, "class", node.start_point.row + 1, (whole.start_byte, whole.end_byte), parameters=parameters, bases=bases
    )
    yield from (replace(m, returns=None) if m.what == "attribute" else m for m in members)


def _instance_attributes(body: Node, owner: str, known: set[str]) -> Iterator[Symbol]:
    """Yield the attributes that a constructor assigns to `self`."""
    for node in _statements(body):
        if node.type != "function_definition" or text(node.child_by_field_name("name")) != "__init__":
            continue
        block = node.child_by_field_name("body")
        for statement in _statements(block) if block is not None else ():
            inner = statement.named_children[0] if statement.named_children else None
            left = inner.child_by_field_name("left") if inner is not None and inner.type == "assignment" else None
            name = f"{owner}.{full_name(left).removeprefix('self.')}"
            if left is not None and re.fullmatch(r"self\.\w+", full_name(left)) and name not in known:
                known.add(name)
                yield Symbol(name, "attribute", left.start_point.row + 1, (statement.start_byte, statement.end_byte))


def _base(node: Node) -> str:
    if node.type == "subscript":
        return full_name(node.child_by_field_name("value"))
    return full_name(node)


def _field(member: Symbol) -> Parameter:
    default = member.value
    signature = f"{member.bare}: {member.returns}" + (f" = {default}" if default is not None else "")
    return Parameter(member.bare, signature, member.returns, default)


def _assignment_symbols(node: Node, owner: str) -> Iterator[Symbol]:
    """Parse `NAME = value` and `name: type = value`. In a class, `returns` passes the type on to its constructor."""
    if node.type != "assignment":
        return
    left, right, kind = (node.child_by_field_name(f) for f in ("left", "right", "type"))
    if left is None or left.type != "identifier":
        return
    while right is not None and right.type == "assignment":
        right = right.child_by_field_name("right")
    yield Symbol(
        name=f"{owner}.{text(left)}" if owner else text(left),
        what="attribute" if owner else "constant",
        line=node.start_point.row + 1,
        span=(node.start_byte, node.end_byte),
        value=text(right) if right is not None else None,
        returns=text(kind) if kind is not None and owner else None,
    )


def _parameters(node: Node | None) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    only_keywords = False
    for child in node.named_children if node is not None else []:
        if child.type == "positional_separator":
            found = [replace(p, kind="positional") for p in found]
            found.append(Parameter("/", "/", kind="rest"))
        elif child.type == "keyword_separator":
            only_keywords = True
            found.append(Parameter("*", "*", kind="rest"))
        elif child.type != "comment":
            parameter = _parameter(child)
            if parameter.text.startswith("*"):
                only_keywords = True
            elif only_keywords:
                parameter = replace(parameter, kind="keyword")
            found.append(parameter)
    return tuple(found)


def _parameter(node: Node) -> Parameter:
    name = node.child_by_field_name("name") or (node.named_children[0] if node.named_children else node)
    kind, value = node.child_by_field_name("type"), node.child_by_field_name("value")
    bare = text(name)
    return Parameter(
        name=bare.lstrip("*"),
        text=" ".join(text(node).split()),
        annotation=text(kind) if kind is not None else None,
        default=text(value) if value is not None else None,
        kind="rest" if text(node).startswith("*") else "either",
    )


def _bindings(root: Node, package: str) -> Iterator[Binding]:
    for node in _statements(root):
        if node.type == "import_statement":
            for name in node.children_by_field_name("name"):
                source = full_name(name.child_by_field_name("name") if name.type == "aliased_import" else name)
                alias = name.child_by_field_name("alias")
                yield Binding(text(alias) if alias is not None else source.partition(".")[0], source, None)
        elif node.type == "import_from_statement":
            source = absolute_module(node.child_by_field_name("module_name"), package)
            if any(c.type == "wildcard_import" for c in node.named_children):
                yield Binding("*", source, "*")
            for name in node.children_by_field_name("name"):
                alias = name.child_by_field_name("alias")
                bare = full_name(name.child_by_field_name("name") if name.type == "aliased_import" else name)
                yield Binding(text(alias) if alias is not None else bare, source, bare)


def _exports(root: Node) -> frozenset[str] | None:
    """Return the strings of `__all__`; None if it is missing or computed."""
    names: set[str] | None = None
    for node in _statements(root):
        inner = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
        if inner is None or text(inner.child_by_field_name("left")) != "__all__":
            continue
        right = inner.child_by_field_name("right")
        if right is None or right.type not in ("list", "tuple"):
            return None
        names = (names or set()) | {text(n).strip("\"'") for n in right.named_children if n.type == "string"}
    return frozenset(names) if names is not None else None
