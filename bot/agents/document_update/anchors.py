"""Update the links to a heading whose anchor changes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from bot.agents.document_update.conflicts import section_at
from bot.agents.document_update.documents import Library
from bot.agents.document_update.rules.page import parse_layout
from bot.domain import Edit, apply_edits


def anchor_edits(edits: Iterable[Edit], library: Library) -> Iterator[Edit]:
    """Yield edits of the links to each heading whose anchor the given edits change."""
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    slug_changes = {path: slugs for path, own in by_path.items() if (slugs := _slug_changes(path, own, library))}
    if not slug_changes:
        return
    anchors = {slug.encode() for slugs in slug_changes.values() for slug in slugs}
    for path in library.paths:
        page = library.page(path)
        for link in page.layout.links if any(anchor in page.data for anchor in anchors) else ():
            written = page.text(link.destination)
            target, mark, fragment = ("", "#", written) if link.anchor else written.partition("#")
            linked_path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            slug, cause = slug_changes.get(linked_path, {}).get(fragment, (None, None))
            if mark and slug is not None and cause is not None:
                start = link.destination[1] - len(fragment.encode())
                yield Edit(
                    path, start, link.destination[1], fragment, slug, page.line_number(start), section_at(page, start),
                    cause.fact, "anchor", f"The heading that `#{fragment}` links to was renamed.", cause.confidence,
                )  # fmt: skip


def _slug_changes(path: str, edits: list[Edit], library: Library) -> dict[str, tuple[str, Edit]]:
    """Map each changed anchor to its new form and the edit that changes it."""
    before = library.page(path).layout.headings
    after = parse_layout(library.format(path), apply_edits(library.text(path), edits).encode()).headings
    changes = {}
    for old, new in zip(before, after, strict=False):
        cause = next((e for e in edits if old.span[0] <= e.start < old.span[1]), None)
        if old.slug != new.slug and cause is not None:
            changes[old.slug] = (new.slug, cause)
    return changes
