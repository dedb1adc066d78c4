"""What we say under issues and pull requests, each thing once."""

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

    async def observe(self, subject: CommentTarget) -> CommentState | None:
        """A comment as it stands; None where there is none."""
        path = _REVIEW_COMMENT if subject.review else _COMMENT
        try:
            found = await self._client.rest("GET", path, comment_id=str(subject.comment_id))
        except errors.Refused as refused:
            if refused.status == 404:
                return None
            raise
        said = responses.parse(responses.CommentResponse, found)
        return CommentState(said.user.login if said.user else "ghost", said.body or "")

    async def comment(self, action: AddComment) -> ActionResult:
        """A comment that is there once."""
        return await self._upsert(UpsertReply(action.number, action.body, action.marker), update=False)

    async def upsert_reply(self, action: UpsertReply) -> ActionResult:
        """The one answer to a comment: made, or its words exchanged."""
        return await self._upsert(action, update=True)

    async def _upsert(self, action: UpsertReply, *, update: bool) -> ActionResult:
        body = action.body if action.marker in action.body else f"{action.body}\n\n{action.marker}"
        write_policy.check_text("", body)
        there = await self._find(action)
        if there is None:
            said = await self._post(action, body)
            return ActionResult("done", f"said on #{action.number}", said.html_url)
        if not update or there.matches(body):
            return ActionResult("already", f"said on #{action.number}", there.html_url)
        path = _COMMENT if action.thread is None else _REVIEW_COMMENT
        await self._client.rest("PATCH", path, {"body": body}, comment_id=str(there.id))
        return ActionResult("done", f"said anew on #{action.number}", there.html_url)

    async def _find(self, action: UpsertReply) -> responses.CommentResponse | None:
        path = _COMMENT_PAGES if action.thread is None else _REVIEW_PAGES
        places = self._client.path_variables(number=str(action.number), per_page="100")
        comments = (responses.parse(responses.CommentResponse, each) for each in await self._client.pages(path, places))
        return next((each for each in comments if each.has_marker(action.marker, self._client.bot_login)), None)

    async def _post(self, action: UpsertReply, body: str) -> responses.CommentResponse:
        number = str(action.number)
        if action.thread is None:
            said = await self._client.rest("POST", _COMMENTS, {"body": body}, number=number)
        else:
            thread = str(action.thread)
            said = await self._client.rest("POST", _REPLIES, {"body": body}, number=number, comment_id=thread)
        return responses.parse(responses.CommentResponse, said)

    async def react(self, action: AddReaction) -> ActionResult:
        """A reaction of ours; GitHub keeps one of a kind, so that making it twice changes nothing."""
        path = _REVIEW_REACTIONS if action.review else _REACTIONS
        comment = str(action.comment_id)
        data = {"content": action.content}
        made = await self._client.rest("POST", path, data, idempotent=True, comment_id=comment)
        responses.parse(responses.Reaction, made)
        if action.instead is not None:
            await self._remove_reaction(path, comment, action.instead)
        return ActionResult("done", f"{action.content} on comment {action.comment_id}")

    async def _remove_reaction(self, path: str, comment: str, content: str) -> None:
        places = self._client.path_variables(comment_id=comment, content=content, per_page="100")
        for each in await self._client.pages(path + "{?content,per_page}", places):
            reaction = responses.parse(responses.Reaction, each)
            if reaction.user is not None and reaction.user.login == self._client.bot_login:
                one = str(reaction.id)
                await self._client.rest("DELETE", path + "/{reaction_id}", comment_id=comment, reaction_id=one)
