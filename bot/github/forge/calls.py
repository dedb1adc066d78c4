"""Calls for one repository, its names filled in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.domain import Repository
from bot.github.client import InstallationClient
from bot.github.tokens import WRITE, Permissions


@dataclass(frozen=True, slots=True)
class RepositoryClient:
    """What the parts of the forge call GitHub with.

    Args:
        client: the installation's.
        repository: whose; tokens are narrowed to it.
        bot: the App's login, `slug[bot]`.
    """

    client: InstallationClient
    repository: Repository
    bot_login: str

    @property
    def owner(self) -> str:
        return self.repository.owner

    @property
    def query_variables(self) -> dict[str, str]:
        """The repository as the queries name it."""
        return {"owner": self.repository.owner, "name": self.repository.name}

    def path_variables(self, **places: str) -> dict[str, str]:
        """What fills in a path's template."""
        return {"owner": self.repository.owner, "repo": self.repository.name, **places}

    async def rest(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        idempotent: bool | None = None,
        permissions: Permissions = WRITE,
        **places: str,
    ) -> Any:
        """A REST call; see `Installation.rest`."""
        options = {"idempotent": idempotent, "permissions": permissions, **({} if data is None else {"data": data})}
        return await self._bind_repository(self.client.rest)(method, path, self.path_variables(**places), **options)

    async def get(self, path: str, variables: dict[str, str]) -> Any:
        """A REST call that reads, of a template with a query."""
        return await self._bind_repository(self.client.rest)("GET", path, variables)

    async def pages(self, path: str, variables: dict[str, str]) -> list[Any]:
        """All pages of a list; see `Installation.pages`."""
        found: list[Any] = await self._bind_repository(self.client.pages)(path, variables)
        return found

    async def graphql(self, query: str, variables: dict[str, Any]) -> Any:
        """A GraphQL call; see `Installation.graphql`."""
        return await self._bind_repository(self.client.graphql)(query, variables)

    def _bind_repository(self, call: Any) -> Any:
        return partial(call, repository_id=self.repository.tenant.repository_id)
