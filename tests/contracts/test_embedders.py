"""Every embedder keeps its own examples; the embedded one reads the published weights, the other speaks to a server."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from bot.errors import RemoteError, UserError
from bot.search.embedders import EMBEDDERS, MINILM, Embedder, EmbedderConfig
from bot.search.embedders.factory import open_embedder
from bot.search.embedders.minilm import weights
from bot.search.embedders.openai import DIMENSIONS, MAX_BATCH_TEXTS, OPENAI, batches

KEY = "sk-of-a-test"
MADE = Path(sys.prefix) / "mas-test-data"
"""The embedded model is made there by the first run: it takes seconds."""


class Provider(ThreadingHTTPServer):
    """Speaks OpenAI's protocol for embeddings: a text's vector counts its words. `failures` are answered first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.failures: list[int] = []
        self.asked: list[int] = []
        self.dimensions = DIMENSIONS

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.headers["Authorization"] == f"Bearer {KEY}" and self.path == "/v1/embeddings"
        if self.server.failures or not known:
            status = self.server.failures.pop(0) if self.server.failures else 401
            self._answer(status, {"error": {"message": f"no, {self.headers['Authorization']}", "type": "refused"}})
            return
        self.server.asked.append(len(body["input"]))
        rows = [
            {"object": "embedding", "index": n, "embedding": _vector(text, self.server.dimensions)}
            for n, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 1000, "total_tokens": 1000}
        self._answer(200, {"object": "list", "data": rows[::-1], "model": body["model"], "usage": usage})

    def _answer(self, status: int, said: object) -> None:
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said: what is asked is seen in `asked`."""


def _vector(text: str, dimensions: int) -> list[float]:
    found = [0.0] * dimensions
    for word, times in Counter(re.findall(r"\w+", text.lower())).items():
        found[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % dimensions] += times
    return found


@contextmanager
def served() -> Iterator[Provider]:
    """A provider that listens."""
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with served() as server:
        yield server


@pytest.fixture
def setup(provider: Provider) -> EmbedderConfig:
    return EmbedderConfig(MADE, api_key=SecretStr(KEY), base_url=provider.url)


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=lambda embedder: embedder.name)
def test_an_embedder_finds_what_its_examples_say_is_near(embedder: Embedder, setup: EmbedderConfig) -> None:
    with embedder.open(setup) as embed:
        for example in embedder.examples:
            question, near, far = embed([example.question, example.near, example.far])
            assert question @ near > question @ far


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=lambda embedder: embedder.name)
def test_an_embedder_gives_each_text_a_vector_of_length_1_in_their_order(
    embedder: Embedder, setup: EmbedderConfig
) -> None:
    texts = ["one two three", "", "a long text about timeouts " * 200, "four"]
    with embedder.open(setup) as embed:
        together = embed(texts)
        alone = np.concatenate([embed([text]) for text in texts])
    assert together.shape == (4, embedder.dimensions)
    assert together.dtype == np.float32
    assert np.linalg.norm(together[[0, 2, 3]], axis=1) == pytest.approx([1, 1, 1], abs=1e-3)
    assert np.all(np.sum(together * alone, axis=1)[[0, 2, 3]] > 0.97)


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    for name in weights.PUBLISHED_SHA256:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(UserError, match="not the file that the model's makers published"):
        MINILM.open(EmbedderConfig(tmp_path / "data", tmp_path)).__enter__()


def test_a_model_that_was_made_and_lacks_what_runs_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "models" / "all-MiniLM-L6-v2-int8-1" / "model.onnx"
    model.parent.mkdir(parents=True)
    model.touch()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match="To run the embedded model, the package onnxruntime is needed"):
        MINILM.open(EmbedderConfig(tmp_path)).__enter__()


def test_without_weights_the_search_goes_by_words_unless_the_embedder_was_asked_for(tmp_path: Path) -> None:
    environment = {"MAS_EMBEDDER_WEIGHTS": str(tmp_path)}
    with open_embedder(environment, tmp_path) as found:
        assert found.embedder is None
        assert found.note.startswith("Searched by words alone: The weights of the embedded model")
    with (
        pytest.raises(UserError, match="MAS_EMBEDDER=none"),
        open_embedder(environment | {"MAS_EMBEDDER": "minilm"}, tmp_path),
    ):
        pass
    with (
        pytest.raises(UserError, match="Set it to one of minilm, openai, none"),
        open_embedder({"MAS_EMBEDDER": "x"}, tmp_path),
    ):
        pass


def test_a_provider_that_is_busy_is_asked_again(setup: EmbedderConfig, provider: Provider) -> None:
    provider.failures = [429, 500, 503]
    with OPENAI.open(setup) as embed:
        assert len(embed(["one"])) == 1


@pytest.mark.parametrize(("status", "error"), [(401, UserError), (400, RemoteError)])
def test_what_a_provider_says_of_a_failure_is_not_passed_on(
    setup: EmbedderConfig, provider: Provider, status: int, error: type[Exception]
) -> None:
    provider.failures = [status]
    with OPENAI.open(setup) as embed, pytest.raises(error) as raised:
        embed(["one"])
    assert KEY not in str(raised.value)
    assert KEY not in repr(setup)


def test_vectors_of_other_dimensions_are_refused(setup: EmbedderConfig, provider: Provider) -> None:
    provider.dimensions = 8
    with OPENAI.open(setup) as embed, pytest.raises(RemoteError, match="a vector of 1536 numbers") as raised:
        embed(["one"])
    assert not raised.value.transient


def test_texts_go_in_batches_and_each_request_is_charged(setup: EmbedderConfig, provider: Provider) -> None:
    spent: list[float] = []
    with OPENAI.open(replace(setup, record_cost=spent.append)) as embed:
        assert len(embed(["word " * 4000] * 60)) == 60
    assert provider.asked == [31, 29]  # each text is cut to 3,200 words
    assert sum(spent) == pytest.approx(2 * 1000 * 0.02 / 1e6)


def test_a_request_holds_no_more_texts_than_the_provider_takes() -> None:
    assert [len(batch) for batch in batches(["a"] * (MAX_BATCH_TEXTS + 1))] == [MAX_BATCH_TEXTS, 1]


def test_the_runtime_of_the_embedded_model_tells_nobody_of_us(tmp_path: Path) -> None:
    """Its telemetry begins with a file of a session in the folder for temporary ones."""
    program = "import bot.search.embedders.minilm, onnxruntime"
    environment = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)

    assert list(tmp_path.iterdir()) == []
