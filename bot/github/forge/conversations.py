"""The bot's comments and reactions on issues and pull requests, each posted once."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import ActionResult, AddComment, AddReaction, CommentState, CommentTarget, UpsertReply
from bot.github import errors, responses, write_policy
from bot.github.forge.calls import RepositoryClient

_COMMENTS = "/repos/{owner}/{repo}/issues/{number}/comments"
_COMMENT_PAGES = "/repos/{owner}/{repo}/issues/{number}/comments{?per_page}"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
_REPLIES = "/repos/{owner}/{repo}/pulls/{number}/comments/{comment_id}/replies"
_REVIEW_PAGES = "/repos/{owner}/{repo}/pulls/{number}/comments{?per_page}"
_REVIEW_COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id}"
_REACTIONS = _COMMENT + "/reactions"
_REVIEW_REACTIONS = _REVIEW_COMMENT + "/reactions"


@dataclass(frozen=True, slots=True)
class Conversations:
    """The comments of a repository's issues and pull requests."""

    _client: RepositoryClient

    async def observe(self, target: CommentTarget) -> CommentState | None:
        """Return the current state of a comment, or None if it does not exist."""
        path = _REVIEW_COMMENT if target.review else _COMMENT
        try:
            response = await self._client.rest("GET", path, comment_id=str(target.comment_id))
        except errors.Refused as refused:
            if refused.status == 404:
                return None
            raise
        comment = responses.parse(responses.CommentResponse, response)
        return CommentState(comment.user.login if comment.user else "ghost", comment.body or "")

    async def comment(self, action: AddComment) -> ActionResult:
        """Post a comment, unless one with its marker exists."""
        return await self._upsert(UpsertReply(action.number, action.body, action.marker), update=False)

    async def upsert_reply(self, action: UpsertReply) -> ActionResult:
        """Post the reply to a comment, or update it."""
        return await self._upsert(action, update=True)

    async def _upsert(self, action: UpsertReply, *, update: bool) -> ActionResult:
        body = action.body if action.marker in action.body else f"{action.body}\n\n{action.marker}"
        write_policy.check_text("", body)
        existing = await self._find(action)
        if existing is None:
            posted = await self._post(action, body)
            return ActionResult("done", f"commented on #{action.number}", posted.html_url)
        if not update or existing.matches(body):
            return ActionResult("already", f"the comment on #{action.number} exists", existing.html_url)
        path = _COMMENT if action.thread is None else _REVIEW_COMMENT
        await self._client.rest("PATCH", path, {"body": body}, comment_id=str(existing.id))
        return ActionResult("done", f"updated the comment on #{action.number}", existing.html_url)

    async def _find(self, action: UpsertReply) -> responses.CommentResponse | None:
        path = _COMMENT_PAGES if action.thread is None else _REVIEW_PAGES
        variables = self._client.path_variables(number=str(action.number), per_page="100")
        items = await self._client.pages(path, variables)
        comments = (responses.parse(responses.CommentResponse, item) for item in items)
        return next((each for each in comments if each.has_marker(action.marker, self._client.bot_login)), None)

    async def _post(self, action: UpsertReply, body: str) -> responses.CommentResponse:
        number = str(action.number)
        if action.thread is None:
            response = await self._client.rest("POST", _COMMENTS, {"body": body}, number=number)
        else:
            thread = str(action.thread)
            response = await self._client.rest("POST", _REPLIES, {"body": body}, number=number, comment_id=thread)
        return responses.parse(responses.CommentResponse, response)

    async def react(self, action: AddReaction) -> ActionResult:
        """Add a reaction. GitHub keeps one of each kind per user, so the call is idempotent."""
        path = _REVIEW_REACTIONS if action.review else _REACTIONS
        comment = str(action.comment_id)
        data = {"content": action.content}
        response = await self._client.rest("POST", path, data, idempotent=True, comment_id=comment)
        responses.parse(responses.Reaction, response)
        if action.instead is not None:
            await self._remove_reaction(path, comment, action.instead)
        return ActionResult("done", f"{action.content} on comment {action.comment_id}")

    async def _remove_reaction(self, path: str, comment: str, content: str) -> None:
        variables = self._client.path_variables(comment_id=comment, content=content, per_page="100")
        for item in await self._client.pages(path + "{?content,per_page}", variables):
            reaction = responses.parse(responses.Reaction, item)
            if reaction.user is not None and reaction.user.login == self._client.bot_login:
                reaction_id = str(reaction.id)
                await self._client.rest("DELETE", path + "/{reaction_id}", comment_id=comment, reaction_id=reaction_id)
