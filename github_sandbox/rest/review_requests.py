"""Endpoints of review requests.

https://docs.github.com/rest/pulls/review-requests
"""

from __future__ import annotations

from github_sandbox.errors import ApiError
from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.pulls import pull_request_simple
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.state import Account


def get(call: Call) -> ApiResponse:
    return ApiResponse(
        200, {"users": [user(call.world, account) for account in call.pull_request.reviewers], "teams": []}
    )


def request(call: Call) -> ApiResponse:
    """Request reviews from all given users, or from none if one is not allowed."""
    pull, names = call.pull_request, call.strings("reviewers")
    if pull.author.login in names:
        raise ApiError(422, "Review cannot be requested from pull request author.")
    found = [call.world.accounts.get(name) for name in names]
    allowed = [account for account in found if account and pull.repository.role(account) != "none"]
    if len(allowed) != len(names) or call.strings("team_reviewers"):  # the emulator has no teams
        message = (
            "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not"
        )
        raise ApiError(422, f"{message} a collaborator of the {pull.repository.full_name} repository.")
    call.activity.pulls.request_reviews(pull, allowed, call.actor)
    return ApiResponse(201, pull_request_simple(call.world, pull))


def remove(call: Call) -> ApiResponse:
    pull, names = call.pull_request, call.strings("reviewers")
    removed: list[Account] = [account for account in pull.reviewers if account.login in names]
    call.activity.pulls.remove_review_requests(pull, removed, call.actor)
    return ApiResponse(200, pull_request_simple(call.world, pull))


_REVIEWERS = "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"
ROUTES = (
    Route("GET", _REVIEWERS, get, "pull_requests=read"),
    Route("POST", _REVIEWERS, request, "pull_requests=write"),
    Route("DELETE", _REVIEWERS, remove, "pull_requests=write"),
)
