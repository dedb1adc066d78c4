"""Every embedder satisfies its own examples: the embedded one with the published weights, OpenAI's with a server."""

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
DATA_DIR = Path(sys.prefix) / "mas-test-data"
"""The first run builds the embedded model here, which takes seconds."""


class Provider(ThreadingHTTPServer):
    """A server with OpenAI's embeddings API; a text's vector counts its words.

    `failures` are the status codes of the first responses, `asked` the number of texts of each request.
    """

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

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def _vector(text: str, dimensions: int) -> list[float]:
    vector = [0.0] * dimensions
    for word, count in Counter(re.findall(r"\w+", text.lower())).items():
        vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % dimensions] += count
    return vector


@contextmanager
def run_provider() -> Iterator[Provider]:
    """Run a provider until the block ends."""
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
    with run_provider() as server:
        yield server


@pytest.fixture
def setup(provider: Provider) -> EmbedderConfig:
    return EmbedderConfig(DATA_DIR, api_key=SecretStr(KEY), base_url=provider.url)


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=lambda embedder: embedder.name)
def test_an_embedder_ranks_its_examples(embedder: Embedder, setup: EmbedderConfig) -> None:
    with embedder.open(setup) as embed:
        for example in embedder.examples:
            question, near, far = embed([example.question, example.near, example.far])
            assert question @ near > question @ far


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=lambda embedder: embedder.name)
def test_an_embedder_returns_unit_vectors_in_order(embedder: Embedder, setup: EmbedderConfig) -> None:
    texts = ["one two three", "", "a long text about timeouts " * 200, "four"]
    with embedder.open(setup) as embed:
        together = embed(texts)
        alone = np.concatenate([embed([text]) for text in texts])
    assert together.shape == (4, embedder.dimensions)
    assert together.dtype == np.float32
    assert np.linalg.norm(together[[0, 2, 3]], axis=1) == pytest.approx([1, 1, 1], abs=1e-3)
    assert np.all(np.sum(together * alone, axis=1)[[0, 2, 3]] > 0.97)


def test_weights_that_are_not_the_published_ones_are_rejected(tmp_path: Path) -> None:
    for name in weights.PUBLISHED_SHA256:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(UserError, match="does not match the published checksum"):
        MINILM.open(EmbedderConfig(tmp_path / "data", tmp_path)).__enter__()


def test_a_built_model_without_its_runtime_is_a_user_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "models" / "all-MiniLM-L6-v2-int8-1" / "model.onnx"
    model.parent.mkdir(parents=True)
    model.touch()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match="The embedded model needs the package onnxruntime to run"):
        MINILM.open(EmbedderConfig(tmp_path)).__enter__()


def test_without_weights_search_is_lexical_unless_the_embedder_is_configured(tmp_path: Path) -> None:
    environment = {"MAS_EMBEDDER_WEIGHTS": str(tmp_path)}
    with open_embedder(environment, tmp_path) as found:
        assert found.embedder is None
        assert found.note.startswith("Searched by words only: The weights of the embedded model")
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


def test_a_request_to_a_busy_provider_is_retried(setup: EmbedderConfig, provider: Provider) -> None:
    provider.failures = [429, 500, 503]
    with OPENAI.open(setup) as embed:
        assert len(embed(["one"])) == 1


@pytest.mark.parametrize(("status", "error"), [(401, UserError), (400, RemoteError)])
def test_the_error_message_of_a_provider_is_not_passed_on(
    setup: EmbedderConfig, provider: Provider, status: int, error: type[Exception]
) -> None:
    provider.failures = [status]
    with OPENAI.open(setup) as embed, pytest.raises(error) as raised:
        embed(["one"])
    assert KEY not in str(raised.value)
    assert KEY not in repr(setup)


def test_vectors_with_other_dimensions_are_rejected(setup: EmbedderConfig, provider: Provider) -> None:
    provider.dimensions = 8
    with OPENAI.open(setup) as embed, pytest.raises(RemoteError, match="a vector of 1536 numbers") as raised:
        embed(["one"])
    assert not raised.value.transient


def test_texts_are_sent_in_batches_and_the_cost_of_each_request_is_recorded(
    setup: EmbedderConfig, provider: Provider
) -> None:
    costs: list[float] = []
    with OPENAI.open(replace(setup, record_cost=costs.append)) as embed:
        assert len(embed(["word " * 4000] * 60)) == 60
    assert provider.asked == [31, 29]  # each text is truncated to 3,200 words
    assert sum(costs) == pytest.approx(2 * 1000 * 0.02 / 1e6)


def test_a_request_has_at_most_as_many_texts_as_the_provider_accepts() -> None:
    assert [len(batch) for batch in batches(["a"] * (MAX_BATCH_TEXTS + 1))] == [MAX_BATCH_TEXTS, 1]


def test_the_runtime_of_the_embedded_model_sends_no_telemetry(tmp_path: Path) -> None:
    """Its telemetry would start with a session file in the temporary folder."""
    program = "import bot.search.embedders.minilm, onnxruntime"
    environment = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)

    assert list(tmp_path.iterdir()) == []
