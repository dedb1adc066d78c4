"""Meaning of the names in a Python example: resolves imports and infers simple types of local variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from bot.languages.language import Snippet, Span, Usage
from bot.languages.python.syntax import absolute_module, full_name, is_too_deep, parse, text

_PROMPTS = (b">>> ", b"... ", b">>>", b"...")


def snippet(data: bytes, lines: tuple[Span, ...], names: Mapping[str, str]) -> Snippet:
    """Parse the code on some lines of a document; `names` are the imports of earlier examples.

    In a console session, only the text after a prompt is code.
    """
    root = parse(data, _code(data, lines)).root_node
    if is_too_deep(root):
        return Snippet(broken=True)
    reader = _SnippetReader(names)
    reader.bind(root)
    return Snippet(tuple(reader.usages(root)), reader.names, bool(root.has_error))


def _code(data: bytes, lines: tuple[Span, ...]) -> tuple[Span, ...]:
    if not any(data[a:b].lstrip().startswith(b">>>") for a, b in lines):
        return lines
    spans = []
    for start, end in lines:
        line = data[start:end]
        indent = len(line) - len(line.lstrip(b" "))
        prompt = next((p for p in _PROMPTS if line[indent:].startswith(p)), None)
        if prompt is not None:
            spans.append((start + indent + len(prompt), end))
    return tuple(s for s in spans if s[0] < s[1])


class _SnippetReader:
    """The names of an example. `names` maps a local name to its meaning, or to an empty string if it is unknown."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self.local_names: set[str] = set()

    # -------------------------------------------------------------- bindings

    def bind(self, node: Node) -> None:
        """Store the names that the example imports, defines and assigns, in order."""
        for child in node.named_children:
            match child.type:
                case "import_statement":
                    self._import(child)
                case "import_from_statement":
                    self._import_from(child)
                case "function_definition" | "class_definition":
                    self._define(child)
                case "assignment":
                    self._assign(child.child_by_field_name("left"), child.child_by_field_name("right"))
                case "as_pattern":
                    target = next((c for c in child.named_children if c.type == "as_pattern_target"), None)
                    self._assign(target.named_children[0] if target else None, child.named_children[0])
                case "for_statement" | "for_in_clause":
                    self._bind_unknown(child.child_by_field_name("left"))
                case "typed_parameter" | "typed_default_parameter":
                    self._bind_parameter(child)
                case "parameters" | "lambda_parameters":
                    for parameter in child.named_children:
                        self._bind_unknown(parameter.child_by_field_name("name") or parameter)
            self.bind(child)

    def _import(self, node: Node) -> None:
        for name in node.children_by_field_name("name"):
            alias = name.child_by_field_name("alias")
            source = full_name(name.child_by_field_name("name") if alias is not None else name)
            head = text(alias) if alias is not None else source.partition(".")[0]
            self.names[head] = source if alias is not None else head

    def _import_from(self, node: Node) -> None:
        source = absolute_module(node.child_by_field_name("module_name"), "")
        for name in node.children_by_field_name("name"):
            alias = name.child_by_field_name("alias")
            bare = full_name(name.child_by_field_name("name") if alias is not None else name)
            self.names[text(alias) if alias is not None else bare] = f"{source}.{bare}"

    def _define(self, node: Node) -> None:
        parent = node.parent
        while parent is not None and parent.type in ("block", "decorated_definition"):
            parent = parent.parent
        if parent is None or parent.type != "class_definition":
            self._bind_name(text(node.child_by_field_name("name")), "")

    def _assign(self, left: Node | None, right: Node | None) -> None:
        if left is None or left.type != "identifier":
            self._bind_unknown(left)
            return
        while right is not None and right.type in ("await", "parenthesized_expression") and right.named_children:
            right = right.named_children[0]
        self._bind_name(text(left), self._constructor_class(right))

    def _bind_parameter(self, node: Node) -> None:
        name = node.child_by_field_name("name") or node.named_children[0]
        kind = node.child_by_field_name("type")
        meaning = self.meaning(kind.named_children[0]) if kind is not None and kind.named_children else ""
        self._bind_name(text(name), meaning if meaning.rpartition(".")[2][:1].isupper() else "")

    def _bind_unknown(self, target: Node | None) -> None:
        if target is None:
            return
        if target.type == "identifier":
            self._bind_name(text(target), "")
        elif target.type in ("pattern_list", "tuple_pattern", "list_pattern"):
            for child in target.named_children:
                self._bind_unknown(child)

    def _bind_name(self, name: str, meaning: str) -> None:
        self.local_names.add(name)
        self.names[name] = meaning

    # -------------------------------------------------------------- usages

    def meaning(self, node: Node | None) -> str:
        """Return the meaning of a name or a dotted name; empty for an object of unknown type."""
        written = full_name(node)
        if written:
            head, dot, rest = written.partition(".")
            known = self.names.get(head, head)
            return known + dot + rest if known else ""
        if node is not None and node.type == "attribute":
            inner = node.child_by_field_name("object")
            instance_class = self._constructor_class(inner)
            return f"{instance_class}.{text(node.child_by_field_name('attribute'))}" if instance_class else ""
        return ""

    def _constructor_class(self, node: Node | None) -> str:
        """Return the class that a call instantiates, recognized by its capital letter; empty for any other call."""
        callee = self.meaning(node.child_by_field_name("function")) if node is not None and node.type == "call" else ""
        return callee if callee.rpartition(".")[2][:1].isupper() else ""

    def _is_known(self, node: Node) -> bool:
        """Return whether the first part of a name was imported, or is an instance of an imported class."""
        head = full_name(node).partition(".")[0]
        value = self.names.get(head, "") if head else self.meaning(node)
        return bool(value) and not value[0].isupper()

    def usages(self, node: Node) -> Iterator[Usage]:
        for child in node.named_children:
            match child.type:
                case "identifier":
                    yield self._name(child)
                case "attribute":
                    yield from self._attribute(child)
                case "keyword_argument":
                    yield from self._keyword(child)
                case "import_statement":
                    for name in child.children_by_field_name("name"):
                        target = name.child_by_field_name("name") if name.type == "aliased_import" else name
                        yield from self._path(target)
                case "import_from_statement":
                    yield from self._import_usages(child)
                case "class_definition":
                    yield from self._overrides(child)
                    yield from self._definition_usages(child)
                case "function_definition":
                    yield from self._definition_usages(child)
                case _:
                    yield from self.usages(child)

    def _definition_usages(self, node: Node) -> Iterator[Usage]:
        """Yield the usages within a definition, except the name that it defines."""
        for field in ("superclasses", "parameters", "return_type", "body"):
            part = node.child_by_field_name(field)
            if part is not None:
                yield from self.usages(part)

    def _name(self, node: Node) -> Usage:
        name = text(node)
        return Usage(
            name, node.start_byte, node.end_byte, node.start_byte, self.meaning(node) or name,
            role="call" if _is_callee(node) else "name", known=self._is_known(node),
            local=name in self.local_names or self.names.get(name) == "", arguments=_arguments(node),
        )  # fmt: skip

    def _attribute(self, node: Node) -> Iterator[Usage]:
        inner, last = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if inner is not None and last is not None:
            meaning, written = self.meaning(node), full_name(node)
            yield Usage(
                text(last), last.start_byte, last.end_byte, node.start_byte if written else last.start_byte,
                meaning or f"?.{text(last)}",
                role="call" if _is_callee(node) else "attribute",
                known=self._is_known(node), arguments=_arguments(node),
            )  # fmt: skip
        yield from self.usages(node) if inner is not None and inner.type == "attribute" else self._value_usages(inner)

    def _value_usages(self, inner: Node | None) -> Iterator[Usage]:
        if inner is not None and inner.type == "identifier":
            yield self._name(inner)
        elif inner is not None:
            yield from self.usages(inner)

    def _keyword(self, node: Node) -> Iterator[Usage]:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        call = node.parent.parent if node.parent is not None else None
        function = call.child_by_field_name("function") if call is not None else None
        if name is not None and call is not None and call.type in ("call", "decorator") and function is not None:
            meaning = self.meaning(function)
            owner = meaning or f"?.{text(function.child_by_field_name('attribute'))}"
            yield Usage(
                text(name), name.start_byte, name.end_byte, name.start_byte, text(name),
                role="keyword", known=self._is_known(function), owner=owner,
                local=full_name(function) in self.local_names and not meaning,
            )  # fmt: skip
        yield from self._value_usages(value)

    def _path(self, node: Node | None) -> Iterator[Usage]:
        """Yield a usage for each prefix of an imported module's dotted name."""
        written, start = "", node.start_byte if node is not None else 0
        for part in node.named_children if node is not None else []:
            written = f"{written}.{text(part)}" if written else text(part)
            yield Usage(text(part), part.start_byte, part.end_byte, start, written, role="module", known=True)

    def _import_usages(self, node: Node) -> Iterator[Usage]:
        module = node.child_by_field_name("module_name")
        names = node.children_by_field_name("name")
        if module is None or module.type != "dotted_name":
            return
        yield from self._path(module)
        for name in names:
            target = name.child_by_field_name("name") if name.type == "aliased_import" else name
            if target is not None:
                yield Usage(
                    text(target), target.start_byte, target.end_byte, target.start_byte,
                    f"{text(module)}.{text(target)}", role="import", known=True,
                    module=(module.start_byte, module.end_byte), alone=len(names) == 1,
                )  # fmt: skip

    def _overrides(self, node: Node) -> Iterator[Usage]:
        """Yield the methods of a class with known bases, as overrides of the methods of those bases."""
        arguments, body = node.child_by_field_name("superclasses"), node.child_by_field_name("body")
        bases = [
            (self.meaning(n), self._is_known(n)) for n in (arguments.named_children if arguments is not None else [])
        ]
        for child in body.named_children if body is not None else []:
            method = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
            if method is None or method.type != "function_definition":
                continue
            name = method.child_by_field_name("name")
            for base, known in bases:
                if name is not None and base:
                    yield Usage(
                        text(name), name.start_byte, name.end_byte, name.start_byte, f"{base}.{text(name)}",
                        role="override", known=known,
                    )  # fmt: skip


def _is_callee(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "call" and parent.child_by_field_name("function") == node


def _arguments(node: Node) -> Span | None:
    parent = node.parent
    if parent is None or not _is_callee(node):
        return None
    arguments = parent.child_by_field_name("arguments")
    return (arguments.start_byte, arguments.end_byte) if arguments is not None else None
