"""Python grammar, and helpers for syntax nodes."""

from __future__ import annotations

import re

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Point, Range, Tree

_WORD = re.compile(r"[^\W\d]\w*")
_GRAMMAR = Language(tree_sitter_python.language())
_MAX_DEPTH = 200


def parse(data: bytes, spans: tuple[tuple[int, int], ...] | None = None) -> Tree:
    """Parse a file, or only the given spans of it; offsets are those of the file."""
    if spans is None:
        return Parser(_GRAMMAR).parse(data)
    # Only byte offsets are used, so the points of a range may all be the origin.
    ranges = [Range(Point(0, 0), Point(0, 0), start, end) for start, end in spans]
    return Parser(_GRAMMAR, included_ranges=ranges).parse(data)


def is_too_deep(root: Node) -> bool:
    """Return whether the tree is nested too deeply to be processed recursively."""
    level = [root]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in node.named_children]
        if not level:
            return False
    return True


def text(node: Node | None) -> str:
    """Return the source text of a node; undecodable bytes become U+FFFD."""
    return (node.text or b"").decode(errors="replace") if node is not None else ""


def full_name(node: Node | None) -> str:
    """Return `a.b.c` for a name or an attribute chain of names; empty for any other node."""
    if node is None:
        return ""
    if node.type in ("identifier", "dotted_name"):
        return text(node)
    if node.type == "attribute":
        head = full_name(node.child_by_field_name("object"))
        return f"{head}.{text(node.child_by_field_name('attribute'))}" if head else ""
    return ""


def absolute_module(node: Node | None, package: str) -> str:
    """Return the absolute name of an imported module; `package` is the importing package."""
    if node is None or node.type != "relative_import":
        return full_name(node)
    prefix, *rest = node.named_children
    up = text(prefix).count(".") - 1
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - up] if up else parts
    return ".".join([*parts, *(full_name(n) for n in rest)])


def words(data: bytes) -> frozenset[str]:
    """Return the identifiers of a file and the words in its strings, excluding comments and docstrings."""
    found: set[str] = set()
    stack = [parse(data).root_node]
    while stack:
        node = stack.pop()
        if node.type == "identifier":
            found.add(text(node))
        elif node.type == "string":
            found.update(_WORD.findall(text(node)))
        elif node.type != "expression_statement" or [c.type for c in node.named_children] != ["string"]:
            stack.extend(node.named_children)
    return frozenset(found)
