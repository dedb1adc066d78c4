"""Endpoints of reviews.

https://docs.github.com/rest/pulls/reviews
"""

from __future__ import annotations

from typing import Any

from github_sandbox.activity.reviews import locate_in_diff
from github_sandbox.conversations import DiffLocation, PullRequest, Review
from github_sandbox.errors import ApiError, custom_error, too_long_error, validation_failed
from github_sandbox.payloads.reviews import review
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.rest.comments import BODY_LIMIT

_STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


def list_(call: Call) -> ApiResponse:
    return call.paginate([review(call.world, each) for each in call.pull_request.reviews])


def create(call: Call) -> ApiResponse:
    """Create a review with all its comments, or none if one line is not in the diff."""
    pull, body, event = call.pull_request, call.body.get("body") or "", call.body.get("event")
    if event not in _STATES:  # GitHub would keep the review pending, which the bot does not use
        raise ApiError(422, f"Unprocessable Entity: event {event!r}")
    if event != "COMMENT" and call.actor is pull.author:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", errors=[f"Can not {verb} your own pull request"])
    comments = [(_locate(pull, each), str(each.get("body") or "")) for each in call.body.get("comments", [])]
    if not body and (event == "REQUEST_CHANGES" or (event == "COMMENT" and not comments)):
        raise ApiError(422, "Unprocessable Entity", errors=["Body can't be blank"])
    if any(len(text) > BODY_LIMIT for text in (body, *(text for _, text in comments))):
        raise validation_failed(too_long_error("PullRequestReview", "body", BODY_LIMIT))
    _check_commit(call, pull)
    created = call.activity.reviews.review(pull, call.actor, body, _STATES[event], comments, call.principal.app)
    return ApiResponse(200, review(call.world, created))


def _locate(pull: PullRequest, requested: dict[str, Any]) -> DiffLocation:
    found = locate_in_diff(pull, parse_location(requested))
    if found is None or found.line is None:
        raise ApiError(422, "Unprocessable Entity", errors=["Line could not be resolved"])
    return found


def parse_location(requested: dict[str, Any]) -> DiffLocation:
    """Return the location that a comment names."""
    side = "LEFT" if requested.get("side") == "LEFT" else "RIGHT"
    return DiffLocation(str(requested.get("path")), side, requested.get("line"), requested.get("start_line"))  # type: ignore[arg-type]


def _check_commit(call: Call, pull: PullRequest) -> None:
    """Require the head commit: a review of another commit would be outdated at once, and the bot sends none."""
    if call.body.get("commit_id", pull.head_oid) != pull.head_oid:
        raise validation_failed(
            custom_error("PullRequestReview", "commit_id is not part of the pull request", field="commit_id")
        )


def _find_review(call: Call) -> Review:
    number = call.number("review_id")
    found = next((each for each in call.pull_request.reviews if each.id == number), None)
    if found is None:
        raise ApiError(404, "Not Found")
    return found


def get(call: Call) -> ApiResponse:
    return ApiResponse(200, review(call.world, _find_review(call)))


def update(call: Call) -> ApiResponse:
    """Update a review's body. Only its author may."""
    found = _find_review(call)
    if found.author is not call.actor:
        raise ApiError(403, "Resource not accessible by integration" if call.principal.app else "Forbidden")
    found.body = call.string("body", "PullRequestReview")
    return ApiResponse(200, review(call.world, found))


_REVIEWS = "/repos/{owner}/{repo}/pulls/{number}/reviews"
ROUTES = (
    Route("GET", _REVIEWS, list_, "pull_requests=read"),
    Route("POST", _REVIEWS, create, "pull_requests=write"),
    Route("GET", f"{_REVIEWS}/{{review_id}}", get, "pull_requests=read"),
    Route("PUT", f"{_REVIEWS}/{{review_id}}", update, "pull_requests=write"),
)
