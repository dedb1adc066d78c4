"""Endpoints of those who are asked for a review of a pull request.

https://docs.github.com/rest/pulls/review-requests
"""

from __future__ import annotations

from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.pulls import pull_request_simple
from github_sandbox.refusal import Refusal
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.state import Account


def get(call: Call) -> Reply:
    return Reply(200, {"users": [user(call.world, account) for account in call.pull_request.reviewers], "teams": []})


def request(call: Call) -> Reply:
    """All or none: one name that GitHub does not take refuses the rest with it."""
    pull, names = call.pull_request, call.names("reviewers")
    if pull.author.login in names:
        raise Refusal(422, "Review cannot be requested from pull request author.")
    found = [call.world.accounts.get(name) for name in names]
    may = [account for account in found if account and pull.repository.role(account) != "none"]
    if len(may) != len(names) or call.names("team_reviewers"):  # there are no teams here
        words = (
            "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not"
        )
        raise Refusal(422, f"{words} a collaborator of the {pull.repository.full_name} repository.")
    call.activity.pulls.request_reviews(pull, may, call.actor)
    return Reply(201, pull_request_simple(call.world, pull))


def remove(call: Call) -> Reply:
    pull, names = call.pull_request, call.names("reviewers")
    gone: list[Account] = [account for account in pull.reviewers if account.login in names]
    call.activity.pulls.remove_review_requests(pull, gone, call.actor)
    return Reply(200, pull_request_simple(call.world, pull))


_REVIEWERS = "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"
ROUTES = (
    Route("GET", _REVIEWERS, get, "pull_requests=read"),
    Route("POST", _REVIEWERS, request, "pull_requests=write"),
    Route("DELETE", _REVIEWERS, remove, "pull_requests=write"),
)
