"""Sample values for the messages: a change of code, edits, findings, a settings file."""

from __future__ import annotations

import dataclasses

from bot.domain import (
    Draft,
    Edit,
    Fact,
    FactKind,
    Finding,
    Fix,
    Hit,
    IgnoredFinding,
    Level,
    Location,
    Notice,
    ScannerRun,
    Section,
    SecurityReview,
)
from bot.domain.markers import DocsMarker
from bot.messages.entries import Permalinks
from bot.repoconfig import CONFIG_PATH, ConfigFile, Problem, load_config

BASE, HEAD, OLD = "b" * 40, "a" * 40, "c" * 40
LINKS = Permalinks("https://github.com/octo/fetchkit", BASE, HEAD)
README = (
    "# Guide\n\nCall `fetch_all` to fetch everything:\n\n    fetch_all(urls)\n\n## Timeouts\n\nThe default is 30.0.\n"
)
REFERENCE = "| Function | Purpose |\n|---|---|\n| `fetch_all` | All of them |\n"
GUIDE = Section("README.md", ("Guide",), 1, 6)
TIMEOUTS = Section("README.md", ("Guide", "Timeouts"), 7, 9)
TABLE = Section("docs/reference.md", (), 1, 3)
RENAMED = Fact(
    FactKind.RENAMED, "function", "fetchkit.fetch_all", "fetchkit.fetch_many", "fetch_all", "fetch_many",
    Location("fetchkit/__init__.py", 3), Location("fetchkit/__init__.py", 4), 0.97,
    signature_before="fetch_all(urls)", signature_after="fetch_many(urls, limit=8)",
)  # fmt: skip
DEFAULT = Fact(
    FactKind.DEFAULT_CHANGED, "function", "fetchkit.get", "fetchkit.get", "30.0", "10.0",
    Location("fetchkit/client.py", 12), Location("fetchkit/client.py", 12), 0.95, parameter="timeout",
)  # fmt: skip
REMOVED = dataclasses.replace(RENAMED, kind=FactKind.REMOVED, symbol_after=None, new=None, after=None)


def edit(text: str, section: Section, old: str, new: str, at: int = 0, *, fact: Fact = RENAMED, why: str = "") -> Edit:
    """An edit of the occurrence of `old` at or after a character."""
    start = text.index(old, at)
    line = text.count("\n", 0, start) + 1
    rule = "renamed" if fact.kind is FactKind.RENAMED else "default"
    reason = why or f"`{old}` is now `{new}`."
    return Edit(section.path, start, start + len(old), old, new, line, section, fact, rule, reason, 0.94)


EDITS = (
    edit(README, GUIDE, "fetch_all", "fetch_many"),
    edit(README, GUIDE, "fetch_all", "fetch_many", at=40),
    edit(README, TIMEOUTS, "30.0", "10.0", fact=DEFAULT, why="The default of `timeout` in `get` is now `10.0`."),
    edit(REFERENCE, TABLE, "fetch_all", "fetch_many"),
)
NOTICE = Notice(
    "docs/cache.md", 7, Section("docs/cache.md", ("Cache",), 1, 9), RENAMED, "`fetch_all` was renamed.", 0.4
)
NOTES = ("`docs/latin.md` was skipped: it is not UTF-8.",)
DRAFT = Draft((RENAMED, DEFAULT), EDITS, (NOTICE,), NOTES, {"README.md": README, "docs/reference.md": REFERENCE})
SMALL = dataclasses.replace(DRAFT, facts=(DEFAULT,), edits=EDITS[2:3], notices=(), notes=())
MARKER = DocsMarker(HEAD, "d" * 64, frozenset({"1:" + "0" * 20}), BASE)

SHELL = Hit(
    "bandit/B602", 9, 9, Level.HIGH, Level.HIGH, "A shell runs a command",
    "If any part of this command comes from user input, an attacker can run arbitrary commands.",
    "Pass the arguments as a list, without a shell.", 78, "A03:2021 Injection",
    "https://bandit.readthedocs.io/en/latest/plugins/b602_subprocess_popen_with_shell_equals_true.html",
    Fix(9, 9, "    subprocess.run(command)"),
)  # fmt: skip
SECRET = Hit(
    "betterleaks/github-pat", 1, 1, Level.CRITICAL, Level.MEDIUM, "A GitHub token",
    "Anyone who can read the repository can use it.", "Revoke the token, and load it from the environment.",
)  # fmt: skip
FINDINGS = (
    Finding("config.py", SECRET, "added", "x"),
    Finding("fetchkit/shell.py", SHELL, "added", "y"),
    Finding(
        "fetchkit/login.py",
        dataclasses.replace(SHELL, rule="guards/removed-check", fix=None, link=None),
        "removed",
        "z",
    ),
    Finding("fetchkit/debug.py", dataclasses.replace(SHELL, severity=Level.MEDIUM, fix=None), "worse", "w"),
)
IGNORED = (
    IgnoredFinding(dataclasses.replace(FINDINGS[1], path="tests/shell.py"), "olga", "a constant", "2099-01-31"),
    IgnoredFinding(dataclasses.replace(FINDINGS[1], path="scripts/run.py"), "the code", "a fixed command"),
)
RUNS = (
    ScannerRun("bandit", "1.8", 3, 1.2),
    ScannerRun("betterleaks", "1.0", 4, 0.4),
    ScannerRun("zizmor", "1.0", 1, 60.0, "it took too long."),
)
REVIEW = SecurityReview(FINDINGS, IGNORED, RUNS, ("`line.py` was skipped: it is larger than 1 MB.",), 4)
ONE_FINDING = SecurityReview(FINDINGS[1:2], (), RUNS[:2], (), 1)
NO_FINDINGS = SecurityReview((), (), RUNS[:2], (), 2)

INVALID = """\
branches: main
docs:
  inclde: [docs/**]
  check:
    blocking: maybe
  rules: {renamd: off}
security:
  fail_severity: awful
  without: ["no spaces"]
index:
  exclude: ["!src/**", "*.{js,ts}"]
"""


def problems(text: str) -> tuple[Problem, ...]:
    """The problems of a settings file."""
    return load_config([ConfigFile(CONFIG_PATH, text.encode())], ("renamed", "default"))[1]
