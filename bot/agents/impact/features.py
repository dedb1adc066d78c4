"""What a change and each section have to do with each other, in numbers: the columns that the model weighs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.agents.impact.changed_terms import KINDS, Touched
from bot.agents.impact.documents import Document, SectionWords
from bot.agents.impact.history import History

_K, _B = 1.2, 0.75
"""BM25's usual constants: https://en.wikipedia.org/wiki/Okapi_BM25"""

_HEADING = {
    "removed": 1.0, "added": 1.0, "signature": 1.0, "enclosing": 1.0, "gone": 1.0, "default": 1.0, "option": 1.0,
    "fresh": 0.5, "changed": 0.3,
}  # fmt: skip
"""How much a name of each kind says when a heading, a list item or a directive is about it."""

MOST_RUNS = 20
MANY_RUNS = 400
"""A change that removes more runs of words than this is a rewrite: none of them is telling."""

Row = tuple[str, SectionWords]


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers of a change.

    Args:
        rows: the sections.
        sections: column → its number for each section; `share` is relative to the best section, `weight` absolute.
        change: column → its number for the change as a whole.
        rarity: touched word → how rare it is in these documents.
    """

    rows: Sequence[Row]
    sections: Mapping[str, Sequence[float]]
    change: Mapping[str, float]
    rarity: Mapping[str, float]


def columns(touched: Touched, documents: Mapping[str, Document], history: History) -> Columns:
    """All columns of a change, for all sections of the documents."""
    rows = [(path, section) for path, document in documents.items() for section in document.sections]
    postings = _postings(frozenset().union(*touched.kinds.values()), [s.counts for _, s in rows])
    rarity = {word: _rarity(len(rows), len(found)) for word, found in postings.items()}
    scores: dict[str, Sequence[float]] = {
        kind: _mentions(touched.kinds.get(kind, Counter()), rows, postings, rarity) for kind in KINDS
    }
    scores["heading"], scores["subject"] = _named(touched, rows, postings, rarity)
    scores["text"] = _full_text(touched.query, rows)
    scores["runs"] = _runs(touched, rows, scores["text"])
    known = {path: max((history.share(f, path) for f in touched.files), default=0.0) for path in documents}
    scores["together"] = [known[path] for path, _ in rows]
    sections: dict[str, Sequence[float]] = {}
    for name, score in scores.items():
        sections[f"{name} share"] = _share(score)
        sections[f"{name} weight"] = [math.log1p(v) if v else 0.0 for v in score]
    for name in ("text", "changed"):
        sections[f"page {name} share"] = _share(_of_page(rows, scores[name]))
    sections["length"] = [math.log1p(s.length) for _, s in rows]
    sections["depth"] = [float(len(s.part.titles)) for _, s in rows]
    change = {f"{name} most": math.log1p(max(score, default=0.0)) for name, score in scores.items()}
    change["churn"] = math.log1p(touched.churn)
    change["tested"] = float(touched.tested)
    return Columns(rows, sections, change, rarity)


def _postings(wanted: frozenset[str], rows: Sequence[Counter[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, counts in enumerate(rows):
        for word in wanted & counts.keys():
            found[word].append(number)
    return found


def _rarity(rows: int, holding: int) -> float:
    return math.log(1 + (rows - holding + 0.5) / (holding + 0.5))


def _share(score: Sequence[float]) -> list[float]:
    most = max(score, default=0.0)
    return [v / most for v in score] if most > 0 else [0.0] * len(score)


def _of_page(rows: Sequence[Row], score: Sequence[float]) -> list[float]:
    best: dict[str, float] = defaultdict(float)
    for (path, _), value in zip(rows, score, strict=True):
        best[path] = max(best[path], value)
    return [best[path] for path, _ in rows]


def _mentions(
    named: Mapping[str, float], rows: Sequence[Row], postings: Mapping[str, list[int]], rarity: Mapping[str, float]
) -> list[float]:
    """Rare words count for more, and words in code twice."""
    score = [0.0] * len(rows)
    for word, weight in named.items():
        for number in postings.get(word, ()):
            score[number] += weight * rarity[word] * (2 if word in rows[number][1].code else 1)
    return score


def _named(
    touched: Touched, rows: Sequence[Row], postings: Mapping[str, list[int]], rarity: Mapping[str, float]
) -> tuple[list[float], list[float]]:
    """Headings that name what changed, and list items, fields and directives that are about it."""
    strength: dict[str, float] = {}
    for kind, most in _HEADING.items():
        for word, weight in touched.kinds.get(kind, Counter()).items():
            strength[word] = max(strength.get(word, 0.0), weight * most)
    heading, directive = [0.0] * len(rows), [0.0] * len(rows)
    for word, weight in strength.items():
        for number in postings.get(word, ()):
            section = rows[number][1]
            heading[number] += weight * rarity[word] * (word in section.heading)
            directive[number] += weight * rarity[word] * (word in section.subjects)
    return heading, directive


def _full_text(query: Mapping[str, float], rows: Sequence[Row]) -> list[float]:
    postings = _postings(frozenset(query), [s.terms for _, s in rows])
    mean = sum(s.length for _, s in rows) / max(len(rows), 1) or 1.0
    score = [0.0] * len(rows)
    for term, numbers in postings.items():
        weight = query[term]
        once = (1 + math.log(weight) if weight >= 1 else weight) * _rarity(len(rows), len(numbers))
        for number in numbers:
            section = rows[number][1]
            often = section.terms[term]
            score[number] += once * often * (_K + 1) / (often + _K * (1 - _B + _B * section.length / mean))
    return score


def _runs(touched: Touched, rows: Sequence[Row], text: Sequence[float]) -> list[float]:
    """How many runs of four words of removed lines stand in each section."""
    if not 0 < len(touched.removed) < MANY_RUNS:
        return [0.0] * len(rows)
    found = (sum(r in s.runs for r in touched.removed) if v > 0 else 0 for (_, s), v in zip(rows, text, strict=True))
    return [float(min(n, MOST_RUNS)) for n in found]
