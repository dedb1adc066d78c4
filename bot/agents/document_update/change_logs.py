"""Edit change logs. Only the rules made for them apply, because a change log describes the past."""

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
    """Return edits of the change logs that the change itself did not touch, and the text of each edited one."""
    unchanged = {path: blob for path, blob in change.head.items() if rules and change.base.get(path) == blob}
    library = Library(unchanged, find_change_logs(unchanged, formats))
    pages = [library.page(path) for path in library.paths]
    results = (result for context in contexts for page in pages for result in apply_rules(context, page, rules))
    edits, _ = verify_edits(resolve_edits(edit for edit in results if isinstance(edit, Edit)), library, languages)
    return edits, {path: library.text(path) for path in {edit.path for edit in edits}}
