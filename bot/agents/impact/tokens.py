"""Lines of any language: where two texts differ, what is code, string or comment, and which definition holds a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from bot.agents.impact.words import words

Channel = Literal["code", "string", "comment"]
Token = tuple[Channel, str]

_LITERAL = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?P<comment>(?<!\S)\#(?![\[!]).*|(?<!:)//.*|/\*.*?\*/)"""
)
_FENCES = re.compile(r'"""|\'\'\'|/\*|\*/')
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
_HOLDER = re.compile(
    r"^[ \t]*(?:[a-z]+(?:\([^)]*\))?\s+)*(?:class|module|namespace|mod|interface|object|enum|trait|impl)\b"
)
_CONSTANT = re.compile(r"^(?P<name>[A-Za-z_][\w]*)\s*(?::[^=]+)?=(?!=)")

LONGEST_LINE = 2_000
"""Characters; what stands beyond them is not looked at."""
MANY_PAIRS = 400_000
"""Of words, old times new; beyond it they are compared as sets."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `old[a:b]` became `new[c:d]`, counted from 0."""

    a: int
    b: int
    c: int
    d: int


def hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Where two texts differ, by lines that stand once in both, then by the longest runs between them."""
    return [Hunk(*h) for h in _differ(old, new, 0, len(old), 0, len(new))]


def _differ(
    old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int
) -> Iterator[tuple[int, int, int, int]]:
    while a < b and c < d and old[a] == new[c]:
        a, c = a + 1, c + 1
    while a < b and c < d and old[b - 1] == new[d - 1]:
        b, d = b - 1, d - 1
    if a == b and c == d:
        return
    if a == b or c == d:
        yield a, b, c, d
    elif pairs := _anchors(old, new, a, b, c, d):
        for x, y in [*pairs, (b, d)]:
            yield from _differ(old, new, a, x, c, y)
            a, c = x + 1, y + 1
    else:
        matcher = SequenceMatcher(None, old[a:b], new[c:d], autojunk=b - a > 400)
        for tag, i, j, k, m in matcher.get_opcodes():
            if tag != "equal":
                yield a + i, a + j, c + k, c + m


def _anchors(old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int) -> list[tuple[int, int]]:
    """Lines that stand once on both sides, as far as their order agrees (patience)."""
    there = _once(new, c, d)
    pairs = [(x, there[line]) for line, x in _once(old, a, b).items() if line in there]
    piles: list[int] = []
    backs: list[int] = [-1] * len(pairs)
    tops: list[int] = []
    for number, (_, y) in enumerate(pairs):
        low, high = 0, len(piles)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if piles[middle] < y else (low, middle)
        backs[number] = tops[low - 1] if low else -1
        piles[low : low + 1] = [y]
        tops[low : low + 1] = [number]
    chain, at = [], tops[-1] if tops else -1
    while at >= 0:
        chain.append(pairs[at])
        at = backs[at]
    return chain[::-1]


def _once(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for number in range(start, end):
        line = lines[number]
        if line.strip():
            seen[line] = -1 if line in seen else number
    return {line: number for line, number in seen.items() if number >= 0}


def quoted(lines: Sequence[str]) -> list[bool]:
    """For each line, whether it begins inside a block comment or a text of three quotes."""
    inside, closing = [], ""
    for line in lines:
        inside.append(bool(closing))
        for match in _FENCES.finditer(line[:LONGEST_LINE]):
            if closing:
                closing = "" if match[0] == closing else closing
            elif match[0] != "*/":
                closing = "*/" if match[0] == "/*" else match[0]
    return inside


def channels(line: str, inside: bool) -> Iterator[tuple[Channel, str]]:
    """A line cut into code, strings (without quotes) and comments."""
    line = line[:LONGEST_LINE]
    stripped = line.lstrip()
    if inside or stripped.startswith(('"""', "'''", "*", 'r"""', "///")):
        yield "comment", line
        return
    at = 0
    for match in _LITERAL.finditer(line):
        yield "code", line[at : match.start()]
        if match["string"] is not None:
            yield "string", match["string"][1:-1]
        else:
            yield "comment", match[0]
        at = match.end()
    yield "code", line[at:]


def definition(line: str) -> str | None:
    """The name that a line defines, if it does."""
    found = _DEFINITION.match(line[:LONGEST_LINE])
    if found:
        return next(name for name in found.group("name", "bound", "assigned", "method") if name)
    constant = _CONSTANT.match(line[:LONGEST_LINE])
    return constant["name"] if constant else None


def enclosing(lines: Sequence[str], at: int) -> list[tuple[int, str]]:
    """Line and name of the definitions that hold a line, the nearest first, by indentation."""
    found: list[tuple[int, str]] = []
    indent = next((_indent(line) for line in lines[at : at + 3] if line.strip()), 0)
    for number in range(min(at, len(lines)) - 1, max(-1, at - 1_500), -1):
        line = lines[number]
        if not line.strip() or _indent(line) >= indent or line.lstrip()[:1] in ")]}#/*":
            continue
        indent = _indent(line)
        name = definition(line)
        if name:
            found.append((number, name))
        if not indent:
            break
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def in_brackets(lines: Sequence[str], start: int, at: int) -> bool:
    """Whether a line still stands within the brackets that a definition opens, be they of a list or of parameters."""
    return _stays_open(lines, start, at, "([", ")]")


def _stays_open(lines: Sequence[str], start: int, at: int, opening: str, closing: str) -> bool:
    depth = 0
    for line in lines[start : min(at, start + 60)]:
        depth += sum(map(line.count, opening)) - sum(map(line.count, closing))
        if depth <= 0:
            return False
    return at > start


def is_parameter(lines: Sequence[str], start: int, at: int) -> bool:
    """Whether a line stands within the round brackets of a function's definition, where its parameters are."""
    binding = _BINDING.match(lines[start][:LONGEST_LINE])
    if binding and not (binding["bound"] and _FUNCTION.match(lines[start], binding.end())):
        return False
    return _stays_open(lines, start, at, "(", ")")


def is_local(line: str) -> bool:
    """Whether a line binds a name as a function's own variable does."""
    return _LOCAL.match(line[:LONGEST_LINE]) is not None


def holds_code(line: str) -> bool:
    """Whether a line begins a function, rather than a class, a module or a value."""
    return _HOLDER.match(line[:LONGEST_LINE]) is None


def channel_words(lines: Sequence[str], inside: Sequence[bool]) -> list[Token]:
    """The words of lines, in order."""
    return [
        (channel, word)
        for line, held in zip(lines, inside, strict=True)
        for channel, text in channels(line, held)
        for word in words(text)
    ]


def token_changes(old: Sequence[Token], new: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """Which words of two runs go, and which come."""
    before, after = [w for _, w in old], [w for _, w in new]
    if len(old) * len(new) > MANY_PAIRS:
        there, here = set(after), set(before)
        return [t for t in old if t[1] not in there], [t for t in new if t[1] not in here]
    gone: list[Token] = []
    come: list[Token] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[i:j]
            come += new[k:m]
    return gone, come
