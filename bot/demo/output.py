"""The terminal output of the demo, step by step."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot import audit
from bot.domain import Draft, Fact, Location
from bot.domain.audit import AuditRecord
from bot.messages.facts import describe_fact
from bot.text.terminal_safe import escape_for_terminal
from github_sandbox.conversations import PullRequest
from github_sandbox.diff import FileDiff, files
from github_sandbox.state import App, Repository
from github_sandbox.webhooks import Delivery

console = Console(highlight=False, emoji=False)

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def print_introduction(url: str, repository: Repository, app: App) -> None:
    """Print what is running."""
    _print(("A local GitHub runs at ", "bold"), (url, "bold blue"), (", with the bot next to it.", "bold"))
    _print(f"{repository.full_name} contains a Python package and its docs. The App {app.name} is installed on it.")


def print_push(repository: Repository, person: str, base: str, head: str) -> None:
    """Print the commit and its files."""
    _heading(f"{person} pushes a commit")
    subject = repository.git.commit(head).message.partition("\n")[0]
    _print("  ", (head[:9], "yellow"), f" {escape_for_terminal(subject)}")
    for file in files(repository.git, base, head):
        moved = f"{file.previous} → " if file.previous else ""
        _print("    ", (f"{moved}{file.path}", ""), (f" +{file.additions}", "green"), (f" -{file.deletions}", "red"))


def print_delivery(delivery: Delivery) -> None:
    """Print the webhook delivery."""
    _heading("GitHub sends the bot a signed webhook")
    signature = delivery.headers["X-Hub-Signature-256"][:19]
    _print(f"  {delivery.event} {delivery.guid}, signed {signature}…")
    style = "green" if delivery.status_code == 202 else "red"
    _print(
        "  response ", (f"{delivery.status_code} {delivery.status}", style), f" in {delivery.duration * 1000:.0f} ms"
    )


def print_code_changes(draft: Draft) -> None:
    """Print the detected code changes."""
    _heading("What changed in the code")
    for fact in draft.facts:
        _print("  ", (_plain(describe_fact(fact)), ""), (f"  {_locations(fact)}", "dim"))


def print_stale_sections(draft: Draft) -> None:
    """Print the stale sections, and the notices for review by hand."""
    _heading("Which doc sections are now stale")
    counts: dict[tuple[str, tuple[str, ...]], int] = {}
    for edit in draft.edits:
        section = (edit.path, edit.section.heading)
        counts[section] = counts.get(section, 0) + 1
    for (path, heading), count in counts.items():
        section_name = escape_for_terminal(" › ".join(heading))
        _print("  ", (escape_for_terminal(path), "bold"), f"  {section_name}", (f"  {_count(count, 'edit')}", "dim"))
    for notice in draft.notices:
        _print(
            "  to review by hand: ",
            (escape_for_terminal(f"{notice.path}:{notice.line}"), "bold"),
            f"  {_plain(notice.reason)}",
        )


def print_pull_request(url: str, pull: PullRequest, seconds: float) -> None:
    """Print the pull request and its diff."""
    _heading(f"The pull request, {seconds:.1f} s after the push")
    _print("  ", (f"#{pull.number} {escape_for_terminal(pull.title)}", "bold"), f" by {pull.author.login}")
    _print("  ", (f"{url}/{pull.repository.full_name}/pull/{pull.number}", "blue underline"))
    for file in files(pull.repository.git, pull.base_oid, pull.head_oid):
        console.print()
        _diff(file)


def print_audit_log(records: Sequence[AuditRecord]) -> None:
    """Print the audit log, and verify its hash chain."""
    _heading("The audit log")
    for line in audit.render(records).splitlines():
        _print(f"  {line.partition('  [')[0].strip()}")
    broken = audit.verify(records)
    _print(("  hash chain verified" if broken is None else f"  hash chain broken at record {broken}", "dim"))


def print_summary(seconds: float) -> None:
    """Print the duration and the next steps."""
    console.print()
    _print((f"Done: from push to pull request in {seconds:.1f} s.", "bold green"))
    _print("Next: ", ("make demo KEEP=--keep", "bold"), " to browse the pages and push your own commits")
    _print("      ", (f"{_command()} preview PATH", "bold"), " to preview edits in your own repository")


def _command() -> str:
    """Return the command as typed: the demo's environment is rarely on PATH."""
    program = Path(sys.argv[0])
    return escape_for_terminal(str(program)) if program.name == "mas" else "mas"


def print_addresses(url: str, repository: Repository, clone_url: str, bot_url: str, folder: Path) -> None:
    """Print the addresses of the running servers."""
    _heading("Both servers run until Ctrl-C")
    _print("  browse: ", (f"{url}/{repository.full_name}", "blue underline"))
    _print("  push:   ", (f"git clone {clone_url}", "bold"))
    _print("          change something that the docs mention, commit and push; a pull request follows")
    _print("  bot:    ", (f"{bot_url}/ready", "blue underline"))
    _print(f"  files:  {folder} (kept; delete it when you are done)")


def _heading(title: str) -> None:
    console.print()
    _print((title, "bold"))


def _print(*parts: str | tuple[str, str]) -> None:
    console.print(Text.assemble(*parts), soft_wrap=True)


def _diff(file: FileDiff) -> None:
    _print((f"  {escape_for_terminal(file.path)}", "bold"))
    for line in (file.patch or "").splitlines():
        _print((f"  {escape_for_terminal(line)}", _STYLES.get(line[:1], "dim")))


def _locations(fact: Fact) -> str:
    return " → ".join(dict.fromkeys(_location(place) for place in (fact.before, fact.after) if place))


def _location(place: Location) -> str:
    return escape_for_terminal(f"{place.path}:{place.line}")


def _plain(markdown: str) -> str:
    return escape_for_terminal(markdown.replace("`", ""))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
