"""The App at GitHub, and what of it rarely changes."""

from __future__ import annotations

import base64
import math
import time
from dataclasses import dataclass

from bot.domain import Repository, Tenant
from bot.errors import UserError
from bot.github import errors
from bot.github.client import READ_CONTENT, GitHubApp
from bot.github.events import payloads
from bot.github.events.payloads import ResourceRef
from bot.github.forge.forge import GitHubForge
from bot.github.tokens import READ_METADATA

CHECK_INTERVAL_SECONDS = 60.0
SHARED_FILE_SECONDS = 600.0
_MAX_PAGES = 200
"""Of repositories of one installation, a hundred each."""
_ABSENT, _PRESENT = b"-", b"+"
_SHARED_FILE = "/repos/{owner}/.github/contents/{+path}"


@dataclass(slots=True)
class GitHub:
    """The App, with what it was told of itself and of the accounts that it works for."""

    app: GitHubApp
    _login: str | None = None
    _checked_at: float = -math.inf

    async def bot_login(self) -> str:
        """The login of our bot, asked for once."""
        if self._login is None:
            self._login = await self.app.bot_login()
        return self._login

    async def check(self) -> None:
        """That our credentials work; asked at most once a minute. Raises `UserError` or `RemoteError`."""
        if time.monotonic() - self._checked_at > CHECK_INTERVAL_SECONDS:
            await self.app.bot_login()
            self._checked_at = time.monotonic()

    async def forge(self, repository: Repository) -> GitHubForge:
        """A repository as the bot sees and writes it."""
        client = self.app.installation(repository.tenant.installation_id)
        return GitHubForge(client, repository, await self.bot_login())

    async def has_access(self, tenant: Tenant) -> bool:
        """Whether GitHub lets the App work on a repository now. Raises `RemoteError`."""
        client = self.app.installation(tenant.installation_id)
        try:
            await client.create_token(
                tenant.repository_id, permissions=READ_METADATA
            )  # one that is kept says only that it was so
        except UserError:  # suspended
            return True
        except errors.Refused as refused:
            if refused.status in (404, 422):
                return False
            raise
        return True

    async def repositories(self, installation_id: int) -> list[Repository]:
        """The repositories of an installation that we work on.

        Raises `RemoteError`, and `UserError` where it is suspended.
        """
        client = self.app.installation(installation_id)
        await client.token(
            permissions=READ_METADATA, refresh=True
        )  # one that is kept may be of before repositories were added
        path, most = "/installation/repositories{?per_page}", {"per_page": "100"}
        found = await client.pages(path, most, key="repositories", permissions=READ_METADATA, max_pages=_MAX_PAGES)
        named = [payloads.RepositoryPayload.model_validate(each) for each in found]
        return [
            each.to_repository(ResourceRef(id=installation_id))
            for each in named
            if not (each.archived or each.disabled)
        ]

    def html_url(self, repository: Repository) -> str:
        """The address of a repository's page."""
        return self.app.git_url(repository.owner, repository.name).removesuffix(".git")

    async def get_shared_file(self, repository: Repository, path: str) -> bytes | None:
        """A file of the `.github` repository of a repository's owner; None where the App sees none.

        Asked for at most once in ten minutes. Raises `RemoteError`.
        """
        tenant, name = Tenant(repository.tenant.installation_id, 0), f"shared {repository.owner} {path}"
        kept = await self.app.transport.cache.get(tenant, name)
        if kept is None:
            found = await self._fetch_shared_file(repository, path)
            kept = _ABSENT if found is None else _PRESENT + found
            await self.app.transport.cache.store(tenant, name, kept, SHARED_FILE_SECONDS)
        return None if kept == _ABSENT else kept.removeprefix(_PRESENT)

    async def _fetch_shared_file(self, repository: Repository, path: str) -> bytes | None:
        client = self.app.installation(repository.tenant.installation_id)
        places = {"owner": repository.owner, "path": path}
        try:
            found = await client.rest("GET", _SHARED_FILE, places, permissions=READ_CONTENT)
        except (errors.Refused, UserError):  # there is none, or the App is not installed there
            return None
        match found:
            case {"type": "file", "encoding": "base64", "content": str(content)}:
                return base64.b64decode(content)
        return None
