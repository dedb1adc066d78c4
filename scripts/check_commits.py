"""Check Conventional Commits 1.0 (https://www.conventionalcommits.org) in a range, a message file or a title.

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
# git writes these subjects itself. A fixup is checked after it has been squashed into its commit.
BY_GIT = re.compile(r"Merge |Revert \"|(?:fixup|squash|amend)! ")
MAX_LENGTH = 120


def fault(subject: str) -> str | None:
    """Return the problem with a subject line, or None."""
    if BY_GIT.match(subject):
        return None
    if not SUBJECT.fullmatch(subject):
        return f"is not `type(scope): description` with a type of {TYPES.replace(' ', ', ')}"
    if len(subject) > MAX_LENGTH:
        return f"has {len(subject)} characters; the maximum is {MAX_LENGTH}"
    return "ends with a full stop" if subject.endswith(".") else None


def subjects(arguments: list[str]) -> list[str]:
    """Return the subject lines that the arguments select."""
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
    """Print each invalid subject; return 1 if there is one."""
    faults = [(subject, why) for subject in subjects(arguments) if (why := fault(subject))]
    for subject, why in faults:
        print(f"{subject!r} {why}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
