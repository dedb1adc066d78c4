"""A GitHub on this machine, for the demo and the tests: never for a live bot.

    async with Sandbox(folder) as sandbox:
        repository = sandbox.create_repository("octo", "sample", source=path)
        app = sandbox.register_app("mas", {"contents": "write"}, ["push"], webhook_url, secret)
        sandbox.install(app, "octo", [repository])

It speaks the part of GitHub's REST and GraphQL that the bot uses, serves real git repositories over smart HTTP
and sends signed webhooks. The modules follow GitHub's own areas:

    server ─┬─ gateway ── rest_apps, rest_repositories, rest_git, rest_pulls, rest_issues, rest_checks, graphql
            ├─ git_http          all of them change things through `activity`, which keeps `state` and tells
            └─ manifest          `webhooks`; `payloads` holds GitHub's JSON objects
"""

from bot.sandbox.faults import Fault
from bot.sandbox.gateway import Exchange
from bot.sandbox.server import Sandbox
from bot.sandbox.state import App, PullRequest, Repository
from bot.sandbox.webhooks import Delivery

__all__ = ["App", "Delivery", "Exchange", "Fault", "PullRequest", "Repository", "Sandbox"]
