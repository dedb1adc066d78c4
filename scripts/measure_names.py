"""Measure the names and the layout of `bot/`: `python scripts/measure_names.py [--check] [--verbose]`.

`--check` exits with 1 if a limit is exceeded. `--verbose` lists what is counted.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

MAX_PARTICIPLES = 0.04
MAX_ENTRIES = 32
MAX_LOOSE_MODULES = 4
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 45
MAX_LONG_FUNCTIONS = 1

_REGULAR = re.compile(r"_*[a-z]+ed(_.*)?")
_NOT_PARTICIPLES = frozenset(["embed", "exceed", "feed", "need", "proceed", "red", "seed", "shed", "speed", "succeed"])
_IRREGULAR = re.compile(
    r"begun|been|born|borne|bound|bought|brought|built|caught|chosen|come|done|drawn|driven|fallen|felt|"
    r"fought|found|given|gone|grown|heard|held|hidden|hit|kept|known|laid|led|left|lent|let|lost|made|"
    r"meant|met|paid|put|read|risen|run|said|seen|sent|set|shown|shut|sold|sought|spelt|spent|split|spoken|"
    r"spread|stood|struck|swept|taken|taught|thought|thrown|told|torn|understood|woken|won|worn|wound|"
    r"written"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class: its path, name and number of lines."""

    path: str
    name: str
    lines: int
    is_class: bool


def definitions(folder: Path) -> Iterator[Definition]:
    """Yield every function, method and class below a folder."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield Definition(str(path.relative_to(folder.parent)), node.name, lines, isinstance(node, ast.ClassDef))


def is_participle(name: str) -> bool:
    """Return whether a name is, or begins with, a past participle. `read` and `run` count, although they are verbs."""
    first = name.strip("_").split("_")[0]
    is_regular = bool(_REGULAR.fullmatch(name)) and first not in _NOT_PARTICIPLES
    return is_regular or bool(_IRREGULAR.fullmatch(first))


def shared_class_names(found: list[Definition]) -> dict[str, list[str]]:
    """Return the class names that several modules define → those modules."""
    paths = defaultdict(list)
    for each in found:
        if each.is_class:
            paths[each.name].append(each.path)
    return {name: sorted(at) for name, at in paths.items() if len(set(at)) > 1}


def main() -> int:
    """Print the measurements; with `--check`, return 1 if one exceeds its limit."""
    folder = ROOT / "bot"
    found = list(definitions(folder))
    functions = [each for each in found if not each.is_class]
    participles = [each for each in functions if is_participle(each.name)]
    shared = shared_class_names(found)
    long_functions = [each for each in functions if each.lines > MAX_FUNCTION_LINES]
    modules = {str(path): len(path.read_text().splitlines()) for path in folder.rglob("*.py")}
    large = {path: lines for path, lines in modules.items() if lines > MAX_MODULE_LINES}
    entries = [path for path in folder.iterdir() if path.name != "__pycache__"]
    loose = [path for path in entries if path.suffix == ".py" and not path.stem.startswith("__")]
    share = len(participles) / len(functions)
    limits = {
        f"functions named by a participle: {len(participles)} of {len(functions)} ({share:.1%})": share
        > MAX_PARTICIPLES,
        f"class names in more than one module: {len(shared)}": bool(shared),
        f"entries in bot/: {len(entries)}": len(entries) > MAX_ENTRIES,
        f"loose modules in bot/: {len(loose)}": len(loose) > MAX_LOOSE_MODULES,
        f"modules over {MAX_MODULE_LINES} lines: {len(large)}": bool(large),
        f"functions over {MAX_FUNCTION_LINES} lines: {len(long_functions)}": len(long_functions) > MAX_LONG_FUNCTIONS,
    }
    for words, is_over in limits.items():
        print(f"{'FAIL' if is_over else 'ok  '}  {words}")
    if "--verbose" in sys.argv:
        for each in participles:
            print(f"participle  {each.path}  {each.name}")
        for name, paths in sorted(shared.items()):
            print(f"class  {name}  {' '.join(paths)}")
        for each in long_functions:
            print(f"long function  {each.path}  {each.name}  {each.lines}")
        for path, lines in large.items():
            print(f"large module  {path}  {lines}")
    return int("--check" in sys.argv and any(limits.values()))


if __name__ == "__main__":
    sys.exit(main())
