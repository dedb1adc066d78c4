"""API calls for one repository."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.domain import Repository
from bot.github.client import InstallationClient
from bot.github.tokens import WRITE, Permissions


@dataclass(frozen=True, slots=True)
class RepositoryClient:
    """The API client of one repository, which fills in its owner and name.

    Args:
        client: the installation's client.
        repository: the repository to which tokens are narrowed.
        bot_login: the App's login, `slug[bot]`.
    """

    client: InstallationClient
    repository: Repository
    bot_login: str

    @property
    def owner(self) -> str:
        return self.repository.owner

    @property
    def query_variables(self) -> dict[str, str]:
        """The GraphQL variables that name the repository."""
        return {"owner": self.repository.owner, "name": self.repository.name}

    def path_variables(self, **variables: str) -> dict[str, str]:
        """Return the variables of a path template: the repository's and the given ones."""
        return {"owner": self.repository.owner, "repo": self.repository.name, **variables}

    async def rest(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        idempotent: bool | None = None,
        permissions: Permissions = WRITE,
        **variables: str,
    ) -> Any:
        """Make a REST call; see `InstallationClient.rest`."""
        options = {"idempotent": idempotent, "permissions": permissions, **({} if data is None else {"data": data})}
        return await self._bind_repository(self.client.rest)(method, path, self.path_variables(**variables), **options)

    async def get(self, path: str, variables: dict[str, str]) -> Any:
        """Make a `GET` call to a path template that has a query."""
        return await self._bind_repository(self.client.rest)("GET", path, variables)

    async def pages(self, path: str, variables: dict[str, str]) -> list[Any]:
        """Return all items of a list; see `InstallationClient.pages`."""
        items: list[Any] = await self._bind_repository(self.client.pages)(path, variables)
        return items

    async def graphql(self, query: str, variables: dict[str, Any]) -> Any:
        """Make a GraphQL call; see `InstallationClient.graphql`."""
        return await self._bind_repository(self.client.graphql)(query, variables)

    def _bind_repository(self, call: Any) -> Any:
        return partial(call, repository_id=self.repository.tenant.repository_id)
