"""Reviews with comments on lines of pull requests, their threads, and SARIF uploads.

https://docs.github.com/en/rest/pulls/reviews
"""

from __future__ import annotations

import base64
import gzip
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bot.domain import ActionResult, ResolveThread, ReviewComment, ReviewState, ReviewThread, SubmitReview, UploadSarif
from bot.errors import UserError
from bot.github import errors, queries, responses, write_policy
from bot.github.forge.calls import RepositoryClient
from bot.github.tokens import UPLOAD_SARIF

_REVIEWS = "/repos/{owner}/{repo}/pulls/{number}/reviews"
_SARIFS = "/repos/{owner}/{repo}/code-scanning/sarifs"
_MAX_THREAD_PAGES = 20
"""Pages of 100 threads each; threads on further pages are ignored."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reviews:
    """The bot's reviews of a repository's pull requests."""

    _client: RepositoryClient

    async def observe(self, number: int) -> ReviewState | None:
        """Return a pull request's state with the bot's threads, by one query per 100 threads."""
        pull, threads = None, list[ReviewThread]()
        bot_login = self._client.bot_login
        async for page in self._fetch_pages(number):
            pull = pull or page.to_state(bot_login)
            threads += [thread for node in page.threads.nodes if (thread := node.to_own_thread(bot_login))]
        return ReviewState(pull, tuple(threads)) if pull else None

    async def _fetch_pages(self, number: int) -> AsyncIterator[Any]:
        after: str | None = None
        for _ in range(_MAX_THREAD_PAGES):
            variables = {**self._client.query_variables, "number": number, "after": after}
            data = responses.extract_repository(await self._client.graphql(queries.REVIEW_QUERY, variables))
            pull = responses.parse(responses.ReviewStateResponse, data).pull
            if pull is None:
                return
            yield pull
            if not pull.threads.page.more:
                return
            after = pull.threads.page.cursor

    async def submit(self, action: SubmitReview) -> ActionResult:
        """Submit a review with the comments that have no thread of the bot's yet, if there are any."""
        write_policy.check_text("", action.body)
        state = await self.observe(action.number)
        reported = {thread.fingerprint for thread in state.threads} if state else frozenset()
        new = [comment for comment in action.remarks if comment.fingerprint not in reported]
        if not new:
            return ActionResult("already", f"#{action.number} has these review comments")
        for comment in new:
            write_policy.check_text("", comment.body)
        data: dict[str, Any] = {"commit_id": action.head_oid, "event": "COMMENT", "body": action.body}
        data["comments"] = [_comment_data(comment) for comment in new]
        try:
            response = await self._client.rest("POST", _REVIEWS, data, idempotent=False, number=str(action.number))
        except errors.Refused as refused:
            if refused.status != 422:
                raise
            # GitHub truncated the diff, or the head moved: the check and the summary have all findings.
            _log.info("#%s: GitHub rejected review comments on %s", action.number, action.head_oid[:9])
            return ActionResult("done", f"GitHub rejected review comments on lines of #{action.number}")
        url = responses.parse(responses.SubmittedReview, response).html_url
        return ActionResult("done", f"{len(new)} review comments on #{action.number}", url)

    async def resolve_thread(self, action: ResolveThread) -> ActionResult:
        """Resolve a thread, or reopen it; idempotent."""
        mutation = queries.RESOLVE_MUTATION if action.resolved else queries.UNRESOLVE_MUTATION
        await self._client.graphql(mutation, {"thread": action.thread})
        return ActionResult("done", f"a thread was {'resolved' if action.resolved else 'reopened'}")

    async def upload_sarif(self, action: UploadSarif) -> ActionResult:
        """Upload SARIF to code scanning; a later upload for a commit replaces an earlier one.

        https://docs.github.com/en/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data
        """
        packed = base64.b64encode(gzip.compress(action.sarif.encode(), mtime=0)).decode()
        data = {"commit_sha": action.head_oid, "ref": f"refs/pull/{action.number}/head", "sarif": packed}
        try:
            await self._client.rest("POST", _SARIFS, data, idempotent=True, permissions=UPLOAD_SARIF)
        except UserError as error:  # not granted to the App; the check works without it
            return ActionResult("already", f"the App has no access to code scanning: {error.message}")
        except errors.Refused as refused:
            if refused.status not in (403, 404):
                raise
            return ActionResult("already", "the App has no access to code scanning here")
        return ActionResult("done", f"uploaded the findings of {action.head_oid[:9]} to code scanning")


def _comment_data(comment: ReviewComment) -> dict[str, Any]:
    start = {"start_line": comment.line, "start_side": "RIGHT"} if comment.line < comment.end_line else {}
    return {"path": comment.path, "line": comment.end_line, "side": "RIGHT", **start, "body": comment.body}
