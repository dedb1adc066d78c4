"""Conventional Commits 1.0 (https://www.conventionalcommits.org): of a range, of a message in a file, or of a title.

python scripts/check_commits.py main..HEAD
python scripts/check_commits.py --message .git/COMMIT_EDITMSG
python scripts/check_commits.py --title "feat(index): answers with citations"
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TYPES = "build chore ci docs feat fix perf refactor revert style test"
SUBJECT = re.compile(rf"(?:{'|'.join(TYPES.split())})(?:\([a-z0-9][a-z0-9/_., -]*\))?!?: \S.*")
# git writes these by itself; the commits that a fixup belongs to are judged once they are joined.
BY_GIT = re.compile(r"Merge |Revert \"|(?:fixup|squash|amend)! ")
LONGEST = 120


def fault(subject: str) -> str | None:
    """What is wrong with the first line of a message, or None."""
    if BY_GIT.match(subject):
        return None
    if not SUBJECT.fullmatch(subject):
        return f"is not `type(scope): description` with a type of {TYPES.replace(' ', ', ')}"
    if len(subject) > LONGEST:
        return f"has {len(subject)} characters; {LONGEST} are the most"
    return "ends with a full stop" if subject.endswith(".") else None


def subjects(arguments: list[str]) -> list[str]:
    """The first lines that the command line asks about."""
    match arguments:
        case ["--title", title]:
            return [title]
        case ["--message", file]:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
            return [next((line for line in lines if line.strip() and not line.startswith("#")), "")]
        case [commits] if not commits.startswith("-"):
            log = ["git", "log", "--no-merges", "--format=%s", commits, "--"]
            return subprocess.run(log, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()
        case _:
            raise SystemExit(__doc__)


def main(arguments: list[str]) -> int:
    """The exit code: 1 when a subject is at fault, each on a line of its own."""
    faults = [(subject, why) for subject in subjects(arguments) if (why := fault(subject))]
    for subject, why in faults:
        print(f"{subject!r} {why}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
