"""Changes to installations and repositories."""

from __future__ import annotations

from bot.domain import AppInstalled, AppUninstalled, DefaultBranchChanged, Event, IndexDue, Tenant
from bot.github.events import payloads
from bot.github.events.parsing import IgnoredEvent, ignore_action, parse_action, parse_payload
from bot.github.events.payloads import ResourceRef, is_branch_name

_NO_INSTALLATION = IgnoredEvent("The delivery belongs to no installation.")
_IGNORE_REASONS = {
    "suspend": "The installation was suspended: GitHub sends no events until it is unsuspended. Its data is kept.",
    "new_permissions_accepted": "The permissions were accepted: they apply from the next token on.",
    "transferred": "The repository has a new owner: MAS continues if the App is installed there.",
    "archived": "The repository was archived: MAS ignores it from now on.",
    "unarchived": "The repository is no longer archived: MAS continues with the next push.",
    "privatized": "The repository became private: this changes nothing for MAS.",
    "publicized": "The repository became public: this changes nothing for MAS.",
}


def installation(body: bytes) -> Event | IgnoredEvent:
    """Parse the installation, suspension or removal of the App on an account."""
    action = parse_action("installation", body)
    if action in ("created", "unsuspend"):
        return _to_installed(parse_payload("installation", payloads.ActionPayload, body))
    if action != "deleted":
        return _ignore("installation", action, ("suspend", "new_permissions_accepted"))
    payload = parse_payload("installation", payloads.InstallationDeletedPayload, body)
    # GitHub may omit the repositories, so the job looks up those that MAS has data of.
    return _to_uninstalled(payload.installation, payload.repositories or (), is_whole_installation=True)


def installation_repositories(body: bytes) -> Event | IgnoredEvent:
    """Parse the App's addition to, or removal from, repositories."""
    action = parse_action("installation_repositories", body)
    if action == "added":
        return _to_installed(parse_payload("installation_repositories", payloads.ActionPayload, body))
    if action != "removed":
        return ignore_action("installation_repositories", action)
    payload = parse_payload("installation_repositories", payloads.RepositoriesRemovedPayload, body)
    return _to_uninstalled(payload.installation, payload.repositories_removed)


def repository(body: bytes) -> Event | IgnoredEvent:
    """Parse the deletion of a repository, or a change of its name, owner, visibility or default branch."""
    action = parse_action("repository", body)
    if action == "edited":
        return _parse_default_branch_change(body)
    if action == "renamed":
        return _parse_rename(body)
    if action != "deleted":
        known = ("transferred", "archived", "unarchived", "privatized", "publicized")
        return _ignore("repository", action, known)
    payload = parse_payload("repository", payloads.RepositoryDeletedPayload, body)
    return _to_uninstalled(payload.installation, (payload.repository,))


def _parse_default_branch_change(body: bytes) -> Event | IgnoredEvent:
    payload = parse_payload("repository", payloads.RepositoryEditedPayload, body)
    changed = payload.changes.default_branch if payload.changes else None
    if changed is None or changed.before is None or not is_branch_name(changed.before):
        return IgnoredEvent("The repository's default branch did not change.")
    if payload.installation is None:
        return _NO_INSTALLATION
    return DefaultBranchChanged(payload.repository.to_repository(payload.installation), changed.before)


def _parse_rename(body: bytes) -> Event | IgnoredEvent:
    """Reindex after a rename: data is stored under the repository's id, but the index also has its name."""
    payload = parse_payload("repository", payloads.RepositoryEditedPayload, body)
    if payload.installation is None:
        return _NO_INSTALLATION
    return IndexDue(payload.repository.to_repository(payload.installation), payload.repository.default_branch)


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
