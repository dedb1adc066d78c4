"""The text output of `mas preview`."""

from __future__ import annotations

from pathlib import Path

from bot.cli.preview import render
from bot.cli.revisions import CommitRange
from bot.domain import Draft, FactKind, Notice, Section


def test_a_notice_shows_its_confidence_and_no_space_for_missing_headings() -> None:
    bare, titled = Section("a.md", (), 1, 9), Section("a.md", ("Guide", "Use"), 10, 20)
    draft = Draft(notices=(Notice("a.md", 2, bare, None, "So.", 0.6), Notice("a.md", 12, titled, None, "So.", 0.104)))

    lines = list(render(draft, CommitRange("a" * 40, "b" * 40)))

    texts = [line.plain for line in lines]
    assert "  a.md:2 0.60" in texts
    assert "  a.md:12 Guide › Use 0.10" in texts
    assert not any(line.endswith(" ") for line in texts)
    first = next(line for line in lines if line.plain == "  a.md:2 0.60")
    assert [(first.plain[s.start : s.end], s.style) for s in first.spans] == [(" 0.60", "dim")]


def test_the_docs_list_every_kind_in_the_json_output() -> None:
    text = (Path(__file__).parents[2] / "docs/preview.md").read_text()
    assert [kind for kind in FactKind if f"`{kind.value}`" not in text] == []
