"""A GitHub on this machine, for the demo and the tests: never for a live bot.

    async with Sandbox(folder) as sandbox:
        repository = sandbox.create_repository("octo", "sample", source=path)
        app = sandbox.register_app("mas", {"contents": "write"}, ["push"], webhook_url, secret)
        sandbox.install(app, "octo", [repository])
        maria = sandbox.person("maria")
        maria.push(repository, "topic", {"app.py": "..."})
        maria.comment(maria.open_pull(repository, "topic"), "/mas help")

It speaks the part of GitHub's REST and GraphQL that the bot uses, serves real git repositories over smart HTTP
and sends signed webhooks. The modules follow GitHub's own areas:

    server ─┬─ gateway ── rest_*, graphql     all of them, and the hands of `scenery` (who sets the scene) and
            ├─ git_http                       `person` (who acts in it), change things through `activity`, which keeps
            └─ manifest, pages                `state`, `conversations` and `checks`, and tells `webhooks`;
                                              `payloads` holds GitHub's JSON objects, `calls` what was called
"""

from github_sandbox.calls import ApiCall, most_writes, too_close
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
    "most_writes",
    "too_close",
]
