"""Seconds and memory of the search index: embedding, reindexing one changed file, searching 100,000 chunks.

    python -m benchmarks.index [--files 5000] [--chunks 100000]

With the embedded model: 100 documents of 200 tokens, and 100 as short as those of the product's first plan; each in a
process of its own, for its memory. With vectors drawn at random, since the time to embed is measured above: a push of
one changed file to a made repository, of which one function is new, embedded by the model; and searches of questions
over made chunks, each with the embedding of its query. Work is the processors' time, which other work on the machine
lengthens less than the clock's. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.preview import NOUNS, VERBS, Made, module, page
from bot.agents.rag_management.chunk import count_tokens
from bot.domain import Blob
from bot.git import GitRepo
from bot.search import update
from bot.search.embedders import MINILM, Embed, Vectors
from bot.search.embedders.factory import config_from_environment
from bot.search.index import EmbeddingModel, Index, indexable_files
from bot.stores.local_index import open_index_file

SHORT = [f"Test document {number}" for number in range(100)]
QUESTIONS = [f"How do I {verb} a {noun} and what does it return?" for verb in VERBS for noun in NOUNS]


def long() -> list[str]:
    """A hundred documents of 200 tokens."""
    dice = random.Random(1)
    texts = []
    for number in range(100):
        words = page(number).split()
        start = dice.randrange(20)
        text = ""
        for word in words[start:]:
            if count_tokens(text) >= 200:
                break
            text += " " + word
        texts.append(text.strip())
    return texts


def embedded(texts: Sequence[str]) -> dict[str, float]:
    """Seconds of a call of the embedder that is open, on the clock and of the processors, and megabytes."""
    with MINILM.open(config_from_environment(os.environ, home())) as embed:
        embed(texts[:1])
        began, work = time.perf_counter(), time.process_time()
        embed(texts)
        seconds, work = time.perf_counter() - began, time.process_time() - work
    return {"seconds": round(seconds, 2), "work": round(work, 2), "megabytes": megabytes()}


def home() -> Path:
    """Where the model is kept, so that it is made once."""
    return Path(os.environ.get("MAS_DATA_DIR") or Path(tempfile.gettempdir()) / "mas-bench")


def megabytes() -> float:
    """The most memory that this process held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def drawn(texts: Sequence[str]) -> Vectors:
    """Vectors at random, the same for the same number of texts."""
    vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), MINILM.dimensions), np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


class Switched:
    """An embedder that draws at first and embeds later."""

    def __init__(self, embed: Embed) -> None:
        self.embed, self.model = drawn, embed

    def __call__(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)

    def switch(self) -> None:
        self.embed = self.model


def reindexed(files: int) -> dict[str, float]:
    """A push of one changed file: until a search answers from it. The median and the worst of ten."""
    with tempfile.TemporaryDirectory() as folder, MINILM.open(config_from_environment(os.environ, home())) as embed:
        made, maker = Made(Path(folder) / "made", files), Switched(embed)
        with open_index_file(Path(folder) / "index" / "shelf.db") as shelf:
            index = Index(Path(folder) / "index", shelf, EmbeddingModel("bench", MINILM.dimensions, maker))
            pushed(index, made)
            maker.switch()
            embed(["warm"])
            chunks = len(index.view("main"))
            runs = []
            for number in range(10):
                change(made, number)
                runs.append(pushed(index, made))
            assert index.search("main", "restarted_9", limit=1)[0].path.startswith("pkg/")
    return {
        "files": files,
        "chunks": chunks,
        "seconds": round(statistics.median(seconds for seconds, _ in runs), 3),
        "work": round(statistics.median(work for _, work in runs), 3),
        "worst work": round(max(work for _, work in runs), 3),
        "megabytes": megabytes(),
    }


def change(made: Made, number: int) -> None:
    """A function of a module is new."""
    place = next(n for n in range(number * 7 + 1, made.files) if n % 7)
    path = made.at / f"pkg/p{place % 40}/m{place}.py"
    path.write_text(f"{path.read_text()}\n\ndef restarted_{number}(first):\n    return first + {number}\n")
    made.git("commit", "--quiet", "--all", f"--message=change {number}")


def pushed(index: Index, made: Made) -> tuple[float, float]:
    """Seconds from a new head to a view of it, on the clock and of the processors."""
    with GitRepo.open(made.at) as repository:
        began, work = time.perf_counter(), time.process_time()
        index.update("main", repository, repository.resolve("HEAD"))
        index.view("main")
        return time.perf_counter() - began, time.process_time() - work


def file(number: int) -> tuple[str, Blob]:
    """A made file; its text is written when it is read, and not kept."""
    path, write = (f"docs/p{number}.md", page) if number % 7 == 0 else (f"m{number}.py", module)
    known = Blob.of(write(number))
    return path, Blob(known.oid, known.size, lambda: write(number).encode())


def searches(chunks: int) -> dict[str, float]:
    """Searches of one index, embedding of the query included: milliseconds."""
    with tempfile.TemporaryDirectory() as folder, MINILM.open(config_from_environment(os.environ, home())) as embed:
        maker = Switched(embed)
        with open_index_file(Path(folder) / "shelf.db") as shelf:
            index = Index(Path(folder), shelf, EmbeddingModel("bench", MINILM.dimensions, maker))
            tree = dict(map(file, range(chunks // 9)))  # a page has nine chunks, a module ten
            update.update_branch(index.contents, "main", "0" * 40, indexable_files(tree))
            del tree
            maker.switch()
            count = len(index.view("main"))
            times, works = [], []
            for question in QUESTIONS:
                began, work = time.perf_counter(), time.process_time()
                index.search("main", question)
                times.append(1000 * (time.perf_counter() - began))
                works.append(1000 * (time.process_time() - work))
    return {
        "chunks": count,
        "median ms": round(statistics.median(times), 1),
        "p95 ms": round(statistics.quantiles(times, n=20)[-1], 1),
        "p95 ms of work": round(statistics.quantiles(works, n=20)[-1], 1),
        "megabytes": megabytes(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--chunks", type=int, default=100_000)
    options = parser.parse_args()
    with MINILM.open(config_from_environment(os.environ, home())):
        pass
    context = multiprocessing.get_context("spawn")
    found = {}
    for name, work, argument in (
        ("100 documents of 200 tokens", embedded, long()),
        ("100 short documents", embedded, SHORT),
        ("one changed file", reindexed, options.files),
        ("search", searches, options.chunks),
    ):
        with context.Pool(1) as alone:
            found[name] = alone.apply(work, (argument,))
        print(f"{name:30}" + "  ".join(f"{value} {what}" for what, value in found[name].items()), flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
