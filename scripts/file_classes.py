"""Print the class of each file in git repositories, grouped by class and rule.

    python -m scripts.file_classes [--class CLASS] [--all] REPOSITORY…

Review the output for a repository that the rules were not written for: each wrong line shows a rule to fix.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

from bot.git import GitRepo
from bot.text.file_classes import FileClass, FileClasses

_SHOWN = 12
"""Paths shown for one rule without `--all`."""


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--class", dest="only", choices=[each.value for each in FileClass])
    parser.add_argument("--all", action="store_true", help="show every path, not a sample for each rule")
    arguments = parser.parse_args()
    for path in arguments.repositories:
        print(f"# {path}")
        with GitRepo.open(path) as repository:
            tree = repository.tree(repository.resolve("HEAD"))
            classes = FileClasses(tree)
            found: dict[tuple[str, str], list[str]] = defaultdict(list)
            for name in tree:
                classification = classes.of(name)
                found[classification.file_class.value, classification.reason].append(name)
        for (file_class, reason), names in sorted(found.items()):
            if arguments.only in (None, file_class):
                print(f"{file_class}: {reason} ({len(names)})")
                shown = names if arguments.all else names[:: max(1, len(names) // _SHOWN)]
                print("".join(f"    {name}\n" for name in shown), end="")


if __name__ == "__main__":
    main()
