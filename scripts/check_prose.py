"""Report words that plain technical English does not need: `python scripts/check_prose.py [PATH…]`.

Checks docstrings, comments, sentences in string literals, and templates. Without a path, checks `bot/`.
"""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

REFUSED = {
    r"stands?|standing|stood": "is, exists, remains",
    r"told|tells of|tell of|telling of": "reported, describes",
    r"said": "written, stated",
    r"mend|mends|mended|mending": "fix",
    r"bring(s|ing)? forward|brought forward": "upgrade",
    r"anew": "again",
    r"meanwhile": "in the meantime, or nothing",
    r"whoever": "anyone who",
    r"somebody": "someone, a user",
    r"a word": "a message",
    r"let go|lets go|letting go": "remove, release",
    r"the whole way": "end to end",
    r"remed(y|ies)": "fix",
    r"turn(s|ed)? down": "decline",
    r"is none of (ours|its|our)": "is not one of …",
    r"heirs?": "successor",
}
_REFUSED = [
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), better) for pattern, better in REFUSED.items()
]
_SENTENCE = re.compile(r"\w \w")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of docstrings, comments and sentence-like string literals of a module, or of a text file."""
    source = path.read_text()
    if path.suffix != ".py":
        yield from enumerate(source.splitlines(), start=1)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SENTENCE.search(node.value):
            for number, line in enumerate(node.value.splitlines()):
                yield node.lineno + number, line
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def main() -> int:
    """Print each word with its place and a better one; return 1 if there is one."""
    folders = [ROOT / name for name in sys.argv[1:] or ["bot"]]
    found = 0
    for folder in folders:
        files = [folder] if folder.is_file() else sorted([*folder.rglob("*.py"), *folder.rglob("*.j2")])
        for path in files:
            for line, text in texts(path):
                for pattern, better in _REFUSED:
                    for match in pattern.finditer(text):
                        found += 1
                        print(f"{path.relative_to(ROOT)}:{line}: '{match[0]}': write {better}")
    print(f"{found} words to replace" if found else "Prose: ok")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
