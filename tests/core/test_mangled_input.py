"""Mangled input: no bytes of code or docs crash change detection, drafting or ranking.

`make fuzz` runs for longer. On a failure it prints the seed that reproduces it.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator

import pytest

from bot.agents.change_detection.detect import detect
from bot.agents.document_update.draft import draft
from bot.agents.document_update.rules import RULES
from bot.agents.impact.history import History
from bot.agents.impact.rank import rank, score_change
from bot.agents.impact.scope import load_documents
from bot.domain import Blob, Change, apply_edits
from bot.formats import FORMATS, NAVIGATION
from bot.frameworks import FRAMEWORKS
from bot.languages import LANGUAGES

_ROUNDS = 80
_SECONDS = float(os.environ.get("MAS_FUZZ_SECONDS", "0"))
"""Seconds to run; 0 for a fixed number of rounds."""

_Mangle = Callable[[random.Random, bytes, bytes], bytes]


def _truncate(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _flip(chance: random.Random, data: bytes, other: bytes) -> bytes:
    made = bytearray(data)
    for _ in range(min(len(made), 8)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def _splice(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _nest(chance: random.Random, data: bytes, other: bytes) -> bytes:
    piece = chance.choice(
        [b"(", b"[", b"{", b"<a>", b"> ", b"- ", b"!!! a\n    ", b"* ", b"====\n", b"```\n", b'{"a":']
    )
    return piece * chance.choice([10, 300, 3000]) + data


def _indent(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return (
        b"".join(
            b"    " * depth + chance.choice([b"!!! a\n", b"- a\n", b"if a:\n", b".. a::\n"]) for depth in range(60)
        )
        + data
    )


def _insert_control_bytes(chance: random.Random, data: bytes, other: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return (
        data[:at]
        + chance.choice([b"\0", b"\r", b"\xff\xfe", b"\xed\xa0\x80", "\u2028é".encode(), b"`", b"\x0c"])
        + data[at:]
    )


def _change_line_endings(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n", b""]))


def _lengthen(chance: random.Random, data: bytes, other: bytes) -> bytes:
    return data + chance.choice([b"a", b"`", b"a.b", b"| ", "é".encode(), b"{{", b"[["]) * 10_000 + data


_MANGLES: tuple[_Mangle, ...] = (
    _truncate, _flip, _splice, _nest, _indent, _insert_control_bytes, _change_line_endings, _lengthen,
)  # fmt: skip


def _sources() -> list[tuple[str, bytes]]:
    """Return the examples of all languages, formats and rules, each at a path with a suffix that its parser reads."""
    found = [(f"pkg/a{x.suffixes[0]}", e.source) for x in LANGUAGES for e in x.examples]
    found += [(f"docs/a{form.suffixes[0]}", e.source) for form in FORMATS for e in form.examples]
    found += [(f"docs/{form.suffixes[0]}", e.source) for form in NAVIGATION for e in form.examples]
    for rule in RULES:
        for example in rule.examples:
            found += [*example.base.items(), *example.head.items(), *example.other_docs.items()]
            found += [
                (f"docs/guide{form.suffixes[0]}", _wrap(form.extract is not None, example.doc)) for form in FORMATS
            ]
    return [(path, source.encode()) for path, source in found]


def _wrap(in_a_notebook: bool, text: str) -> str:
    cell = {"cell_type": "markdown", "metadata": {}, "source": text}
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}) if in_a_notebook else text


def _changes(chance: random.Random) -> Iterator[Change]:
    """Yield changes made of a rule's example, in which any file may be mangled."""
    sources = _sources()
    rules = [example for rule in RULES for example in rule.examples]
    while True:
        example, form = chance.choice(rules), chance.choice(FORMATS)
        docs = {f"docs/guide{form.suffixes[0]}": _wrap(form.extract is not None, example.doc), **example.other_docs}
        base = {path: text.encode() for path, text in {**docs, **example.base}.items()}
        head = {path: text.encode() for path, text in {**docs, **example.head}.items()}
        for path, data in chance.sample(sources, 3):
            base.setdefault(path, data)
            head[path] = _mangle(chance, data, chance.choice(sources)[1])
        for tree in (base, head):
            path = chance.choice(sorted(tree))
            tree[path] = _mangle(chance, tree[path], chance.choice(sources)[1])
        yield Change.between(*({path: Blob.of(data) for path, data in tree.items()} for tree in (base, head)))


def _mangle(chance: random.Random, data: bytes, other: bytes) -> bytes:
    for _ in range(chance.choice([1, 1, 2])):
        data = chance.choice(_MANGLES)(chance, data, other)
    return data


def _process(change: Change) -> None:
    made = draft(change, detect(change, LANGUAGES, FRAMEWORKS), LANGUAGES, (*FORMATS, *NAVIGATION), RULES)
    for path, text in made.documents.items():
        apply_edits(text, [edit for edit in made.edits if edit.path == path])
    known = load_documents(change.head, FORMATS, {})
    score_change(change, known, History())
    rank(change, known, History(), threshold=-1.0)


def test_no_change_of_mangled_files_crashes() -> None:
    until, round_ = time.monotonic() + _SECONDS, 0
    while (time.monotonic() < until) if _SECONDS else (round_ < _ROUNDS):
        try:
            _process(next(_changes(random.Random(round_))))
        except Exception:
            print(f"seed {round_}")
            raise
        round_ += 1


@pytest.mark.parametrize("form", (*FORMATS, *NAVIGATION), ids=lambda form: form.name)
@pytest.mark.parametrize("mangle", _MANGLES, ids=lambda mangle: mangle.__name__.strip("_"))
def test_every_format_parses_its_mangled_examples(form: object, mangle: _Mangle) -> None:
    [own] = [x for x in (*FORMATS, *NAVIGATION) if x is form]
    for seed, example in enumerate(own.examples):
        data = mangle(random.Random(seed), example.source.encode(), b"`a`\n\n* b\n")
        layout = own.parse(own.text(data))
        assert layout.sections
