"""Endpoints of reviews of pull requests.

https://docs.github.com/rest/pulls/reviews
"""

from __future__ import annotations

from typing import Any

from github_sandbox.activity.reviews import placed
from github_sandbox.conversations import PullRequest, Review, Spot
from github_sandbox.payloads.reviews import review
from github_sandbox.refusal import Refusal, custom, invalid, too_long
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.rest.comments import BODY_LIMIT

_STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


def list_(call: Call) -> Reply:
    return call.page([review(call.world, each) for each in call.pull_request.reviews])


def create(call: Call) -> Reply:
    """All of it or nothing: one line that is not in the diff refuses the whole review."""
    pull, body, event = call.pull_request, call.body.get("body") or "", call.body.get("event")
    if event not in _STATES:  # GitHub would keep it pending; nothing of ours does that
        raise Refusal(422, f"Unprocessable Entity: event {event!r}")
    if event != "COMMENT" and call.actor is pull.author:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise Refusal(422, "Unprocessable Entity", errors=[f"Can not {verb} your own pull request"])
    comments = [(_spot(pull, each), str(each.get("body") or "")) for each in call.body.get("comments", [])]
    if not body and (event == "REQUEST_CHANGES" or (event == "COMMENT" and not comments)):
        raise Refusal(422, "Unprocessable Entity", errors=["Body can't be blank"])
    if any(len(text) > BODY_LIMIT for text in (body, *(text for _, text in comments))):
        raise invalid(too_long("PullRequestReview", "body", BODY_LIMIT))
    _check_commit(call, pull)
    made = call.activity.reviews.review(pull, call.actor, body, _STATES[event], comments, call.principal.app)
    return Reply(200, review(call.world, made))


def _spot(pull: PullRequest, asked: dict[str, Any]) -> Spot:
    found = placed(pull, spot(asked))
    if found is None or found.line is None:
        raise Refusal(422, "Unprocessable Entity", errors=["Line could not be resolved"])
    return found


def spot(asked: dict[str, Any]) -> Spot:
    """The place that a comment asks for."""
    side = "LEFT" if asked.get("side") == "LEFT" else "RIGHT"
    return Spot(str(asked.get("path")), side, asked.get("line"), asked.get("start_line"))  # type: ignore[arg-type]


def _check_commit(call: Call, pull: PullRequest) -> None:
    """A review of another commit than the head would be outdated when it is made; nothing of ours wants that."""
    if call.body.get("commit_id", pull.head_oid) != pull.head_oid:
        raise invalid(custom("PullRequestReview", "commit_id is not part of the pull request", field="commit_id"))


def _review(call: Call) -> Review:
    number = call.number("review_id")
    found = next((each for each in call.pull_request.reviews if each.id == number), None)
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def get(call: Call) -> Reply:
    return Reply(200, review(call.world, _review(call)))


def update(call: Call) -> Reply:
    """Its body, by its author."""
    found = _review(call)
    if found.author is not call.actor:
        raise Refusal(403, "Resource not accessible by integration" if call.principal.app else "Forbidden")
    found.body = call.text("body", "PullRequestReview")
    return Reply(200, review(call.world, found))


_REVIEWS = "/repos/{owner}/{repo}/pulls/{number}/reviews"
ROUTES = (
    Route("GET", _REVIEWS, list_, "pull_requests=read"),
    Route("POST", _REVIEWS, create, "pull_requests=write"),
    Route("GET", f"{_REVIEWS}/{{review_id}}", get, "pull_requests=read"),
    Route("PUT", f"{_REVIEWS}/{{review_id}}", update, "pull_requests=write"),
)
