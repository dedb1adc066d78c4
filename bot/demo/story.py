"""What the demo tells on the terminal, chapter by chapter."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot import audit
from bot.domain import Draft, Fact, Place
from bot.domain.audit import AuditRecord
from bot.messages.facts import sentence
from bot.text.terminal_safe import visible
from github_sandbox.conversations import PullRequest
from github_sandbox.diff import FileDiff, files
from github_sandbox.state import App, Repository
from github_sandbox.webhooks import Delivery

console = Console(highlight=False, emoji=False)

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def begin(url: str, repository: Repository, app: App) -> None:
    """Who is there."""
    _say(("A GitHub on this machine, ", "bold"), (url, "bold blue"), (", and the bot beside it.", "bold"))
    _say(f"{repository.full_name} has a Python package and docs; the App {app.name} is installed there.")


def pushed(repository: Repository, person: str, base: str, head: str) -> None:
    """The commit, and its files."""
    _chapter(f"{person} pushes a commit")
    subject = repository.git.commit(head).message.partition("\n")[0]
    _say("  ", (head[:9], "yellow"), f" {visible(subject)}")
    for file in files(repository.git, base, head):
        moved = f"{file.previous} → " if file.previous else ""
        _say("    ", (f"{moved}{file.path}", ""), (f" +{file.additions}", "green"), (f" -{file.deletions}", "red"))


def delivered(delivery: Delivery) -> None:
    """How the bot came to know."""
    _chapter("GitHub tells the bot by a signed webhook")
    signature = delivery.headers["X-Hub-Signature-256"][:19]
    _say(f"  {delivery.event} {delivery.guid}, signed {signature}…")
    style = "green" if delivery.status_code == 202 else "red"
    _say("  answered ", (f"{delivery.status_code} {delivery.status}", style), f" in {delivery.duration * 1000:.0f} ms")


def changed(draft: Draft) -> None:
    """The facts."""
    _chapter("What changed in the code")
    for fact in draft.facts:
        _say("  ", (_plain(sentence(fact)), ""), (f"  {_where(fact)}", "dim"))


def stale(draft: Draft) -> None:
    """The sections that the facts made stale, and what is left to a person."""
    _chapter("Which sections went stale")
    counts: dict[tuple[str, tuple[str, ...]], int] = {}
    for edit in draft.edits:
        section = (edit.path, edit.section.heading)
        counts[section] = counts.get(section, 0) + 1
    for (path, heading), count in counts.items():
        said = visible(" › ".join(heading))
        _say("  ", (visible(path), "bold"), f"  {said}", (f"  {_count(count, 'edit')}", "dim"))
    for notice in draft.notices:
        _say("  noticed, not edited: ", (visible(f"{notice.path}:{notice.line}"), "bold"), f"  {_plain(notice.reason)}")


def proposed(url: str, pull: PullRequest, seconds: float) -> None:
    """The pull request, and its diff."""
    _chapter(f"The pull request, {seconds:.1f} s after the push")
    _say("  ", (f"#{pull.number} {visible(pull.title)}", "bold"), f" by {pull.author.login}")
    _say("  ", (f"{url}/{pull.repository.full_name}/pull/{pull.number}", "blue underline"))
    for file in files(pull.repository.git, pull.base_oid, pull.head_oid):
        console.print()
        _diff(file)


def recorded(records: Sequence[AuditRecord]) -> None:
    """The audit log, and whether its chain of hashes holds."""
    _chapter("What the bot put on record")
    for line in audit.rendered(records).splitlines():
        _say(f"  {line.partition('  [')[0].strip()}")
    broken = audit.verify(records)
    _say(("  the chain of its hashes holds" if broken is None else f"  the chain breaks at {broken}", "dim"))


def end(seconds: float) -> None:
    """How long it took, and what to do next."""
    console.print()
    _say((f"Done: from push to pull request in {seconds:.1f} s.", "bold green"))
    _say("Next: ", ("make demo KEEP=--keep", "bold"), " to click around and push commits of your own,")
    _say("      ", (f"{_command()} preview PATH", "bold"), " to see what it finds in a repository of yours.")


def _command() -> str:
    """Return `mas` as it can be typed here: the demo's environment is seldom on PATH."""
    program = Path(sys.argv[0])
    return visible(str(program)) if program.name == "mas" else "mas"


def stay(url: str, repository: Repository, clone_url: str, bot_url: str, folder: Path) -> None:
    """Where everything is while it stays up."""
    _chapter("Both servers stay up until Ctrl-C")
    _say("  look:  ", (f"{url}/{repository.full_name}", "blue underline"))
    _say("  push:  ", (f"git clone {clone_url}", "bold"))
    _say("         change something that the docs name, commit, push; the pull request follows")
    _say("  bot:   ", (f"{bot_url}/ready", "blue underline"))
    _say(f"  files: {folder} (stays; delete it when you are done)")


def _chapter(title: str) -> None:
    console.print()
    _say((title, "bold"))


def _say(*parts: str | tuple[str, str]) -> None:
    console.print(Text.assemble(*parts), soft_wrap=True)


def _diff(file: FileDiff) -> None:
    _say((f"  {visible(file.path)}", "bold"))
    for line in (file.patch or "").splitlines():
        _say((f"  {visible(line)}", _STYLES.get(line[:1], "dim")))


def _where(fact: Fact) -> str:
    return " → ".join(dict.fromkeys(_place(place) for place in (fact.before, fact.after) if place))


def _place(place: Place) -> str:
    return visible(f"{place.path}:{place.line}")


def _plain(markdown: str) -> str:
    return visible(markdown.replace("`", ""))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
