"""Issues are opened, texts edited, labels put on; people and Apps comment and react."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from github_sandbox.activity.acts import Acts
from github_sandbox.conversations import Comment, Conversation, Issue, Label, PullRequest, Reaction
from github_sandbox.payloads import conversations
from github_sandbox.state import Account, App, Repository


class Conversations(Acts):
    """What happens in issues and, all the same, in pull requests."""

    # ------------------------------------------------------------------ issues

    def open_issue(
        self,
        repository: Repository,
        title: str,
        body: str | None,
        by: Account,
        *,
        labels: Iterable[str] = (),
        assignees: Iterable[Account] = (),
        app: App | None = None,
    ) -> Issue:
        """A new issue; labels that the repository lacks are made."""
        now, number = self._world.now(), repository.next_number()
        made = Issue(
            id=self._world.new_id(),
            number=number,
            repository=repository,
            author=by,
            title=title,
            body=body,
            created_at=now,
            updated_at=now,
            app=app,
            labels=[self.label(repository, name) for name in labels],
            assignees=list(assignees),
        )
        repository.issues[number] = made
        self._tell(made, "opened", by)
        return made

    def close_issue(self, issue: Issue, by: Account, reason: str = "completed") -> None:
        """Close it, as `completed` or `not_planned`."""
        issue.state, issue.closed_at, issue.state_reason = "closed", self._world.now(), reason
        issue.updated_at = issue.closed_at
        self._tell(issue, "closed", by)

    def reopen_issue(self, issue: Issue, by: Account) -> None:
        """Open it again."""
        issue.state, issue.closed_at, issue.state_reason = "open", None, "reopened"
        issue.updated_at = self._world.now()
        self._tell(issue, "reopened", by)

    def edit(self, conversation: Conversation, by: Account, **texts: str | None) -> None:
        """Change `title`, `body` or, of a pull request, `base`; one event tells all that changed."""
        changed = {name: text for name, text in texts.items() if getattr(conversation, name) != text}
        if not changed:
            return
        told: dict[str, Any] = {name: {"from": getattr(conversation, name) or ""} for name in changed if name != "base"}
        if "base" in changed and isinstance(conversation, PullRequest):
            told["base"] = {"ref": {"from": conversation.base}, "sha": {"from": conversation.base_oid}}
            conversation.base_oid = conversation.repository.announced[f"refs/heads/{changed['base']}"]
        for name, text in changed.items():
            setattr(conversation, name, text)
        conversation.updated_at = self._world.now()
        self._tell(conversation, "edited", by, changes=told)

    # ------------------------------------------------------------------ labels

    def label(self, repository: Repository, name: str, color: str = "ededed", description: str = "") -> Label:
        """The label of that name, in any case; made when there is none."""
        key = name.lower()
        if key not in repository.labels:
            repository.labels[key] = Label(self._world.new_id(), name, color, description)
        return repository.labels[key]

    def add_labels(self, conversation: Conversation, names: Iterable[str], by: Account) -> None:
        """Put labels on; an event for each that was not there."""
        for item in [self.label(conversation.repository, name) for name in names]:
            if item not in conversation.labels:
                conversation.labels.append(item)
                self._tell_label(conversation, item, "labeled", by)

    def remove_label(self, conversation: Conversation, label: Label, by: Account) -> None:
        """Take one off."""
        conversation.labels.remove(label)
        self._tell_label(conversation, label, "unlabeled", by)

    def _tell_label(self, conversation: Conversation, label: Label, action: str, by: Account) -> None:
        conversation.updated_at = self._world.now()
        told = conversations.label(self._world, conversation.repository, label)
        self._tell(conversation, action, by, label=told)

    # ------------------------------------------------------------------ comments

    def comment(self, conversation: Conversation, body: str, by: Account, app: App | None = None) -> Comment:
        """Say something."""
        now = self._world.now()
        made = Comment(
            id=self._world.new_id(),
            conversation=conversation,
            author=by,
            body=body,
            created_at=now,
            updated_at=now,
            app=app,
        )
        conversation.comments.append(made)
        conversation.updated_at = now
        self._tell_comment(made, "created", by)
        return made

    def edit_comment(self, comment: Comment, body: str, by: Account) -> None:
        """Say it differently."""
        before, comment.body, comment.updated_at = comment.body, body, self._world.now()
        self._tell_comment(comment, "edited", by, changes={"body": {"from": before}})

    def delete_comment(self, comment: Comment, by: Account) -> None:
        """Take it back."""
        comment.conversation.comments.remove(comment)
        self._tell_comment(comment, "deleted", by)

    def _tell_comment(self, comment: Comment, action: str, by: Account, **more: object) -> None:
        said = {"issue": conversations.issue(self._world, comment.conversation)}
        said["comment"] = conversations.comment(self._world, comment)
        repository = comment.conversation.repository
        self._webhooks.repository_event("issue_comment", repository, by, {"action": action, **said, **more})

    # ------------------------------------------------------------------ reactions

    def react(self, given: list[Reaction], content: str, by: Account) -> tuple[Reaction, bool]:
        """Add to the reactions given to something; the reaction, and whether it is new. No webhook tells of it."""
        for standing in given:
            if standing.author is by and standing.content == content:
                return standing, False
        made = Reaction(self._world.new_id(), by, content, self._world.now())
        given.append(made)
        return made, True
