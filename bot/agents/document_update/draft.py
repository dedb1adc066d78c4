"""Facts and docs in, a draft out: the edits that follow with certainty, and the places to look at."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.agents.change_detection.additions import FEWEST_SIBLINGS
from bot.agents.change_detection.detect import Detected
from bot.agents.document_update.anchors import anchor_edits
from bot.agents.document_update.change_logs import change_log_edits
from bot.agents.document_update.conflicts import findings, settled_edits, settled_notices
from bot.agents.document_update.doc_comments import commented, doc_comments
from bot.agents.document_update.documents import Library, living
from bot.agents.document_update.name_facts import subjects as spelled_subjects
from bot.agents.document_update.name_facts import word
from bot.agents.document_update.remaining_uses import Programs
from bot.agents.document_update.rules.fact_context import EDITABLE, Subject
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Rule
from bot.agents.document_update.source_map import placed_edits, placed_notices
from bot.agents.document_update.tables import aligned
from bot.agents.document_update.verification import verified
from bot.domain import Change, Draft, Edit, FactKind, Notice
from bot.formats.format import Format
from bot.languages.language import Language
from bot.languages.namespaces import Namespaces
from bot.languages.program import Program
from bot.languages.scope import language_of

_BY_SPELLING = frozenset(
    {
        FactKind.NAME_REPLACED,
        FactKind.NAME_GONE,
        FactKind.INTERFACE_RENAMED,
        FactKind.INTERFACE_REMOVED,
        FactKind.INTERFACE_DEFAULT_CHANGED,
    }
)
_PARAMETERS = re.compile(r"/(?:[{<:])[^/]*")
"""Of a route: docs may spell them in another way."""


def draft(
    change: Change,
    detected: Detected,
    languages: Sequence[Language],
    formats: Sequence[Format],
    rules: Sequence[Rule],
    rejected: frozenset[str] = frozenset(),
) -> Draft:
    """What the facts make of the docs at head; edits whose fingerprint was rejected are left out."""
    library = Library(change.head, living(change.head, formats))
    base, head = detected.base, detected.head
    moves = {f.symbol: f.symbol_after for f in detected.facts if f.kind is FactKind.FILE_MOVED and f.symbol_after}
    around = (Namespaces(base), Namespaces(head))
    subjects = [
        Subject(fact, base, head, moves, detected.facts, around=around, upcoming=detected.upcoming)
        for fact in detected.facts
    ]
    comments = Library(change.head, commented(change, head, subjects))
    in_code = _drafted(subjects, comments, _reading("doc comments", rules), languages, rejected, doc_comments)
    programs = Programs(Program(change.base), Program(change.head), Program(change.head, wide=True))
    subjects += spelled_subjects(detected.replacements, library, base, head, programs, detected.facts, around)
    in_docs = _drafted(subjects, library, _reading("documents", rules), languages, rejected, _documents)
    logged, logs = change_log_edits(change, subjects, formats, languages, _reading("change log", rules))
    shown, notes = settled_notices(in_docs[1], in_docs[0])
    told, more = settled_notices(
        (n for n in in_code[1] if n.confidence >= EDITABLE), in_code[0], "places in doc comments"
    )
    edits = [*placed_edits(in_docs[0], library), *logged]
    edits = sorted([*(e for e in edits if e.fingerprint not in rejected), *in_code[0]], key=lambda e: (e.path, e.start))
    paths = dict.fromkeys(edit.path for edit in edits)
    texts = {p: (comments if p in comments.paths else library).file(p).decode() for p in paths if p not in logs} | logs
    return Draft(
        facts=detected.facts,
        edits=tuple(edits),
        notices=(*placed_notices(shown, library), *told),
        notes=tuple(dict.fromkeys([*detected.notes, *library.notes, *comments.notes, *notes, *more])),
        documents={path: texts[path] for path in paths},
        checked=len(library.paths),
    )


def _reading(what: str, rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if what in rule.reads]


def _drafted(
    subjects: Sequence[Subject],
    library: Library,
    rules: Sequence[Rule],
    languages: Sequence[Language],
    rejected: frozenset[str],
    pages: Callable[[Subject, Library, Sequence[Language]], Iterable[Page]],
) -> tuple[list[Edit], list[Notice]]:
    """What the rules make of the texts of a library: verified edits, and the places that they point at."""
    edits: list[Edit] = []
    notices: list[Notice] = []
    served = frozenset(kind for rule in rules for kind in rule.serves)
    for subject in subjects:
        if subject.fact.kind not in served:
            continue
        for page in pages(subject, library, languages):
            for finding in findings(subject, page, rules):
                if isinstance(finding, Edit):
                    edits.append(finding)
                else:
                    notices.append(finding)
    edits = [e for e in settled_edits(edits) if e.fingerprint not in rejected]
    edits += [e for e in anchor_edits(edits, library) if e.fingerprint not in rejected]
    edits += aligned(edits, library)
    edits, doubtful = verified(settled_edits(edits), library, languages)
    return edits, [*notices, *doubtful]


def _documents(subject: Subject, library: Library, languages: Sequence[Language]) -> Iterator[Page]:
    """The documents that may speak of a fact, read in the light of its language."""
    fact = subject.fact
    place = fact.before or fact.after
    language = language_of(place.path, languages) if place is not None else None
    if fact.kind in (FactKind.FILE_MOVED, FactKind.PAGE_REMOVED):
        paths = library.leading_to(_stem(fact.symbol))
        paths += [p for p in (fact.symbol_after,) if p in library.paths and p not in paths]
    elif fact.kind is FactKind.VERSION_CHANGED:
        paths = library.paths
    elif fact.kind is FactKind.ADDED:
        paths = library.mentioning((name.encode() for name in subject.offered), least=FEWEST_SIBLINGS)
    elif fact.kind in _BY_SPELLING:
        paths = library.mentioning({word(_PARAMETERS.sub("", fact.symbol))})
    else:
        names = [n.rpartition(".")[2] for n in (fact.symbol, fact.symbol_after, fact.parameter) if n]
        paths = library.mentioning({name.encode() for name in names})
    for path in paths:
        yield library.page(path, language)


def _stem(path: str) -> bytes:
    """The first word of a file's name, which every link to it holds."""
    found = re.search(r"[^\W\d]\w*", posixpath.basename(path))
    return found[0].encode() if found else b""
