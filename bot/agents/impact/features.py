"""What a change and each section have to do with each other, in numbers: the columns that the model weighs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.agents.impact.changed_terms import KINDS, ChangeTerms
from bot.agents.impact.documents import DocumentWords, SectionWords
from bot.agents.impact.history import History

_K, _B = 1.2, 0.75
"""BM25's usual constants: https://en.wikipedia.org/wiki/Okapi_BM25"""

_HEADING_WEIGHTS = {
    "removed": 1.0, "added": 1.0, "signature": 1.0, "enclosing": 1.0, "gone": 1.0, "default": 1.0, "option": 1.0,
    "fresh": 0.5, "changed": 0.3,
}  # fmt: skip
"""How much a name of each kind says when a heading, a list item or a directive is about it."""

MAX_NGRAMS = 20
REWRITE_NGRAMS = 400
"""A change that removes more runs of words than this is a rewrite: none of them is telling."""

SectionRow = tuple[str, SectionWords]


@dataclass(frozen=True, slots=True)
class Features:
    """Numbers of a change.

    Args:
        rows: the sections.
        sections: column → its number for each section; `share` is relative to the best section, `weight` absolute.
        change: column → its number for the change as a whole.
        rarity: touched word → how rare it is in these documents.
    """

    rows: Sequence[SectionRow]
    sections: Mapping[str, Sequence[float]]
    change: Mapping[str, float]
    idf: Mapping[str, float]


def compute_features(terms: ChangeTerms, documents: Mapping[str, DocumentWords], history: History) -> Features:
    """All columns of a change, for all sections of the documents."""
    rows = [(path, section) for path, document in documents.items() for section in document.sections]
    postings = _postings(frozenset().union(*terms.by_kind.values()), [s.counts for _, s in rows])
    idf = {word: _idf(len(rows), len(found)) for word, found in postings.items()}
    scores: dict[str, Sequence[float]] = {
        kind: _mention_scores(terms.by_kind.get(kind, Counter()), rows, postings, idf) for kind in KINDS
    }
    scores["heading"], scores["subject"] = _heading_scores(terms, rows, postings, idf)
    scores["text"] = _bm25_scores(terms.query, rows)
    scores["runs"] = _ngram_scores(terms, rows, scores["text"])
    known = {path: max((history.share(f, path) for f in terms.program_files), default=0.0) for path in documents}
    scores["together"] = [known[path] for path, _ in rows]
    sections: dict[str, Sequence[float]] = {}
    for name, score in scores.items():
        sections[f"{name} share"] = _relative_to_best(score)
        sections[f"{name} weight"] = [math.log1p(v) if v else 0.0 for v in score]
    for name in ("text", "changed"):
        sections[f"page {name} share"] = _relative_to_best(_page_best(rows, scores[name]))
    sections["length"] = [math.log1p(s.length) for _, s in rows]
    sections["depth"] = [float(len(s.part.titles)) for _, s in rows]
    change = {f"{name} most": math.log1p(max(score, default=0.0)) for name, score in scores.items()}
    change["churn"] = math.log1p(terms.churn)
    change["tested"] = float(terms.tests_changed)
    return Features(rows, sections, change, idf)


def _postings(wanted: frozenset[str], rows: Sequence[Counter[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, counts in enumerate(rows):
        for word in wanted & counts.keys():
            found[word].append(number)
    return found


def _idf(rows: int, holding: int) -> float:
    return math.log(1 + (rows - holding + 0.5) / (holding + 0.5))


def _relative_to_best(score: Sequence[float]) -> list[float]:
    most = max(score, default=0.0)
    return [v / most for v in score] if most > 0 else [0.0] * len(score)


def _page_best(rows: Sequence[SectionRow], score: Sequence[float]) -> list[float]:
    best: dict[str, float] = defaultdict(float)
    for (path, _), value in zip(rows, score, strict=True):
        best[path] = max(best[path], value)
    return [best[path] for path, _ in rows]


def _mention_scores(
    weights: Mapping[str, float],
    rows: Sequence[SectionRow],
    postings: Mapping[str, list[int]],
    idf: Mapping[str, float],
) -> list[float]:
    """Rare words count for more, and words in code twice."""
    score = [0.0] * len(rows)
    for word, weight in weights.items():
        for number in postings.get(word, ()):
            score[number] += weight * idf[word] * (2 if word in rows[number][1].code else 1)
    return score


def _heading_scores(
    terms: ChangeTerms, rows: Sequence[SectionRow], postings: Mapping[str, list[int]], idf: Mapping[str, float]
) -> tuple[list[float], list[float]]:
    """Headings that name what changed, and list items, fields and directives that are about it."""
    strength: dict[str, float] = {}
    for kind, most in _HEADING_WEIGHTS.items():
        for word, weight in terms.by_kind.get(kind, Counter()).items():
            strength[word] = max(strength.get(word, 0.0), weight * most)
    heading, directive = [0.0] * len(rows), [0.0] * len(rows)
    for word, weight in strength.items():
        for number in postings.get(word, ()):
            section = rows[number][1]
            heading[number] += weight * idf[word] * (word in section.heading)
            directive[number] += weight * idf[word] * (word in section.subjects)
    return heading, directive


def _bm25_scores(query: Mapping[str, float], rows: Sequence[SectionRow]) -> list[float]:
    postings = _postings(frozenset(query), [s.terms for _, s in rows])
    mean = sum(s.length for _, s in rows) / max(len(rows), 1) or 1.0
    score = [0.0] * len(rows)
    for term, numbers in postings.items():
        weight = query[term]
        once = (1 + math.log(weight) if weight >= 1 else weight) * _idf(len(rows), len(numbers))
        for number in numbers:
            section = rows[number][1]
            often = section.terms[term]
            score[number] += once * often * (_K + 1) / (often + _K * (1 - _B + _B * section.length / mean))
    return score


def _ngram_scores(terms: ChangeTerms, rows: Sequence[SectionRow], text: Sequence[float]) -> list[float]:
    """How many runs of four words of removed lines stand in each section."""
    if not 0 < len(terms.removed_ngrams) < REWRITE_NGRAMS:
        return [0.0] * len(rows)
    found = (
        sum(r in s.runs for r in terms.removed_ngrams) if v > 0 else 0 for (_, s), v in zip(rows, text, strict=True)
    )
    return [float(min(n, MAX_NGRAMS)) for n in found]
