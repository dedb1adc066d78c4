"""Reviews on the lines of pull requests, and their threads.

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
"""Of a hundred threads each; a pull request with more has other troubles than ours."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reviews:
    """What we say of the lines of a repository's pull requests."""

    _client: RepositoryClient

    async def observe(self, number: int) -> ReviewState | None:
        """A pull request with our threads; one query for each hundred threads that it has."""
        pull, threads = None, list[ReviewThread]()
        async for found in self._fetch_pages(number):
            pull = pull or found.to_state(self._client.bot_login)
            threads += [told for each in found.threads.nodes if (told := each.to_own_thread(self._client.bot_login))]
        return ReviewState(pull, tuple(threads)) if pull else None

    async def _fetch_pages(self, number: int) -> AsyncIterator[Any]:
        after: str | None = None
        for _ in range(_MAX_THREAD_PAGES):
            variables = {**self._client.query_variables, "number": number, "after": after}
            answer = await self._client.graphql(queries.REVIEW_QUERY, variables)
            found = responses.parse(responses.ReviewStateResponse, responses.extract_repository(answer)).pull
            if found is None:
                return
            yield found
            if not found.threads.page.more:
                return
            after = found.threads.page.cursor

    async def submit(self, action: SubmitReview) -> ActionResult:
        """A review with those remarks that no thread of ours tells yet; none where all are told."""
        write_policy.check_text("", action.body)
        standing = await self.observe(action.number)
        told = {thread.fingerprint for thread in standing.threads} if standing else frozenset()
        new = [remark for remark in action.remarks if remark.fingerprint not in told]
        if not new:
            return ActionResult("already", f"#{action.number} has these remarks")
        for remark in new:
            write_policy.check_text("", remark.body)
        data: dict[str, Any] = {"commit_id": action.head_oid, "event": "COMMENT", "body": action.body}
        data["comments"] = [_comment_data(remark) for remark in new]
        try:
            made = await self._client.rest("POST", _REVIEWS, data, idempotent=False, number=str(action.number))
        except errors.Refused as refused:
            if refused.status != 422:
                raise
            # A diff that GitHub cuts short, or a head that moved on: the check and the summary have it all.
            _log.info("#%s: GitHub takes no remarks on lines of %s", action.number, action.head_oid[:9])
            return ActionResult("done", f"GitHub takes no remarks on lines of #{action.number}")
        url = responses.parse(responses.SubmittedReview, made).html_url
        return ActionResult("done", f"{len(new)} remarks on #{action.number}", url)

    async def resolve_thread(self, action: ResolveThread) -> ActionResult:
        """A thread is resolved, or open again; doing it twice changes nothing."""
        mutation = queries.RESOLVE_MUTATION if action.resolved else queries.UNRESOLVE_MUTATION
        await self._client.graphql(mutation, {"thread": action.thread})
        return ActionResult("done", f"a thread is {'resolved' if action.resolved else 'open again'}")

    async def upload_sarif(self, action: UploadSarif) -> ActionResult:
        """SARIF for code scanning; a later upload for the commit takes the place of an earlier one.

        https://docs.github.com/en/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data
        """
        packed = base64.b64encode(gzip.compress(action.sarif.encode(), mtime=0)).decode()
        data = {"commit_sha": action.head_oid, "ref": f"refs/pull/{action.number}/head", "sarif": packed}
        try:
            await self._client.rest("POST", _SARIFS, data, idempotent=True, permissions=UPLOAD_SARIF)
        except UserError as error:  # not granted to the App: what the check says does not hang on it
            return ActionResult("already", f"code scanning is not open to the App: {error.message}")
        except errors.Refused as refused:
            if refused.status not in (403, 404):
                raise
            return ActionResult("already", "code scanning is not open to the App here")
        return ActionResult("done", f"the findings of {action.head_oid[:9]} are among the code scanning alerts")


def _comment_data(remark: ReviewComment) -> dict[str, Any]:
    begin = {"start_line": remark.line, "start_side": "RIGHT"} if remark.line < remark.end_line else {}
    return {"path": remark.path, "line": remark.end_line, "side": "RIGHT", **begin, "body": remark.body}
