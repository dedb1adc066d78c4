"""The change log, which no rule may touch but those that are made for it: it tells of the past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.agents.document_update.conflicts import apply_rules, resolve_edits
from bot.agents.document_update.documents import Library, find_change_logs
from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.rule import Rule
from bot.agents.document_update.verification import verify_edits
from bot.domain import Change, Edit
from bot.formats.format import Format
from bot.languages.language import Language


def change_log_edits(
    change: Change,
    contexts: Iterable[FactContext],
    formats: Sequence[Format],
    languages: Sequence[Language],
    rules: Sequence[Rule],
) -> tuple[list[Edit], dict[str, str]]:
    """Edits of a change log that the change itself left as it was, and the text of each that is edited."""
    unchanged = {path: blob for path, blob in change.head.items() if rules and change.base.get(path) == blob}
    library = Library(unchanged, find_change_logs(unchanged, formats))
    pages = [library.page(path) for path in library.paths]
    found = (each for subject in contexts for page in pages for each in apply_rules(subject, page, rules))
    edits, _ = verify_edits(resolve_edits(edit for edit in found if isinstance(edit, Edit)), library, languages)
    return edits, {path: library.text(path) for path in {edit.path for edit in edits}}
