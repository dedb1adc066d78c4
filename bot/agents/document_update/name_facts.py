"""Facts about replaced names. Only names that the docs mention are looked up in the program."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bot.agents.document_update.documents import Library
from bot.agents.document_update.remaining_uses import (
    OWN_QUALIFIER,
    Programs,
    name_status,
    remaining_lines,
    remaining_use,
)
from bot.agents.document_update.rules.fact_context import FactContext
from bot.domain import Fact, FactKind
from bot.languages.namespaces import Namespaces
from bot.languages.program import looks_like_identifier, subwords
from bot.languages.symbol_table import SymbolTable
from bot.languages.tokens import Replacement

_MAX_NAMES = 200
"""Of a larger change, only the most frequently removed names are looked up."""
_COMMON_WORDS = frozenset(
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


def spelling_contexts(
    replacements: Mapping[str, Replacement],
    library: Library,
    base: SymbolTable,
    head: SymbolTable,
    programs: Programs,
    facts: Sequence[Fact],
    namespaces: tuple[Namespaces, Namespaces],
) -> Iterator[FactContext]:
    """Yield a context for each name that the change replaced or removed and that the docs mention."""
    candidates = sorted((r for r in replacements.values() if r.removed > r.added or r.count), key=lambda r: -r.removed)
    own = {part for module in (*base.modules, *head.modules) for part in module.split(".")}
    kinds = [(replacement, _fact_kind(replacement)) for replacement in candidates]
    predecessors = _predecessors(r for r, kind in kinds if kind is FactKind.NAME_REPLACED)
    for replacement, kind in kinds[:_MAX_NAMES]:
        if kind is FactKind.NAME_REPLACED and (
            len(predecessors[replacement.new]) > 1 or _is_merged(replacement, replacements.values())
        ):
            continue
        if kind is FactKind.NAME_REPLACED and not _is_ours(replacement, own):
            continue
        if kind is None or not library.paths_mentioning({longest_word(replacement.old)}):
            continue
        if kind is FactKind.NAME_GONE:
            if programs.is_removed(replacement.old, own):
                fact = _fact(kind, replacement)
                yield FactContext(fact, base, head, siblings=facts, replacement=replacement, namespaces=namespaces)
            continue
        lines = remaining_lines(replacement.old, programs.head)
        status = "alive" if programs.head.has_file(replacement.old) else name_status(replacement, lines)
        uses = [remaining_use(line, replacement) for line in lines]
        fact = _fact(kind, replacement)
        yield FactContext(
            fact, base, head, siblings=facts, replacement=replacement, status=status, remaining_uses=uses,
            programs=(programs.base, programs.all_code),
        )  # fmt: skip


def longest_word(name: str) -> bytes:
    """Return the longest word of a name, which every mention of the name contains."""
    found: list[str] = re.findall(r"[^\W\d]\w*", name.replace("$", " "))
    return max(found or [name], key=len).encode()


def _is_significant(old: str) -> bool:
    return len(old.strip("-_$")) > 2 and old.lower() not in _COMMON_WORDS


def _fact_kind(replacement: Replacement) -> FactKind | None:
    """Return what the evidence supports: that the name was replaced, that it is gone, or None."""
    old, new = replacement.old, replacement.new
    if not _is_significant(old):
        return None
    if new and replacement.agreement >= 0.5 and replacement.count >= 0.6 * replacement.removed:
        proven = _has_same_shape(old, new) and _is_related(replacement) and _is_proven(replacement)
        return FactKind.NAME_REPLACED if proven else None
    return FactKind.NAME_GONE if replacement.replaced < 0.3 * replacement.removed else None


def _is_proven(replacement: Replacement) -> bool:
    """Return whether code other than tests shows the replacement.

    An ordinary word needs a second place, or its declaration.
    """
    contexts = [context for context in replacement.contexts if not context.in_test]
    if looks_like_identifier(replacement.old) or replacement.old[:1].isupper():
        return bool(contexts)
    return len(contexts) > 1 or any(context.role in ("definition", "parameter") for context in contexts)


def _is_ours(replacement: Replacement, own: Collection[str]) -> bool:
    """Return whether the changed code gives the name a meaning, rather than only using a foreign one."""
    return any(
        s.role == "definition" or not s.qualifier or OWN_QUALIFIER.match(s.qualifier) or s.qualifier.rstrip(".:") in own
        for s in replacement.contexts
    )


def _fact(kind: FactKind, replacement: Replacement) -> Fact:
    new = replacement.new if kind is FactKind.NAME_REPLACED else None
    after = replacement.after if new else None
    return Fact(kind, "name", replacement.old, new, replacement.old, new, replacement.before, after, 1.0)


def _has_same_shape(old: str, new: str) -> bool:
    """Return whether two names have the same leading dashes and underscores, and the same capitalization."""

    def kind(name: str) -> tuple[str, bool, bool]:
        bare = name.lstrip("-_")
        return name[: len(name) - len(bare)], bare[:1].isupper(), len(bare) > 1 and bare.isupper()

    return kind(old) == kind(new)


def _is_related(replacement: Replacement) -> bool:
    """Return whether both names may mean one thing: they have one word in common, or only the name changed."""
    old, new = replacement.old, replacement.new
    if set(subwords(old)) & set(subwords(new)) or old.lower() in new.lower() or new.lower() in old.lower():
        return True
    defined = [s for s in replacement.contexts if s.role == "definition"]
    if defined:
        return any(s.is_only_change for s in defined)
    own = [s for s in replacement.contexts if not s.is_import]
    return len(own) >= 3 or any(s.role == "parameter" for s in own)


def _predecessors(replacements: Iterable[Replacement]) -> Mapping[str, Collection[str]]:
    """Map each new name to the old names that it replaced; spellings of one name count once."""
    found: dict[str, set[str]] = defaultdict(set)
    for replacement in replacements:
        found[replacement.new].add(_normalize(replacement.old))
    return found


def _normalize(name: str) -> str:
    return re.sub(r"[-_$]", "", name).lower()


def _is_merged(replacement: Replacement, replacements: Iterable[Replacement]) -> bool:
    """Return whether two old names became one: both contain all words of the new name and were removed together."""
    old, new = replacement.old, set(subwords(replacement.new))
    return new < set(subwords(old)) and any(
        r.before == replacement.before
        and r.removed
        and _normalize(r.old) != _normalize(old)
        and new < set(subwords(r.old))
        for r in replacements
    )
