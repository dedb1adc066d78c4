"""Draft the edits and notices that facts about the code imply for the docs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.agents.change_detection.additions import MIN_SIBLINGS
from bot.agents.change_detection.detect import Detection
from bot.agents.document_update.anchors import anchor_edits
from bot.agents.document_update.change_logs import change_log_edits
from bot.agents.document_update.conflicts import apply_rules, resolve_edits, select_notices
from bot.agents.document_update.doc_comments import doc_comment_formats, doc_comment_pages
from bot.agents.document_update.documents import Library
from bot.agents.document_update.name_facts import longest_word
from bot.agents.document_update.name_facts import spelling_contexts as spelled_subjects
from bot.agents.document_update.remaining_uses import Programs
from bot.agents.document_update.rules.fact_context import EDIT_THRESHOLD, FactContext
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Rule
from bot.agents.document_update.source_map import map_edits, map_notices
from bot.agents.document_update.tables import realign_tables
from bot.agents.document_update.verification import verify_edits
from bot.domain import Change, Draft, Edit, FactKind, Notice
from bot.formats.format import Format
from bot.formats.living import find_living_documents
from bot.languages.language import Language
from bot.languages.namespaces import Namespaces
from bot.languages.program import Program
from bot.languages.scope import language_of

_SPELLING_KINDS = frozenset(
    {
        FactKind.NAME_REPLACED,
        FactKind.NAME_GONE,
        FactKind.INTERFACE_RENAMED,
        FactKind.INTERFACE_REMOVED,
        FactKind.INTERFACE_DEFAULT_CHANGED,
    }
)
_PARAMETERS = re.compile(r"/(?:[{<:])[^/]*")
"""Parameters of a route, which docs may spell differently."""


def draft(
    change: Change,
    detection: Detection,
    languages: Sequence[Language],
    formats: Sequence[Format],
    rules: Sequence[Rule],
    rejected: frozenset[str] = frozenset(),
) -> Draft:
    """Draft the update of the docs at head, without edits whose fingerprint is in `rejected`."""
    library = Library(change.head, find_living_documents(change.head, formats))
    base, head = detection.base, detection.head
    moves = {f.symbol: f.symbol_after for f in detection.facts if f.kind is FactKind.FILE_MOVED and f.symbol_after}
    namespaces = (Namespaces(base), Namespaces(head))
    contexts = [
        FactContext(
            fact, base, head, moves, detection.facts, namespaces=namespaces, upcoming_version=detection.upcoming_version
        )
        for fact in detection.facts
    ]
    comments = Library(change.head, doc_comment_formats(change, head, contexts))
    in_code = _draft_edits(
        contexts, comments, _rules_for("doc comments", rules), languages, rejected, doc_comment_pages
    )
    programs = Programs(Program(change.base), Program(change.head), Program(change.head, include_tests=True))
    contexts += spelled_subjects(detection.replacements, library, base, head, programs, detection.facts, namespaces)
    in_docs = _draft_edits(contexts, library, _rules_for("documents", rules), languages, rejected, _document_pages)
    log_edits, log_texts = change_log_edits(change, contexts, formats, languages, _rules_for("change log", rules))
    doc_notices, notes = select_notices(in_docs[1], in_docs[0])
    comment_notices, more = select_notices(
        (n for n in in_code[1] if n.confidence >= EDIT_THRESHOLD), in_code[0], "places in doc comments"
    )
    edits = [*map_edits(in_docs[0], library), *log_edits]
    edits = sorted([*(e for e in edits if e.fingerprint not in rejected), *in_code[0]], key=lambda e: (e.path, e.start))
    paths = dict.fromkeys(edit.path for edit in edits)
    texts = {
        p: (comments if p in comments.paths else library).file_bytes(p).decode() for p in paths if p not in log_texts
    } | log_texts
    return Draft(
        facts=detection.facts,
        edits=tuple(edits),
        notices=(*map_notices(doc_notices, library), *comment_notices),
        notes=tuple(dict.fromkeys([*detection.notes, *library.notes, *comments.notes, *notes, *more])),
        documents={path: texts[path] for path in paths},
        checked=len(library.paths),
    )


def _rules_for(target: str, rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if target in rule.targets]


def _draft_edits(
    contexts: Sequence[FactContext],
    library: Library,
    rules: Sequence[Rule],
    languages: Sequence[Language],
    rejected: frozenset[str],
    pages: Callable[[FactContext, Library, Sequence[Language]], Iterable[Page]],
) -> tuple[list[Edit], list[Notice]]:
    """Apply the rules to the texts of a library; return the verified edits, and the notices."""
    edits: list[Edit] = []
    notices: list[Notice] = []
    fact_kinds = frozenset(kind for rule in rules for kind in rule.fact_kinds)
    for context in contexts:
        if context.fact.kind not in fact_kinds:
            continue
        for page in pages(context, library, languages):
            for finding in apply_rules(context, page, rules):
                if isinstance(finding, Edit):
                    edits.append(finding)
                else:
                    notices.append(finding)
    edits = [e for e in resolve_edits(edits) if e.fingerprint not in rejected]
    edits += [e for e in anchor_edits(edits, library) if e.fingerprint not in rejected]
    edits += realign_tables(edits, library)
    edits, doubtful = verify_edits(resolve_edits(edits), library, languages)
    return edits, [*notices, *doubtful]


def _document_pages(context: FactContext, library: Library, languages: Sequence[Language]) -> Iterator[Page]:
    """Yield the documents that may mention a fact, read as the fact's language."""
    fact = context.fact
    place = fact.before or fact.after
    language = language_of(place.path, languages) if place is not None else None
    if fact.kind in (FactKind.FILE_MOVED, FactKind.PAGE_REMOVED):
        paths = library.paths_linking_to(_first_word(fact.symbol))
        paths += [p for p in (fact.symbol_after,) if p in library.paths and p not in paths]
    elif fact.kind is FactKind.VERSION_CHANGED:
        paths = library.paths
    elif fact.kind is FactKind.ADDED:
        paths = library.paths_mentioning((name.encode() for name in context.exports), min_count=MIN_SIBLINGS)
    elif fact.kind in _SPELLING_KINDS:
        paths = library.paths_mentioning({longest_word(_PARAMETERS.sub("", fact.symbol))})
    else:
        names = [n.rpartition(".")[2] for n in (fact.symbol, fact.symbol_after, fact.parameter) if n]
        paths = library.paths_mentioning({name.encode() for name in names})
    for path in paths:
        yield library.page(path, language)


def _first_word(path: str) -> bytes:
    """Return the first word of a file's name, which every link to the file contains."""
    found = re.search(r"[^\W\d]\w*", posixpath.basename(path))
    return found[0].encode() if found else b""
