"""Which versions of a platform the project supports, by its manifests: the least one, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain import Change, Fact, FactKind, Location, Tree

_MIN_VERSION = r"[\"']?\s*[>^~]=?\s*v?(\d+(?:\.\d+)*)"
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (\d\.\d+)")
_PATTERNS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "pyproject.toml": (("Python", re.compile(rf"^(?:requires-python|python)\s*=\s*{_MIN_VERSION}", re.M)),),
    "setup.cfg": (("Python", re.compile(rf"^python_requires\s*=\s*{_MIN_VERSION}", re.M)),),
    "setup.py": (
        ("Python", re.compile(rf"python_requires\s*=\s*{_MIN_VERSION}")),
        ("Python", re.compile(r"version_info\s*(?:\[:2\])?\s*(?:<|>=)\s*\((\d+,\s*\d+)")),
    ),
    "package.json": (("Node.js", re.compile(rf"\"node\"\s*:\s*{_MIN_VERSION}")),),
    "go.mod": (("Go", re.compile(r"^go (\d+\.\d+)", re.M)),),
    "Cargo.toml": (("Rust", re.compile(r"^rust-version\s*=\s*\"(\d+(?:\.\d+)*)", re.M)),),
}


def version_facts(change: Change) -> Iterator[Fact]:
    """One fact for each platform whose least supported version the change raised or lowered."""
    reported: set[str] = set()
    for file in change.files:
        patterns = _PATTERNS.get((file.after or "").rpartition("/")[2])
        if (
            patterns is None
            or file.before is None
            or file.after is None
            or (file.after.count("/") and _is_nested(file.after))
        ):
            continue
        before, after = _text(change.base, file.before), _text(change.head, file.after)
        for platform, old, new, line in _version_changes(before, after, patterns):
            if platform not in reported:
                reported.add(platform)
                yield Fact(
                    FactKind.VERSION_CHANGED, "version", platform, platform, old, new, Location(file.before, 1),
                    Location(file.after, line), 0.95,
                )  # fmt: skip


def _is_nested(path: str) -> bool:
    return re.search(r"(^|/)(examples?|tests?|docs?|vendor|node_modules)/", path) is not None


def _version_changes(
    before: str, after: str, patterns: tuple[tuple[str, re.Pattern[str]], ...]
) -> Iterator[tuple[str, str, str, int]]:
    for platform, pattern in patterns:
        old, new = pattern.search(before), pattern.search(after)
        if old and new and old[1] != new[1]:
            yield platform, _with_dots(old[1]), _with_dots(new[1]), after.count("\n", 0, new.start()) + 1
    old_list, new_list = _classifier_versions(before), _classifier_versions(after)
    if old_list and new_list and old_list[0] != new_list[0]:
        yield "Python", old_list[0], new_list[0], after.count("\n", 0, after.index(f"Python :: {new_list[0]}")) + 1


def _classifier_versions(text: str) -> list[str]:
    """The versions that a package's classifiers name, lowest first."""
    return sorted({m[1] for m in _CLASSIFIER.finditer(text)}, key=_sort_key)


def _sort_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _with_dots(version: str) -> str:
    return re.sub(r",\s*", ".", version)


def _text(tree: Tree, path: str) -> str:
    return tree[path].data.decode(errors="replace")
