"""Rank the sections that a code change probably made stale and that no rule can fix.

change ── changed_terms ──▶ words by kind ─┐
documents ── scope ──▶ sections ───────────┼─ features ──▶ model ──▶ Suspect…
git log ── history ──▶ co-change ──────────┘
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
"""Minimum probability of a page's best section, relative to the best section of all."""

MIN_PROBABILITY = 0.05
"""Minimum probability of a section, even if an edit opened the gate.

Of 648 sections reported in 233 commits of three repositories, 322 were below 0.1; maintainers had edited 7 % of those,
and 38 % of the others. On the benchmark, a floor of 0.1 lowers section recall from 0.61 to 0.56, so it is set lower.
"""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A section that is probably stale.

    Args:
        line: line of the file with the strongest evidence, counted from 1.
        probability: that maintainers would have edited the section with this change, if half of all changes need docs.
        reason: whole sentences for maintainers.
        evidence: the words that the section shares with the change, most significant first.
    """

    path: str
    section: Section
    line: int
    probability: float
    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoredChange:
    """A change with its features and the model's scores."""

    terms: ChangeTerms
    features: Features
    scores: ModelScores


def source_words(blob: Blob) -> frozenset[str]:
    """Return the words of a source file. To rank several changes, cache the result by blob."""
    return frozenset(words(blob.data.decode(errors="replace")))


def score_change(
    change: Change,
    documents: Mapping[str, DocumentWords],
    history: History,
    model: Model = MODEL,
    words_of: Callable[[Blob], frozenset[str]] = source_words,
) -> ScoredChange:
    """Score a change and all sections, without selecting any."""
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
    """Return the sections to check, most likely first; none if the gate score is not above the threshold.

    Args:
        documents: of the tree at head, see `scope.load_documents`.
        threshold: of this repository, see `calibration`; None for the model's own.
    """
    scored = score_change(change, documents, history, model, words_of)
    return select_suspects(scored, history, model.threshold if threshold is None else threshold, model)


def select_suspects(
    scored: ScoredChange, history: History, threshold: float, model: Model = MODEL
) -> tuple[Suspect, ...]:
    """Return the most likely sections of a scored change; none if the gate score is not above the threshold.

    A section that shares no word with the change is left out: a reader could not verify it. So is an unlikely one,
    even if an edit shows that the docs are stale.
    """
    if not scored.terms.program_files or scored.scores.gate <= threshold:
        return ()
    rows = select_rows([path for path, _ in scored.features.rows], scored.scores.ranking)
    found = (_to_suspect(scored, row, history, model) for row in rows)
    return tuple(suspect for suspect in found if suspect.evidence and suspect.probability >= MIN_PROBABILITY)


def select_rows(paths: Sequence[str], ranking: Sequence[float]) -> list[int]:
    """Return the rows of at most five sections of at most three pages, most likely first."""
    order = sorted(range(len(paths)), key=lambda row: (-ranking[row], row))
    pages: list[str] = []
    selected: list[int] = []
    for row in order:
        if paths[row] not in pages:
            if len(pages) == MAX_PAGES or sigmoid(ranking[row]) < MIN_RELATIVE_PROBABILITY * sigmoid(ranking[order[0]]):
                continue
            pages.append(paths[row])
        selected.append(row)
        if len(selected) == MAX_SECTIONS:
            break
    return selected


def _to_suspect(scored: ScoredChange, row: int, history: History, model: Model) -> Suspect:
    path, section = scored.features.rows[row]
    evidence = [word for _, word in common_words(scored.terms, scored.features, row)]
    part = section.part
    return Suspect(
        path=path,
        section=Section(path, part.titles, part.start_line, part.end_line),
        line=section.lines[evidence[0]] if evidence else part.start_line,
        probability=round(
            sigmoid(model.probability({"ranking": scored.scores.ranking[row], "gate": scored.scores.gate})), 3
        ),
        reason=reason(scored.terms, scored.features, row, history),
        evidence=tuple(evidence),
    )
