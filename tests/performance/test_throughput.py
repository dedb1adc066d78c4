"""The plan's one timing: 100 documents are embedded within 30 s, in 1536 dimensions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.search.embedders import EmbedderConfig
from bot.search.embedders.openai import OPENAI
from tests.contracts.test_embedders import KEY, Provider, run_provider

pytestmark = pytest.mark.performance


@pytest.fixture
def provider() -> Iterator[Provider]:
    with run_provider() as made:
        yield made


def test_a_hundred_documents_are_embedded_within_half_a_minute(provider: Provider, tmp_path: Path) -> None:
    documents = [f"Test document {number}" for number in range(100)]
    began = time.monotonic()
    with OPENAI.open(EmbedderConfig(tmp_path, api_key=SecretStr(KEY), base_url=provider.url)) as embed:
        results = embed(documents)

    assert time.monotonic() - began < 30.0
    assert results.shape == (100, 1536)
