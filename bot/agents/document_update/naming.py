"""From replaced names to facts: only those that the docs mention are looked up in the program."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.agents.document_update.documents import Library
from bot.agents.impact.lines import definition, enclosing, is_parameter
from bot.domain import Fact, FactKind
from bot.languages.program import Line, Program, identifier_like, parts
from bot.languages.surface import Surface
from bot.languages.tokens import STANDARD, Replacement, Standing, before, callee
from bot.rules.subject import Subject, Survival

_MOST = 200
_MOST_LINES = 100
"""Names; a change of more is looked at as far as its most frequent ones."""
_OWN = re.compile(r"(?:self|this|cls|super|prototype)\b|.*/$")
_DEPRECATED = re.compile(
    r"deprecat|obsolete|\blegacy\b|\brenamed\b|old name|backwards?[- ]compat|\balias(?:es)? (?:for|of|to)\b"
    r"|\bwarn(?:ings?)?\s*[.(]",
    re.I,
)
_COMMENT = re.compile(r"\s*(?:#(?!\[)|//|/\*|\*|--\s|;|<!--)")
_REMARK = re.compile(r"(?:^|\s)(?:#|//)\s")
_QUOTES = frozenset("\"'`")
_KEY = re.compile(r"\??\s*(?::(?!:)|=(?!=))")
_PLAIN = frozenset(
    [
        "self",
        "this",
        "cls",
        "enum",
        "none",
        "null",
        "true",
        "false",
        "return",
        "import",
        "from",
        "class",
        "def",
        "function",
        "func",
        "const",
        "let",
        "var",
        "type",
        "string",
        "int",
        "bool",
        "list",
        "dict",
        "set",
        "str",
        "value",
        "values",
        "name",
        "names",
        "data",
        "the",
        "and",
        "for",
        "not",
        "with",
        "file",
        "files",
        "line",
        "lines",
        "key",
        "keys",
        "item",
        "items",
        "args",
        "kwargs",
        "error",
        "errors",
        "result",
        "results",
        "test",
        "tests",
        "path",
        "paths",
        "url",
        "object",
        "array",
        "number",
        "index",
        "default",
        "options",
        "option",
        "config",
        "context",
        "request",
        "response",
    ]
)


@dataclass(frozen=True, slots=True)
class Programs:
    """The program before the change and after it, and all code after it: with tests and examples."""

    base: Program
    head: Program
    everything: Program

    def lost(self, name: str, own: Collection[str]) -> bool:
        """Whether the program had a name of its own, and no code and no file bears it any more."""
        if self.everything.has_file(name) or _left(name, self.everything, 1):
            return False
        return any(_is_meant(line, name, own) for line in self.base.lines(name, _MOST_LINES))


def subjects(
    replacements: Mapping[str, Replacement],
    library: Library,
    base: Surface,
    head: Surface,
    programs: Programs,
    facts: Sequence[Fact],
) -> Iterator[Subject]:
    """Each name that went and that the docs mention, with what became of it."""
    wanted = sorted((r for r in replacements.values() if r.removed > r.added or r.count), key=lambda r: -r.removed)
    own = {part for module in (*base.modules, *head.modules) for part in module.split(".")}
    heirs = _heirs(wanted)
    for replacement in wanted[:_MOST]:
        kind = _kind(replacement)
        if kind is FactKind.NAME_REPLACED and (
            len(heirs[replacement.new]) > 1 or _is_merged(replacement, replacements.values())
        ):
            continue
        if kind is FactKind.NAME_REPLACED and not _is_ours(replacement, own):
            continue
        if kind is None or not library.mentioning({word(replacement.old)}):
            continue
        if kind is FactKind.NAME_GONE:
            if programs.lost(replacement.old, own):
                yield Subject(_fact(kind, replacement), base, head, siblings=facts, replacement=replacement)
            continue
        lines = _left(replacement.old, programs.head)
        survival = "alive" if programs.head.has_file(replacement.old) else _survival(replacement, lines)
        standing = [_standing(line, replacement) for line in lines]
        fact = _fact(kind, replacement)
        yield Subject(
            fact, base, head, siblings=facts, replacement=replacement, survival=survival, standing=standing
        )  # fmt: skip


def word(name: str) -> bytes:
    """The longest word of a name, which every mention of it holds."""
    found: list[str] = re.findall(r"[^\W\d]\w*", name.replace("$", " "))
    return max(found or [name], key=len).encode()


def _telling(old: str) -> bool:
    return len(old.strip("-_$")) > 2 and old.lower() not in _PLAIN


def _left(name: str, program: Program, most: int = _MOST_LINES) -> list[Line]:
    """The lines of the program that still hold a name as its own."""
    return [line for line in program.lines(name, most) if not _is_foreign(line.text, name)]


def _is_meant(line: Line, name: str, own: Collection[str]) -> bool:
    """Whether a line of code gives a name a meaning: no comment, nobody else's, and not just a word of a text."""
    ahead, rest = line.text[: line.column], line.text[line.column + len(name) :]
    if _COMMENT.match(line.text) or _REMARK.search(ahead):
        return False
    qualified = before(line.text, line.column)
    if qualified and not _OWN.match(qualified) and qualified.rstrip(".:") not in own:
        return False
    if identifier_like(name) or definition(line.text) == name:
        return True
    return (ahead[-1:] in _QUOTES and ahead[-1:] == rest[:1]) or _KEY.match(rest) is not None


