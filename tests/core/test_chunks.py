"""Split files into chunks: documents by section, programs by symbol, within a token budget."""

from __future__ import annotations

import pytest

from bot.agents.rag_management.chunk import MAX_TOKENS, Chunk, count_tokens
from bot.agents.rag_management.files import chunker_for
from bot.domain import Blob
from bot.formats import FORMATS
from bot.languages import LANGUAGES
from bot.text.file_classes import classify_path


def chunks(path: str, text: str) -> tuple[Chunk, ...]:
    blob = Blob.of(text)
    chunker = chunker_for(path, blob, classify_path(path).file_class, LANGUAGES, FORMATS)
    assert chunker is not None
    return chunker.chunks(blob.data)


def test_a_document_is_split_at_its_headings_and_each_chunk_has_their_titles() -> None:
    found = chunks("docs/a.md", "# Guide\n\nHello.\n\n## Timeouts\n\nFive seconds.\n")
    assert [(c.title, c.start_line, c.end_line) for c in found] == [
        (("Guide",), 1, 3),
        (("Guide", "Timeouts"), 5, 7),
    ]


def test_a_program_is_split_at_its_symbols_and_a_method_is_named_with_its_class() -> None:
    source = """\
LIMIT = 3


class Client:
    '''Talks.'''

    def get(self, url: str) -> str:
        '''Fetch it.'''
        return url
"""
    found = chunks("src/client.py", source)
    assert [(c.title, c.start_line, c.end_line, c.names) for c in found] == [
        ((), 1, 1, ("LIMIT",)),
        (("Client",), 4, 5, ("Client",)),
        (("Client.get",), 7, 9, ("get",)),
    ]
    assert found[2].about == "Client.get(url: str) -> str\nFetch it."


def test_a_doc_comment_belongs_to_the_symbol_below_it() -> None:
    found = chunks("lib/a.js", "/**\n * Sends it.\n */\nexport function send (body) {\n  return body\n}\n")
    assert [(c.title, c.start_line, c.about) for c in found] == [(("send",), 1, "send(body)\n\nSends it.\n")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/long.md", "# Long\n\n" + "\n\n".join(f"Paragraph {n} tells of things and more." for n in range(300))),
        ("src/long.py", "def long():\n" + "".join(f"    value_{n} = compute({n})\n" for n in range(300))),
    ],
)
def test_a_long_unit_is_split_within_the_budget_without_loss(path: str, text: str) -> None:
    found = chunks(path, text)
    assert len(found) > 5
    assert all(count_tokens(c.text) <= MAX_TOKENS for c in found)
    assert len({c.unit for c in found}) == 1
    lines = text.split("\n")
    covered = {n for c in found for n in range(c.start_line, c.end_line + 1)}
    assert all(n in covered for n, line in enumerate(lines, 1) if line.strip())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/app.py", "code"),
        ("tests/test_app.py", "test"),
        ("examples/app.py", "test"),
        ("docs/app.md", "doc"),
        ("CHANGES.rst", "history"),
        ("blog/2024.md", "history"),
        ("dist/app.js", None),
        ("logo.svg", None),
    ],
)
def test_the_path_of_a_file_decides_its_kind(path: str, kind: str | None) -> None:
    chunker = chunker_for(path, Blob.of("x = 1\n"), classify_path(path).file_class, LANGUAGES, FORMATS)
    assert (chunker.kind if chunker else None) == kind


def test_the_key_of_a_file_depends_on_its_content_and_not_on_its_path() -> None:
    blob = Blob.of("# Hello\n")
    one, other = (
        chunker_for(path, blob, classify_path(path).file_class, LANGUAGES, FORMATS)
        for path in ("docs/a.md", "guide/b.md")
    )
    assert one is not None
    assert other is not None
    assert one.key(blob) == other.key(blob)
