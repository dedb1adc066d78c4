"""Which sections a change of code probably made stale, though no rule can say how to mend them.

change ── touched ──▶ words by kind ─┐
documents ── scope ──▶ sections ─────┼─ columns ──▶ model ──▶ Suspect…
git log ── history ──▶ co-change ────┘
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.agents.impact.changed_terms import ChangeTerms, change_terms
from bot.agents.impact.coefficients import MODEL
from bot.agents.impact.documents import DocumentWords
from bot.agents.impact.features import Features, compute_features
from bot.agents.impact.history import History
from bot.agents.impact.model import Model, ModelScores, score, sigmoid
from bot.agents.impact.reasons import common_words, reason
from bot.agents.impact.words import words
from bot.domain import Blob, Change, Section

MAX_PAGES = 3
MAX_SECTIONS = 5
MIN_RELATIVE_PROBABILITY = 0.25
"""A page is shown only if its best section is this likely, relative to the best of all."""

MIN_PROBABILITY = 0.05
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
class ScoredChange:
    """A change seen by the model."""

    terms: ChangeTerms
    features: Features
    scores: ModelScores


def source_words(blob: Blob) -> frozenset[str]:
    """The words of a source file; whoever ranks more than one change remembers them by blob."""
    return frozenset(words(blob.data.decode(errors="replace")))


def score_change(
    change: Change,
    documents: Mapping[str, DocumentWords],
    history: History,
    model: Model = MODEL,
    words_of: Callable[[Blob], frozenset[str]] = source_words,
) -> ScoredChange:
    """Scores a change and all sections, and decides nothing."""
    terms = change_terms(change, cache(words_of))
    features = compute_features(terms, documents, history)
    return ScoredChange(terms, features, score(model, features.change, features.sections, len(features.rows)))


def rank(
    change: Change,
    documents: Mapping[str, DocumentWords],
    history: History,
    model: Model = MODEL,
    threshold: float | None = None,
    words_of: Callable[[Blob], frozenset[str]] = source_words,
) -> tuple[Suspect, ...]:
    """The sections to look at, the likeliest first; none where the change as a whole is below the threshold.

    Args:
        documents: of the tree at head, see `scope.documents`.
        threshold: of this repository, see `calibration`; without it the model's own.
    """
    scored = score_change(change, documents, history, model, words_of)
    return select_suspects(scored, history, model.threshold if threshold is None else threshold, model)


def select_suspects(
    scored: ScoredChange, history: History, threshold: float, model: Model = MODEL
) -> tuple[Suspect, ...]:
    """The likeliest sections of a change that was viewed; none where its gate stays below the threshold.

    A section that shares no word with the change is left out, however its wording sounds: nobody could check it. So is
    one that is unlikely, even where an edit shows that the docs are stale.
    """
    if not scored.terms.program_files or scored.scores.gate <= threshold:
        return ()
    rows = select_rows([path for path, _ in scored.features.rows], scored.scores.ranking)
    found = (_to_suspect(scored, row, history, model) for row in rows)
    return tuple(suspect for suspect in found if suspect.evidence and suspect.probability >= MIN_PROBABILITY)


def select_rows(paths: Sequence[str], ranking: Sequence[float]) -> list[int]:
    """At most five sections of at most three pages, the likeliest first."""
    order = sorted(range(len(paths)), key=lambda row: (-ranking[row], row))
    pages: list[str] = []
    kept: list[int] = []
    for row in order:
        if paths[row] not in pages:
            if len(pages) == MAX_PAGES or sigmoid(ranking[row]) < MIN_RELATIVE_PROBABILITY * sigmoid(ranking[order[0]]):
                continue
            pages.append(paths[row])
        kept.append(row)
        if len(kept) == MAX_SECTIONS:
            break
    return kept


def _to_suspect(scored: ScoredChange, row: int, history: History, model: Model) -> Suspect:
    path, section = scored.features.rows[row]
    found = [word for _, word in common_words(scored.terms, scored.features, row)]
    part = section.part
    return Suspect(
        path=path,
        section=Section(path, part.titles, part.start_line, part.end_line),
        line=section.lines[found[0]] if found else part.start_line,
        probability=round(
            sigmoid(model.probability({"ranking": scored.scores.ranking[row], "gate": scored.scores.gate})), 3
        ),
        reason=reason(scored.terms, scored.features, row, history),
        evidence=tuple(found),
    )