def _is_foreign(line: str, name: str) -> bool:
    """Whether a line holds the name only as the standard library's."""
    if not any(f"{root}{sign}{name}" in line for root in STANDARD for sign in (".", "::")):
        return False
    rest = re.sub(rf"\b(?:{'|'.join(STANDARD)})(?:\.|::){re.escape(name)}(?!\w)", "", line)
    return not _mentions(rest, name)


def _standing(line: Line, replacement: Replacement) -> Standing:
    """What a line says of a name; around it is looked only where it defines the name or passes something by it."""
    name, text = replacement.old, line.text
    defined = definition(text)
    told = _is_told(line, replacement)
    passes = re.match(r"\s*[=:,]|\s*$", text[line.column + len(name) :])
    if defined is None and not passes:
        return Standing(text, told=told)
    held = enclosing(line.lines, line.number)
    called = callee(line.lines, line.number, line.column)
    if held and is_parameter(line.lines, held[0][0], line.number):
        called = held[0][1]
    called = called or (defined if defined != name else "") or ""
    return Standing(text, tuple(n for _, n in held), called, defined == name, told)


def _is_told(line: Line, replacement: Replacement) -> bool:
    around = line.around()
    return _DEPRECATED.search(around) is not None and _mentions(around, replacement.new)


def _survival(replacement: Replacement, lines: Sequence[Line]) -> Survival:
    """Gone from the program; kept only as another name of its successor or where a deprecation is told; or alive."""
    old, new = re.escape(replacement.old), re.escape(replacement.new)
    if not lines:
        return "gone"
    alias = re.compile(
        rf"^\s*(?:(?:export|pub|const|let|var|type|static)\s+)*"
        rf"{old}\s*(?::[^=]+)?=\s*[\w.]*\b{new}\b\W*(?:#.*|//.*)?$"
        rf"|\b{new}\s+as\s+{old}\b"
    )
    if any(alias.search(x.text) for x in lines):
        return "deprecated"
    listed = re.compile(rf"\s*[\"']?{old}[\"']?,?\s*$|\s*(?:from|import|export|use|pub use)\b")
    said = any(_DEPRECATED.search(x.text) and _mentions(x.around(2), replacement.new) for x in lines)
    told = [_is_told(x, replacement) for x in lines]
    living = sum(not t and not listed.match(x.text) for t, x in zip(told, lines, strict=True))
    return "deprecated" if any(told) and living <= (sum(told) if said else 0) else "alive"


def _mentions(line: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", line) is not None


def _kind(replacement: Replacement) -> FactKind | None:
    """What may be said of a name: that another took its place, that it went, or nothing."""
    old, new = replacement.old, replacement.new
    if not _telling(old):
        return None
    if new and replacement.agreement >= 0.5 and replacement.count >= 0.6 * replacement.removed:
        proven = _alike(old, new) and _related(replacement) and _is_proven(replacement)
        return FactKind.NAME_REPLACED if proven else None
    return FactKind.NAME_GONE if replacement.replaced < 0.3 * replacement.removed else None


def _is_proven(replacement: Replacement) -> bool:
    """Whether the program itself shows it, not tests alone; a plain word more than once, or where it is declared."""
    program = [spot for spot in replacement.spots if not spot.test]
    if identifier_like(replacement.old) or replacement.old[:1].isupper():
        return bool(program)
    return len(program) > 1 or any(spot.role in ("definition", "parameter") for spot in program)


def _is_ours(replacement: Replacement, own: Collection[str]) -> bool:
    """Whether the changed code gives the name a meaning, and does not only take it from something else."""
    return any(
        s.role == "definition" or not s.before or _OWN.match(s.before) or s.before.rstrip(".:") in own
        for s in replacement.spots
    )


def _fact(kind: FactKind, replacement: Replacement) -> Fact:
    new = replacement.new if kind is FactKind.NAME_REPLACED else None
    after = replacement.after if new else None
    return Fact(kind, "name", replacement.old, new, replacement.old, new, replacement.before, after, 1.0)


def _alike(old: str, new: str) -> bool:
    """Whether two names are of one kind: as many dashes or underscores before, a capital or none."""

    def kind(name: str) -> tuple[str, bool, bool]:
        bare = name.lstrip("-_")
        return name[: len(name) - len(bare)], bare[:1].isupper(), len(bare) > 1 and bare.isupper()

    return kind(old) == kind(new)


def _related(replacement: Replacement) -> bool:
    """Whether it is one thing under another name: the names share a word, or nothing but the name changed."""
    old, new = replacement.old, replacement.new
    if set(parts(old)) & set(parts(new)) or old.lower() in new.lower() or new.lower() in old.lower():
        return True
    defined = [s for s in replacement.spots if s.role == "definition"]
    if defined:
        return any(s.only for s in defined)
    own = [s for s in replacement.spots if not s.taken]
    return len(own) >= 3 or any(s.role == "parameter" for s in own)


def _heirs(replacements: Iterable[Replacement]) -> Mapping[str, Collection[str]]:
    """For each new name the old ones that gave way to it; the spellings of one name are one."""
    found: dict[str, set[str]] = defaultdict(set)
    for replacement in replacements:
        if _kind(replacement) is FactKind.NAME_REPLACED:
            found[replacement.new].add(_bare(replacement.old))
    return found


def _bare(name: str) -> str:
    return re.sub(r"[-_$]", "", name).lower()


def _is_merged(replacement: Replacement, replacements: Iterable[Replacement]) -> bool:
    """Whether a name that it shared all of the new one with left beside it: both became the new one."""
    old, new = replacement.old, set(parts(replacement.new))
    return new < set(parts(old)) and any(
        r.before == replacement.before and r.removed and _bare(r.old) != _bare(old) and new < set(parts(r.old))
        for r in replacements
    )
