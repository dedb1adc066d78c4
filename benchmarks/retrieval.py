"""Scores the search on queries with known answers, beside its own parts and their plain fusion, by kind of query.

    python -m benchmarks.retrieval [--queries FILE | --spec FILE] [--kinds 1,2,3,4] [--repositories]

MAS_BENCH_CASES is the folder whose `retrieval` holds the queries and their evaluator, MAS_BENCH_MIRROR that of the
clones (OWNER+NAME/repo); with `--spec` the queries are made first, from any repositories. MAS_DATA_DIR keeps the
index, so that a second run embeds nothing. Measured as the evaluator measures: the mean of 1/rank of the first hit
among ten (MRR@10), and the share of answers among ten (R@10). The last line is JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.agents.rag_management.answering import cite
from bot.agents.rag_management.query import Query
from bot.agents.rag_management.ranking import SearchHit, Weights, rank
from bot.domain.search import SearchResult
from bot.git import GitRepo
from bot.search.embedders import MINILM, Embed, Vectors
from bot.search.embedders.factory import config_from_environment
from bot.search.index import EmbeddingModel, Index
from bot.stores.local_index import open_index_file

CASES = Path(os.environ.get("MAS_BENCH_CASES", Path(__file__).parents[2] / "shared" / "bench")).resolve() / "retrieval"
KINDS = {1: "question to section", 2: "description to code", 3: "commit to files", 4: "name to definition"}
WORDS = Weights(words=1, meaning=0, names=0, path=0, file=0, neighbours=0, code_affinity=0, demotion=0)
MEANING = Weights(words=0, meaning=1, names=0, path=0, file=0, neighbours=0, code_affinity=0, demotion=0)
WAYS = ("mas", "words alone", "meaning alone", "plain fusion")
FUSED, CONSTANT = 50, 60
"""Results of each that are fused by 1/(60 + rank)."""

Query_ = dict[str, Any]


def judge(name: str) -> Any:
    """A module of the benchmark's own.

    Raises:
        SystemExit: with a sentence, where it is not there.
    """
    if not (CASES / f"{name}.py").is_file():
        raise SystemExit(f"No cases in {CASES}: set MAS_BENCH_CASES to the folder that holds `retrieval`.")
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(CASES)] if str(CASES) not in sys.path else []
    return importlib.import_module(name)


def mirror() -> Path:
    """The folder of the clones."""
    said = os.environ.get("MAS_BENCH_MIRROR")
    if said is None:
        raise SystemExit("The benchmark needs clones: set MAS_BENCH_MIRROR to the folder that holds them.")
    return Path(said).resolve()


def asked(options: argparse.Namespace) -> list[Query_]:
    """The queries of the kinds that are wanted."""
    if options.spec:
        made: list[Query_] = judge("build_queries").build(json.loads(options.spec.read_text()), mirror())
    else:
        lines = (options.queries or CASES / "queries.jsonl").read_text().splitlines()
        made = [json.loads(line) for line in lines]
    kinds = {int(kind) for kind in options.kinds.split(",")}
    return [query for query in made if query["kind"] in kinds]


def results(index: Index, revision: str, text: str, vector: Vectors) -> Iterator[tuple[str, list[SearchResult]]]:
    """What each way finds for a query."""
    view, query = index.view(revision), Query(text)

    def found(hits: Sequence[SearchHit]) -> list[SearchResult]:
        chunks = index.contents.chunks(sorted({hit.key for hit in hits}))
        return [cite(hit, chunks[hit.key]) for hit in hits]

    yield "mas", found(rank(view, query, vector, limit=FUSED))
    words = rank(view, query, None, limit=FUSED, weights=WORDS)
    meaning = rank(view, query, vector, limit=FUSED, weights=MEANING)
    yield "words alone", found(words)
    yield "meaning alone", found(meaning)
    yield "plain fusion", found(fused(words, meaning))


def fused(*rankings: Sequence[SearchHit]) -> list[SearchHit]:
    """Reciprocal rank fusion: https://doi.org/10.1145/1571941.1572114"""
    scores: dict[tuple[str, int], float] = defaultdict(float)
    hits: dict[tuple[str, int], SearchHit] = {}
    for ranking in rankings:
        for place, hit in enumerate(ranking, 1):
            scores[hit.path, hit.first] += 1 / (CONSTANT + place)
            hits.setdefault((hit.path, hit.first), hit)
    return [hits[each] for each in sorted(scores, key=lambda each: -scores[each])]


