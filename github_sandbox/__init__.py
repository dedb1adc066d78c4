"""A local GitHub emulator for the demo and the tests. Do not point a live bot at it.

    async with Sandbox(folder) as sandbox:
        repository = sandbox.create_repository("octo", "sample", source=path)
        app = sandbox.register_app("mas", {"contents": "write"}, ["push"], webhook_url, secret)
        sandbox.install(app, "octo", [repository])
        maria = sandbox.person("maria")
        maria.push(repository, "topic", {"app.py": "..."})
        maria.comment(maria.open_pull(repository, "topic"), "/mas help")

It serves the part of GitHub's REST and GraphQL APIs that the bot uses, real git repositories over smart HTTP, and HTML
pages, and sends signed webhooks.

Interfaces: `gateway` with `rest` and `graphql` (the APIs), `git_http`, `manifest`, `pages`, and in Python
`provisioning` (setup) and `person` (simulated users). All of them change state through `activity`, which updates the
records of `state`, `conversations` and `checks` and sends `webhooks`. `payloads` builds GitHub's JSON objects;
`call_log` records API calls. `server` puts the parts together.
"""

from github_sandbox.call_log import ApiCall, find_rapid_writes, max_writes
from github_sandbox.checks import CheckRun
from github_sandbox.conversations import Comment, Issue, PullRequest
from github_sandbox.faults import Fault
from github_sandbox.gateway import Exchange
from github_sandbox.owner import Owner
from github_sandbox.person import Person
from github_sandbox.server import Sandbox
from github_sandbox.state import App, Repository
from github_sandbox.webhooks import Delivery

__all__ = [
    "ApiCall",
    "App",
    "CheckRun",
    "Comment",
    "Delivery",
    "Exchange",
    "Fault",
    "Issue",
    "Owner",
    "Person",
    "PullRequest",
    "Repository",
    "Sandbox",
    "find_rapid_writes",
    "max_writes",
]
