"""Notebooks, parsed as Markdown documents and edited as JSON files."""

from __future__ import annotations

import json

import pytest

from bot.agents.impact.documents import count_words
from bot.domain import apply_edits
from bot.formats.notebook import NOTEBOOK
from tests.core.trees import drafted, noticed, rewritten

PAGE = "docs/guide.ipynb"
BEFORE = {"pkg/__init__.py": "def fetch_all(url):\n    return go(url)\n\n\ndef push_one(): ...\n"}
AFTER = {"pkg/__init__.py": "def fetch_many(url):\n    return go(url)\n"}


def markdown(*lines: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": list(lines)}


def code(source: str) -> dict[str, object]:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": ["fetch_all"], "source": source}


def notebook(*cells: dict[str, object], language: str = "python", indent: int | None = 1) -> str:
    metadata = {"kernelspec": {"display_name": "fetch_all", "language": language}}
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=indent, ensure_ascii=False) + "\n"


def test_cells_form_one_markdown_document() -> None:
    source = notebook(markdown("# Ünder\n", "the `hood`"), code('say("```")\n'), {"cell_type": "raw", "source": "no"})

    assert NOTEBOOK.text(source.encode()).decode() == '# Ünder\nthe `hood`\n\n````python\nsay("```")\n````\n\n'


@pytest.mark.parametrize(
    ("cell", "language", "fence"),
    [
        ("get(1)", "R", "r"),
        ("%%bash\nls", "python", "bash"),
        ("%%time\nget(1)", "python", "python"),
        ("x", "?!", "python"),
    ],
)
def test_the_language_of_a_code_cell_is_that_of_the_kernel_or_of_its_magic(
    cell: str, language: str, fence: str
) -> None:
    data = NOTEBOOK.text(notebook(code(cell), language=language).encode())

    assert [block.fence for block in NOTEBOOK.parse(data).blocks] == [fence]


@pytest.mark.parametrize("indent", [1, None])
def test_names_are_replaced_in_text_and_code_only(indent: int | None) -> None:
    cells = markdown("# The `fetch_all` call\n", 'Say "hi" — \\ `fetch_all`.'), code('import pkg\npkg.fetch_all("\\n")')
    after = (
        markdown("# The `fetch_many` call\n", 'Say "hi" — \\ `fetch_many`.'),
        code('import pkg\npkg.fetch_many("\\n")'),
    )

    assert rewritten(BEFORE, AFTER, notebook(*cells, indent=indent), PAGE) == notebook(*after, indent=indent)


def test_a_removed_row_is_removed_with_its_string() -> None:
    doc = notebook(markdown("# API\n", "\n", "- `push_one()`: pushes\n", "- `other()`: does\n"))

    assert rewritten(BEFORE, AFTER, doc, PAGE) == notebook(markdown("# API\n", "\n", "- `other()`: does\n"))


def test_new_text_is_escaped() -> None:
    doc = notebook(markdown("# fetch\n", "Set `MODE = 'a'`."))
    before, after = ({"pkg/__init__.py": f"MODE = {value}\n"} for value in ("'a'", "'\"'"))

    [edit] = drafted(before, after, {PAGE: doc}).edits

    assert edit.new == "'\\\"'"
    assert json.loads(apply_edits(doc, [edit]))["cells"][0]["source"][1] == "Set `MODE = '\"'`."


def test_line_numbers_refer_to_the_file() -> None:
    doc = notebook(markdown("# API\n", "\n", "Call `push_one` or `fetch_all`."))
    line = next(n for n, text in enumerate(doc.split("\n"), 1) if "push_one" in text)

    [edit] = drafted(BEFORE, AFTER, {PAGE: doc}).edits

    assert (edit.line, edit.old, edit.section.heading) == (line, "fetch_all", ("API",))
    assert noticed(BEFORE, {"pkg/__init__.py": "def fetch_all(url):\n    return go(url)\n"}, doc, PAGE) == [line]
    [section] = count_words(doc.encode(), NOTEBOOK).sections
    assert section.lines["push_one"] == line
    assert section.part.start_line < line <= section.part.end_line


@pytest.mark.parametrize(
    "source",
    [
        "", "{", "[]", "null", '{"nbformat": 4}', '{"nbformat": 4, "cells": {}}', '{"nbformat": 4, "cells": [1, {}]}',
        '{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": 3}]}', "[" * 100_000,
        '{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "markdown", "source": "`a`"}]}]}',
    ],
)  # fmt: skip
def test_other_files_than_notebooks_of_version_4_have_no_text(source: str) -> None:
    assert NOTEBOOK.text(source.encode()) == b""
