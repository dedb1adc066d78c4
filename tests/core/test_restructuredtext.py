"""reStructuredText, parsed to byte spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.formats.format import Span
from bot.formats.restructuredtext import parse


def cut(source: str, spans: tuple[Span, ...]) -> list[str]:
    data = source.encode()
    return [data[a:b].decode() for a, b in spans]


def test_headings_take_their_level_from_the_order_of_their_styles() -> None:
    source = "=====\nTitle\n=====\n\nOne\n===\n\nTwo\n---\n\nThree\n=====\n"

    found = parse(source.encode())

    assert [(h.level, h.line, h.title) for h in found.headings] == [
        (1, 1, "Title"),
        (2, 5, "One"),
        (3, 8, "Two"),
        (2, 11, "Three"),
    ]
    assert [p.titles[-1] for p in found.sections] == ["Title", "One", "Two", "Three"]


def test_code_differs_from_prose_and_a_role_has_a_target() -> None:
    source = "Ünder :func:`~pkg.get` and ``x`` see `there <https://a.example>`_, :ref:`label <target>` and `name`_.\n"

    found = parse(source.encode())

    assert cut(source, found.codes) == ["pkg.get", "x", "target"]
    assert cut(source, tuple(link.destination for link in found.links)) == ["https://a.example"]
    assert "label" in cut(source, found.prose)


def test_examples_are_code_blocks_without_their_indentation() -> None:
    source = "This::\n\n    a = 1\n\n      b = 2\n\n.. code-block:: Python\n   :linenos:\n\n   c = 3\n\n>>> d\n4\n\n"

    found = parse(source.encode())

    assert [(b.fence, "".join(cut(source, b.lines))) for b in found.blocks] == [
        ("", "a = 1\n\n  b = 2\n"),
        ("python", "c = 3\n"),
        ("pycon", ">>> d\n4\n"),
    ]


def test_a_directive_is_a_row_with_its_argument_as_subject() -> None:
    source = ".. autofunction:: pkg.get\n   :noindex:\n\n.. automethod:: put(url)\n\nText.\n"

    rows = parse(source.encode()).rows

    assert cut(source, tuple(r.subject for r in rows if r.subject)) == ["pkg.get", "put"]
    assert cut(source, tuple(r.span for r in rows))[0] == ".. autofunction:: pkg.get\n   :noindex:\n"


def test_comments_and_tables_are_skipped() -> None:
    source = (
        ".. hidden ``a``\n   ``b``\n\n+-------+\n| ``c`` |\n+-------+\n\n=====  =====\n``d``  ``e``\n=====  =====\n"
    )

    found = parse(source.encode())

    assert not found.codes
    assert not found.prose


@given(st.text(alphabet=" \t\n\r.:`=-*_<>|[]{}+#abcÄ\N{GRINNING FACE}\0~\\", max_size=200) | st.binary(max_size=120))
def test_spans_lie_within_any_input(source: str | bytes) -> None:
    data = source.encode() if isinstance(source, str) else source

    found = parse(data)

    spans = [
        *found.codes,
        *found.prose,
        *(s for b in found.blocks for s in b.lines),
        *(link.destination for link in found.links),
        *(r.span for r in found.rows),
        *(h.span for h in found.headings),
    ]
    assert all(0 <= a <= b <= len(data) for a, b in spans)
    assert sorted(found.prose) == list(found.prose)
    assert all(a <= c for (_, a), (c, _) in zip(found.prose, found.prose[1:], strict=False))
