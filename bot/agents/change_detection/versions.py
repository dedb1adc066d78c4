"""Which versions of a platform the project supports, by its manifests: the least one, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain import Change, Fact, FactKind, Place, Tree

_LEAST = r"[\"']?\s*[>^~]=?\s*v?(\d+(?:\.\d+)*)"
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (\d\.\d+)")
_PATTERNS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "pyproject.toml": (("Python", re.compile(rf"^(?:requires-python|python)\s*=\s*{_LEAST}", re.M)),),
    "setup.cfg": (("Python", re.compile(rf"^python_requires\s*=\s*{_LEAST}", re.M)),),
    "setup.py": (
        ("Python", re.compile(rf"python_requires\s*=\s*{_LEAST}")),
        ("Python", re.compile(r"version_info\s*(?:\[:2\])?\s*(?:<|>=)\s*\((\d+,\s*\d+)")),
    ),
    "package.json": (("Node.js", re.compile(rf"\"node\"\s*:\s*{_LEAST}")),),
    "go.mod": (("Go", re.compile(r"^go (\d+\.\d+)", re.M)),),
    "Cargo.toml": (("Rust", re.compile(r"^rust-version\s*=\s*\"(\d+(?:\.\d+)*)", re.M)),),
}


def version_facts(change: Change) -> Iterator[Fact]:
    """One fact for each platform whose least supported version the change raised or lowered."""
    told: set[str] = set()
    for file in change.files:
        patterns = _PATTERNS.get((file.after or "").rpartition("/")[2])
        if (
            patterns is None
            or file.before is None
            or file.after is None
            or (file.after.count("/") and _nested(file.after))
        ):
            continue
        before, after = _text(change.base, file.before), _text(change.head, file.after)
        for platform, old, new, line in _changes(before, after, patterns):
            if platform not in told:
                told.add(platform)
                yield Fact(
                    FactKind.VERSION_CHANGED, "version", platform, platform, old, new, Place(file.before, 1),
                    Place(file.after, line), 0.95,
                )  # fmt: skip


def _nested(path: str) -> bool:
    return re.search(r"(^|/)(examples?|tests?|docs?|vendor|node_modules)/", path) is not None


def _changes(
    before: str, after: str, patterns: tuple[tuple[str, re.Pattern[str]], ...]
) -> Iterator[tuple[str, str, str, int]]:
    for platform, pattern in patterns:
        old, new = pattern.search(before), pattern.search(after)
        if old and new and old[1] != new[1]:
            yield platform, _dotted(old[1]), _dotted(new[1]), after.count("\n", 0, new.start()) + 1
    old_list, new_list = _listed(before), _listed(after)
    if old_list and new_list and old_list[0] != new_list[0]:
        yield "Python", old_list[0], new_list[0], after.count("\n", 0, after.index(f"Python :: {new_list[0]}")) + 1


def _listed(text: str) -> list[str]:
    """The versions that a package's classifiers name, lowest first."""
    return sorted({m[1] for m in _CLASSIFIER.finditer(text)}, key=_number)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _dotted(version: str) -> str:
    return re.sub(r",\s*", ".", version)


def _text(tree: Tree, path: str) -> str:
    return tree[path].data.decode(errors="replace")
