"""What becomes of installations and repositories."""

from __future__ import annotations

from bot.domain import AppInstalled, AppUninstalled, DefaultBranchChanged, Event, IndexDue, Tenant
from bot.github.events import payloads
from bot.github.events.parsing import IgnoredEvent, ignore_action, parse_action, parse_payload
from bot.github.events.payloads import ResourceRef, is_branch_name

_NO_INSTALLATION = IgnoredEvent("The delivery belongs to no installation.")
_IGNORE_REASONS = {
    "suspend": "Suspended: GitHub sends nothing from there until it is not any more; what is kept stays.",
    "new_permissions_accepted": "The permissions were accepted: they hold from the next token on.",
    "transferred": "The repository has a new owner: the work goes on where the App is installed there.",
    "archived": "The repository was archived: nothing more is done there.",
    "unarchived": "The repository is no longer archived: the work goes on with the next push.",
    "privatized": "The repository is private now: nothing changes for the bot.",
    "publicized": "The repository is public now: nothing changes for the bot.",
}


def installation(body: bytes) -> Event | IgnoredEvent:
    """The App was installed, suspended, or removed from an account."""
    action = parse_action("installation", body)
    if action in ("created", "unsuspend"):
        return _to_installed(parse_payload("installation", payloads.ActionPayload, body))
    if action != "deleted":
        return _ignore("installation", action, ("suspend", "new_permissions_accepted"))
    gone = parse_payload("installation", payloads.InstallationDeletedPayload, body)
    # GitHub need not name the repositories, so that what is ours to forget is to be looked up.
    return _to_uninstalled(gone.installation, gone.repositories or (), is_whole_installation=True)


def installation_repositories(body: bytes) -> Event | IgnoredEvent:
    """The App was added to repositories, or removed from them."""
    action = parse_action("installation_repositories", body)
    if action == "added":
        return _to_installed(parse_payload("installation_repositories", payloads.ActionPayload, body))
    if action != "removed":
        return ignore_action("installation_repositories", action)
    gone = parse_payload("installation_repositories", payloads.RepositoriesRemovedPayload, body)
    return _to_uninstalled(gone.installation, gone.repositories_removed)


def repository(body: bytes) -> Event | IgnoredEvent:
    """A repository was deleted, or became another in name, owner, reach or default branch."""
    action = parse_action("repository", body)
    if action == "edited":
        return _parse_default_branch_change(body)
    if action == "renamed":
        return _parse_rename(body)
    if action != "deleted":
        known = ("transferred", "archived", "unarchived", "privatized", "publicized")
        return _ignore("repository", action, known)
    gone = parse_payload("repository", payloads.RepositoryDeletedPayload, body)
    return _to_uninstalled(gone.installation, (gone.repository,))


def _parse_default_branch_change(body: bytes) -> Event | IgnoredEvent:
    told = parse_payload("repository", payloads.RepositoryEditedPayload, body)
    changed = told.changes.default_branch if told.changes else None
    if changed is None or changed.before is None or not is_branch_name(changed.before):
        return IgnoredEvent("The repository's default branch is as it was.")
    if told.installation is None:
        return _NO_INSTALLATION
    return DefaultBranchChanged(told.repository.to_repository(told.installation), changed.before)


def _parse_rename(body: bytes) -> Event | IgnoredEvent:
    """Everything is kept under the repository's number; the index is known by its name, too."""
    told = parse_payload("repository", payloads.RepositoryEditedPayload, body)
    if told.installation is None:
        return _NO_INSTALLATION
    return IndexDue(told.repository.to_repository(told.installation), told.repository.default_branch)


def _ignore(event: str, action: str, known: tuple[str, ...]) -> IgnoredEvent:
    return IgnoredEvent(_IGNORE_REASONS[action]) if action in known else ignore_action(event, action)


def _to_installed(payload: payloads.ActionPayload) -> Event | IgnoredEvent:
    return AppInstalled(payload.installation.id) if payload.installation else _NO_INSTALLATION


def _to_uninstalled(
    installation: ResourceRef | None, repositories: tuple[ResourceRef, ...], *, is_whole_installation: bool = False
) -> Event | IgnoredEvent:
    if installation is None:
        return _NO_INSTALLATION
    tenants = tuple(Tenant(installation.id, each.id) for each in repositories)
    return AppUninstalled(tenants, installation.id if is_whole_installation else None)