def run(queries: Sequence[Query_], embed: Embed, home: Path) -> Iterator[tuple[Query_, str, float, float]]:
    """For each query and way: the query, the way, 1/rank and the share of answers that were found."""
    evaluate = judge("evaluate")
    by_name: dict[str, list[Query_]] = defaultdict(list)
    for query in queries:
        by_name[query["repo"]].append(query)
    with tempfile.TemporaryDirectory() as work:
        for name, own in by_name.items():
            path, blanked = evaluate.prepare(str(mirror()), name, own, Path(work))
            folder = home / "bench" / name.replace("/", "+")
            with GitRepo.open(path) as repository, open_index_file(folder / "shelf.db") as shelf:
                index = Index(folder, shelf, EmbeddingModel.from_embedder(MINILM, embed))
                for query in own:
                    query["rev"] = query["commit"] if query["kind"] == 3 else blanked[query["commit"]]
                for number, revision in enumerate(dict.fromkeys(query["rev"] for query in own)):
                    index.update(revision, repository, revision)
                    print(f"\r{name}: {number + 1} commits indexed", end="", file=sys.stderr)
                print(file=sys.stderr)
                for query in own:
                    vector = embed([query["query"]])[0]
                    for way, found in results(index, query["rev"], query["query"], vector):
                        yield query, way, *scored(evaluate, query, found)


def scored(evaluate: Any, query: Query_, found: Sequence[SearchResult]) -> tuple[float, float]:
    """1/rank of the first hit among ten, and the share of answers among ten."""
    where = [{"path": each.path, "start_line": each.start_line, "end_line": each.end_line} for each in found]
    first, recall = evaluate.rank(query, where)
    return (1 / first if first and first <= 10 else 0.0), recall[10]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--spec", type=Path)
    parser.add_argument("--kinds", default="1,2,3,4")
    parser.add_argument("--repositories", action="store_true", help="a table for each repository, too")
    options = parser.parse_args()
    began = time.monotonic()
    queries = asked(options)
    sums: dict[tuple[str, int, str], list[float]] = defaultdict(lambda: [0, 0, 0])
    with tempfile.TemporaryDirectory() as spare:
        home = Path(os.environ.get("MAS_DATA_DIR") or spare)
        with MINILM.open(config_from_environment(os.environ, home)) as embed:
            for query, way, rank_, recall in run(queries, embed, home):
                for group in ("all", query["repo"]):
                    row = sums[group, query["kind"], way]
                    row[:] = row[0] + 1, row[1] + rank_, row[2] + recall
    for group in sorted({group for group, *_ in sums}, key=lambda name: (name != "all", name)):
        if group == "all" or options.repositories:
            show(group, sums)
    print(f"{len(queries)} queries in {time.monotonic() - began:.0f} s")
    print(json.dumps(figures(sums)))


def show(group: str, sums: dict[tuple[str, int, str], list[float]]) -> None:
    """A table, a line a kind: MRR@10 of each way, and R@10 of ours."""
    print(f"\n{group:<28}{'n':>5}" + "".join(f"{way:>16}" for way in WAYS) + f"{'R@10 of mas':>14}")
    for kind, name in KINDS.items():
        if (group, kind, "mas") in sums:
            count = sums[group, kind, "mas"][0]
            row = "".join(f"{sums[group, kind, way][1] / count:>16.3f}" for way in WAYS)
            print(f"{kind} {name:<26}{count:>5.0f}{row}{sums[group, kind, 'mas'][2] / count:>14.3f}")


def figures(sums: dict[tuple[str, int, str], list[float]]) -> dict[str, Any]:
    """MRR@10 by kind and way."""
    return {
        str(kind): {
            "n": int(sums["all", kind, "mas"][0]),
            **{way: round(sums["all", kind, way][1] / sums["all", kind, way][0], 3) for way in WAYS},
        }
        for kind in KINDS
        if ("all", kind, "mas") in sums
    }


if __name__ == "__main__":
    main()
