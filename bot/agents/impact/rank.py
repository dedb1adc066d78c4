"""Which sections a change of code probably made stale, though no rule can say how to mend them.

change ── touched ──▶ words by kind ─┐
documents ── scope ──▶ sections ─────┼─ columns ──▶ model ──▶ Suspect…
git log ── history ──▶ co-change ────┘
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.agents.impact.changed_terms import Touched, touched
from bot.agents.impact.coefficients import MODEL
from bot.agents.impact.documents import Document
from bot.agents.impact.features import Columns, columns
from bot.agents.impact.history import History
from bot.agents.impact.model import Judged, Model, judge, sigmoid
from bot.agents.impact.reasons import reason, words_found
from bot.agents.impact.words import words
from bot.domain import Blob, Change, Section

MOST_PAGES = 3
MOST_SECTIONS = 5
CUT = 0.25
"""A page is shown only if its best section is this likely, relative to the best of all."""

FLOOR = 0.05
"""A section that is less likely than this is not shown, whatever opened the gate.

Of 648 places noticed in 233 commits of three repositories, 322 were below 0.1; maintainers had edited 7 % of those, and
38 % of the others. On the benchmark a floor of 0.1 takes section recall from 0.61 to 0.56, so it is set lower.
"""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A section that is probably stale.

    Args:
        line: where in it the evidence stands, from 1.
        probability: that maintainers would have edited it with this change, where half of all changes need docs.
        reason: whole sentences for maintainers.
        evidence: the words that it shares with the change, the most telling first.
    """

    path: str
    section: Section
    line: int
    probability: float
    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A change seen by the model."""

    touched: Touched
    columns: Columns
    judged: Judged


def names(blob: Blob) -> frozenset[str]:
    """The words of a source file; whoever ranks more than one change remembers them by blob."""
    return frozenset(words(blob.data.decode(errors="replace")))


def view(
    change: Change,
    documents: Mapping[str, Document],
    history: History,
    model: Model = MODEL,
    names: Callable[[Blob], frozenset[str]] = names,
) -> View:
    """Scores a change and all sections, and decides nothing."""
    what = touched(change, cache(names))
    table = columns(what, documents, history)
    return View(what, table, judge(model, table.change, table.sections, len(table.rows)))


def rank(
    change: Change,
    documents: Mapping[str, Document],
    history: History,
    model: Model = MODEL,
    threshold: float | None = None,
    names: Callable[[Blob], frozenset[str]] = names,
) -> tuple[Suspect, ...]:
    """The sections to look at, the likeliest first; none where the change as a whole is below the threshold.

    Args:
        documents: of the tree at head, see `scope.documents`.
        threshold: of this repository, see `calibration`; without it the model's own.
    """
    seen = view(change, documents, history, model, names)
    return suspects(seen, history, model.threshold if threshold is None else threshold, model)


def suspects(seen: View, history: History, threshold: float, model: Model = MODEL) -> tuple[Suspect, ...]:
    """The likeliest sections of a change that was viewed; none where its gate stays below the threshold.

    A section that shares no word with the change is left out, however its wording sounds: nobody could check it. So is
    one that is unlikely, even where an edit shows that the docs are stale.
    """
    if not seen.touched.files or seen.judged.gate <= threshold:
        return ()
    rows = chosen_rows([path for path, _ in seen.columns.rows], seen.judged.ranking)
    found = (_suspect(seen, row, history, model) for row in rows)
    return tuple(suspect for suspect in found if suspect.evidence and suspect.probability >= FLOOR)


def chosen_rows(paths: Sequence[str], ranking: Sequence[float]) -> list[int]:
    """At most five sections of at most three pages, the likeliest first."""
    order = sorted(range(len(paths)), key=lambda row: (-ranking[row], row))
    pages: list[str] = []
    kept: list[int] = []
    for row in order:
        if paths[row] not in pages:
            if len(pages) == MOST_PAGES or sigmoid(ranking[row]) < CUT * sigmoid(ranking[order[0]]):
                continue
            pages.append(paths[row])
        kept.append(row)
        if len(kept) == MOST_SECTIONS:
            break
    return kept


def _suspect(seen: View, row: int, history: History, model: Model) -> Suspect:
    path, section = seen.columns.rows[row]
    found = [word for _, word in words_found(seen.touched, seen.columns, row)]
    part = section.part
    return Suspect(
        path=path,
        section=Section(path, part.titles, part.start_line, part.end_line),
        line=section.lines[found[0]] if found else part.start_line,
        probability=round(
            sigmoid(model.probability({"ranking": seen.judged.ranking[row], "gate": seen.judged.gate})), 3
        ),
        reason=reason(seen.touched, seen.columns, row, history),
        evidence=tuple(found),
    )
