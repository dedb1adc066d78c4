"""What we say under issues and pull requests, each thing once."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import Answer, Comment, CommentStanding, CommentSubject, Outcome, React
from bot.github import errors, responses, write_policy
from bot.github.forge.calls import Calls

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

    _calls: Calls

    async def standing(self, subject: CommentSubject) -> CommentStanding | None:
        """A comment as it stands; None where there is none."""
        path = _REVIEW_COMMENT if subject.review else _COMMENT
        try:
            found = await self._calls.rest("GET", path, comment_id=str(subject.comment_id))
        except errors.Refused as refused:
            if refused.status == 404:
                return None
            raise
        said = responses.read(responses.Said, found)
        return CommentStanding(said.user.login if said.user else "ghost", said.body or "")

    async def comment(self, action: Comment) -> Outcome:
        """A comment that is there once."""
        return await self._said(Answer(action.number, action.body, action.marker), exchange=False)

    async def answer(self, action: Answer) -> Outcome:
        """The one answer to a comment: made, or its words exchanged."""
        return await self._said(action, exchange=True)

    async def _said(self, action: Answer, *, exchange: bool) -> Outcome:
        body = action.body if action.marker in action.body else f"{action.body}\n\n{action.marker}"
        write_policy.check_words("", body)
        there = await self._standing(action)
        if there is None:
            said = await self._say(action, body)
            return Outcome("done", f"said on #{action.number}", said.html_url)
        if not exchange or there.says(body):
            return Outcome("already", f"said on #{action.number}", there.html_url)
        path = _COMMENT if action.thread is None else _REVIEW_COMMENT
        await self._calls.rest("PATCH", path, {"body": body}, comment_id=str(there.id))
        return Outcome("done", f"said anew on #{action.number}", there.html_url)

    async def _standing(self, action: Answer) -> responses.Said | None:
        path = _COMMENT_PAGES if action.thread is None else _REVIEW_PAGES
        places = self._calls.places(number=str(action.number), per_page="100")
        comments = (responses.read(responses.Said, each) for each in await self._calls.pages(path, places))
        return next((each for each in comments if each.carries(action.marker, self._calls.bot)), None)

    async def _say(self, action: Answer, body: str) -> responses.Said:
        number = str(action.number)
        if action.thread is None:
            said = await self._calls.rest("POST", _COMMENTS, {"body": body}, number=number)
        else:
            thread = str(action.thread)
            said = await self._calls.rest("POST", _REPLIES, {"body": body}, number=number, comment_id=thread)
        return responses.read(responses.Said, said)

    async def react(self, action: React) -> Outcome:
        """A reaction of ours; GitHub keeps one of a kind, so that making it twice changes nothing."""
        path = _REVIEW_REACTIONS if action.review else _REACTIONS
        comment = str(action.comment_id)
        data = {"content": action.content}
        made = await self._calls.rest("POST", path, data, repeatable=True, comment_id=comment)
        responses.read(responses.Reaction, made)
        if action.instead is not None:
            await self._take_back(path, comment, action.instead)
        return Outcome("done", f"{action.content} on comment {action.comment_id}")

    async def _take_back(self, path: str, comment: str, content: str) -> None:
        places = self._calls.places(comment_id=comment, content=content, per_page="100")
        for each in await self._calls.pages(path + "{?content,per_page}", places):
            reaction = responses.read(responses.Reaction, each)
            if reaction.user is not None and reaction.user.login == self._calls.bot:
                one = str(reaction.id)
                await self._calls.rest("DELETE", path + "/{reaction_id}", comment_id=comment, reaction_id=one)
