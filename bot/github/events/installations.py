"""What becomes of installations and repositories."""

from __future__ import annotations

from bot.domain import DefaultBranchChanged, Event, IndexDue, Installed, Tenant, Uninstalled
from bot.github.events import payloads
from bot.github.events.parsing import Ignored, action_of, read, unused
from bot.github.events.payloads import Identified, is_branch

_NO_INSTALLATION = Ignored("The delivery belongs to no installation.")
_REASONS = {
    "suspend": "Suspended: GitHub sends nothing from there until it is not any more; what is kept stays.",
    "new_permissions_accepted": "The permissions were accepted: they hold from the next token on.",
    "transferred": "The repository has a new owner: the work goes on where the App is installed there.",
    "archived": "The repository was archived: nothing more is done there.",
    "unarchived": "The repository is no longer archived: the work goes on with the next push.",
    "privatized": "The repository is private now: nothing changes for the bot.",
    "publicized": "The repository is public now: nothing changes for the bot.",
}


def installation(body: bytes) -> Event | Ignored:
    """The App was installed, suspended, or removed from an account."""
    action = action_of("installation", body)
    if action in ("created", "unsuspend"):
        return _installed(read("installation", payloads.Action, body))
    if action != "deleted":
        return _told("installation", action, ("suspend", "new_permissions_accepted"))
    gone = read("installation", payloads.InstallationDeleted, body)
    # GitHub need not name the repositories, so that what is ours to forget is to be looked up.
    return _uninstalled(gone.installation, gone.repositories or (), whole=True)


def installation_repositories(body: bytes) -> Event | Ignored:
    """The App was added to repositories, or removed from them."""
    action = action_of("installation_repositories", body)
    if action == "added":
        return _installed(read("installation_repositories", payloads.Action, body))
    if action != "removed":
        return unused("installation_repositories", action)
    gone = read("installation_repositories", payloads.RepositoriesRemoved, body)
    return _uninstalled(gone.installation, gone.repositories_removed)


def repository(body: bytes) -> Event | Ignored:
    """A repository was deleted, or became another in name, owner, reach or default branch."""
    action = action_of("repository", body)
    if action == "edited":
        return _edited(body)
    if action == "renamed":
        return _renamed(body)
    if action != "deleted":
        known = ("transferred", "archived", "unarchived", "privatized", "publicized")
        return _told("repository", action, known)
    gone = read("repository", payloads.RepositoryDeleted, body)
    return _uninstalled(gone.installation, (gone.repository,))


def _edited(body: bytes) -> Event | Ignored:
    told = read("repository", payloads.RepositoryEdited, body)
    changed = told.changes.default_branch if told.changes else None
    if changed is None or changed.before is None or not is_branch(changed.before):
        return Ignored("The repository's default branch is as it was.")
    if told.installation is None:
        return _NO_INSTALLATION
    return DefaultBranchChanged(told.repository.at(told.installation), changed.before)


def _renamed(body: bytes) -> Event | Ignored:
    """Everything is kept under the repository's number; the index is known by its name, too."""
    told = read("repository", payloads.RepositoryEdited, body)
    if told.installation is None:
        return _NO_INSTALLATION
    return IndexDue(told.repository.at(told.installation), told.repository.default_branch)


def _told(event: str, action: str, known: tuple[str, ...]) -> Ignored:
    return Ignored(_REASONS[action]) if action in known else unused(event, action)


def _installed(told: payloads.Action) -> Event | Ignored:
    return Installed(told.installation.id) if told.installation else _NO_INSTALLATION


def _uninstalled(
    installation: Identified | None, repositories: tuple[Identified, ...], *, whole: bool = False
) -> Event | Ignored:
    if installation is None:
        return _NO_INSTALLATION
    tenants = tuple(Tenant(installation.id, each.id) for each in repositories)
    return Uninstalled(tenants, installation.id if whole else None)
