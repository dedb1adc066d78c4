"""Line-based detection of definitions and scopes, for any language, without a parser."""

from __future__ import annotations

import re
from collections.abc import Sequence

_DEFINITION = re.compile(
    r"^[ \t]*(?:(?:export|default|pub(?:\([^)]*\))?|public|private|protected|internal|static|async|abstract|final|"
    r"unsafe|override|virtual|extern|inline|declare|readonly|cdef|cpdef)\s+)*"
    r"(?:(?:def|class|function\*?|fn|func|fun|struct|enum|trait|interface|type|impl(?:<[^>]*>)?|mod|module|namespace|record|"
    r"macro_rules!|sub)"
    r"\s+(?:\([^)]*\)\s*)?(?:[\w$]+\.)*(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?:const|let|var)\s+(?P<bound>[A-Za-z_$][\w$]*)\b"
    r"|(?:[\w$]+\.)+(?P<assigned>[A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:function|\()"
    r"|(?P<method>(?!(?:if|for|while|switch|catch|return|else|with|elif|match|loop|do|try)\b)[A-Za-z_$][\w$]*)\s*\([^()]*\)\s*\{)"
)
_BINDING = re.compile(
    r"^[ \t]*(?:(?:export|pub|static|declare|default)\s+)*(?P<bound>(?:const|let|var)\s+)?[A-Za-z_$][\w$]*\s*"
    r"(?::[^=]+)?=(?![=>])"
)
_FUNCTION = re.compile(r"\s*(?:async\s*)?(?:function\b|\()")
_LOCAL = re.compile(r"^[ \t]*(?:const|let|var)\s")
_CONTAINER = re.compile(
    r"^[ \t]*(?:[a-z]+(?:\([^)]*\))?\s+)*(?:class|module|namespace|mod|interface|object|enum|trait|impl)\b"
)
_CONSTANT = re.compile(r"^(?P<name>[A-Za-z_][\w]*)\s*(?::[^=]+)?=(?!=)")
MAX_LINE_CHARS = 2_000
"""The rest of a longer line is ignored."""


def definition_name(line: str) -> str | None:
    """Return the name that a line defines, if any."""
    found = _DEFINITION.match(line[:MAX_LINE_CHARS])
    if found:
        return next(name for name in found.group("name", "bound", "assigned", "method") if name)
    constant = _CONSTANT.match(line[:MAX_LINE_CHARS])
    return constant["name"] if constant else None


def enclosing_definitions(lines: Sequence[str], at: int) -> list[tuple[int, str]]:
    """Return line and name of the definitions around a line, by indentation, innermost first."""
    found: list[tuple[int, str]] = []
    indent = next((_indent(line) for line in lines[at : at + 3] if line.strip()), 0)
    for number in range(min(at, len(lines)) - 1, max(-1, at - 1_500), -1):
        line = lines[number]
        if not line.strip() or _indent(line) >= indent or line.lstrip()[:1] in ")]}#/*":
            continue
        indent = _indent(line)
        name = definition_name(line)
        if name:
            found.append((number, name))
        if not indent:
            break
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def in_brackets(lines: Sequence[str], start: int, at: int) -> bool:
    """Return whether a line is within the brackets that a definition opens: parameters or a list."""
    return _is_open_at(lines, start, at, "([", ")]")


def _is_open_at(lines: Sequence[str], start: int, at: int, opening: str, closing: str) -> bool:
    depth = 0
    for line in lines[start : min(at, start + 60)]:
        depth += sum(map(line.count, opening)) - sum(map(line.count, closing))
        if depth <= 0:
            return False
    return at > start


def is_parameter(lines: Sequence[str], start: int, at: int) -> bool:
    """Return whether a line is within the parameter list of a function definition."""
    binding = _BINDING.match(lines[start][:MAX_LINE_CHARS])
    if binding and not (binding["bound"] and _FUNCTION.match(lines[start], binding.end())):
        return False
    return _is_open_at(lines, start, at, "(", ")")


def is_local(line: str) -> bool:
    """Return whether a line declares a variable with `const`, `let` or `var`."""
    return _LOCAL.match(line[:MAX_LINE_CHARS]) is not None


def is_function(line: str) -> bool:
    """Return whether a definition can be a function: its line starts no class, module or other container."""
    return _CONTAINER.match(line[:MAX_LINE_CHARS]) is None
