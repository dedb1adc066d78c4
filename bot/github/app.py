"""The App's own data at GitHub: login, credentials, installations, shared configuration files."""

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
"""Pages of an installation's repositories, 100 each."""
_ABSENT, _PRESENT = b"-", b"+"
_SHARED_FILE = "/repos/{owner}/.github/contents/{+path}"


@dataclass(slots=True)
class GitHub:
    """The App, with cached answers about itself and its installations."""

    app: GitHubApp
    _login: str | None = None
    _checked_at: float = -math.inf

    async def bot_login(self) -> str:
        """Return the bot's login; requested once."""
        if self._login is None:
            self._login = await self.app.bot_login()
        return self._login

    async def check(self) -> None:
        """Check that the credentials work, at most once a minute. Raises `UserError` or `RemoteError`."""
        if time.monotonic() - self._checked_at > CHECK_INTERVAL_SECONDS:
            await self.app.bot_login()
            self._checked_at = time.monotonic()

    async def forge(self, repository: Repository) -> GitHubForge:
        """Return a client that reads and writes one repository."""
        client = self.app.installation(repository.tenant.installation_id)
        return GitHubForge(client, repository, await self.bot_login())

    async def has_access(self, tenant: Tenant) -> bool:
        """Return whether the App has access to a repository now. Raises `RemoteError`."""
        client = self.app.installation(tenant.installation_id)
        try:
            # A cached token would only prove past access.
            await client.create_token(tenant.repository_id, permissions=READ_METADATA)
        except UserError:  # suspended
            return True
        except errors.Refused as refused:
            if refused.status in (404, 422):
                return False
            raise
        return True

    async def repositories(self, installation_id: int) -> list[Repository]:
        """Return the repositories of an installation, without archived and disabled ones.

        Raises:
            RemoteError: GitHub did not return them.
            UserError: the installation is suspended.
        """
        client = self.app.installation(installation_id)
        # A cached token may predate repositories that were added since.
        await client.token(permissions=READ_METADATA, refresh=True)
        path, variables = "/installation/repositories{?per_page}", {"per_page": "100"}
        items = await client.pages(path, variables, key="repositories", permissions=READ_METADATA, max_pages=_MAX_PAGES)
        repositories = [payloads.RepositoryPayload.model_validate(item) for item in items]
        return [
            each.to_repository(ResourceRef(id=installation_id))
            for each in repositories
            if not (each.archived or each.disabled)
        ]

    def html_url(self, repository: Repository) -> str:
        """Return the URL of a repository's page."""
        return self.app.git_url(repository.owner, repository.name).removesuffix(".git")

    async def get_shared_file(self, repository: Repository, path: str) -> bytes | None:
        """Return a file of the owner's `.github` repository, or None if the App cannot read one.

        Cached for ten minutes. Raises `RemoteError`.
        """
        tenant, name = Tenant(repository.tenant.installation_id, 0), f"shared {repository.owner} {path}"
        cached = await self.app.transport.cache.get(tenant, name)
        if cached is None:
            content = await self._fetch_shared_file(repository, path)
            cached = _ABSENT if content is None else _PRESENT + content
            await self.app.transport.cache.store(tenant, name, cached, SHARED_FILE_SECONDS)
        return None if cached == _ABSENT else cached.removeprefix(_PRESENT)

    async def _fetch_shared_file(self, repository: Repository, path: str) -> bytes | None:
        client = self.app.installation(repository.tenant.installation_id)
        variables = {"owner": repository.owner, "path": path}
        try:
            response = await client.rest("GET", _SHARED_FILE, variables, permissions=READ_CONTENT)
        except (errors.Refused, UserError):  # no such file, or the App is not installed there
            return None
        match response:
            case {"type": "file", "encoding": "base64", "content": str(content)}:
                return base64.b64decode(content)
        return None
