"""The services that jobs use. The composition root provides them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.commands.rate_limiter import RateLimiter
from bot.domain import Event, Job, Repository, Tenant
from bot.ports import Forge, JobMetrics, Repositories, SearchIndex, Store


@dataclass(frozen=True, slots=True)
class JobServices:
    """Everything outside the orchestrator that jobs call.

    Args:
        store: the product's state.
        repositories: the git repositories, and the analyses of their commits.
        search_index: the search indexes of the repositories.
        forge: returns the forge of a repository.
        forget_tenant: cancels a tenant's jobs that are older than a `seq`, and deletes its data outside the store.
        list_tenants: lists the tenants of an installation that have data outside the store.
        list_repositories: lists the repositories of an installation that the App works on.
        web_url: returns the URL of a repository's page.
        bot_login: returns the login of the App's own user.
        organization_file: reads a file of the owner's `.github` repository.
        recent_deliveries: lists a repository's newest deliveries: event, time, outcome and reason.
        rate_limiter: counts commands for each person and repository.
        metrics: counts edits and findings.
        enqueue_event: starts another job for an event, once per delivery and name.
        has_access: asks the forge whether the App still has access to a repository.
    """

    store: Store
    repositories: Repositories
    search_index: SearchIndex
    forge: Callable[[Repository], Awaitable[Forge]]
    forget_tenant: Callable[[Tenant, int], Awaitable[None]]
    list_tenants: Callable[[int], Awaitable[frozenset[Tenant]]]
    list_repositories: Callable[[int], Awaitable[Sequence[Repository]]]
    web_url: Callable[[Repository], str]
    bot_login: Callable[[], Awaitable[str]]
    organization_file: Callable[[Repository, str], Awaitable[bytes | None]]
    recent_deliveries: Callable[[Tenant], Awaitable[Sequence[tuple[str, float, str | None, str | None]]]]
    rate_limiter: RateLimiter
    metrics: JobMetrics
    enqueue_event: Callable[[Job, str, Event], Awaitable[None]]
    has_access: Callable[[Tenant], Awaitable[bool]]
