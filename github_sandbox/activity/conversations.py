"""Issues, labels, comments and reactions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from github_sandbox.activity.base import ActivityBase
from github_sandbox.conversations import Comment, Conversation, Issue, Label, PullRequest, Reaction
from github_sandbox.payloads import conversations
from github_sandbox.state import Account, App, Repository


class Conversations(ActivityBase):
    """Actions on issues and pull requests alike."""

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
        """Open an issue. Labels that the repository lacks are created."""
        now, number = self._world.now(), repository.next_number()
        created = Issue(
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
        repository.issues[number] = created
        self._send_conversation_event(created, "opened", by)
        return created

    def close_issue(self, issue: Issue, by: Account, reason: str = "completed") -> None:
        """Close an issue as `completed` or `not_planned`."""
        issue.state, issue.closed_at, issue.state_reason = "closed", self._world.now(), reason
        issue.updated_at = issue.closed_at
        self._send_conversation_event(issue, "closed", by)

    def reopen_issue(self, issue: Issue, by: Account) -> None:
        """Reopen an issue."""
        issue.state, issue.closed_at, issue.state_reason = "open", None, "reopened"
        issue.updated_at = self._world.now()
        self._send_conversation_event(issue, "reopened", by)

    def edit(self, conversation: Conversation, by: Account, **values: str | None) -> None:
        """Change `title`, `body` or a pull request's `base`, and send one event with all changes."""
        changed = {name: value for name, value in values.items() if getattr(conversation, name) != value}
        if not changed:
            return
        changes: dict[str, Any] = {
            name: {"from": getattr(conversation, name) or ""} for name in changed if name != "base"
        }
        if "base" in changed and isinstance(conversation, PullRequest):
            changes["base"] = {"ref": {"from": conversation.base}, "sha": {"from": conversation.base_oid}}
            conversation.base_oid = conversation.repository.announced_refs[f"refs/heads/{changed['base']}"]
        for name, value in changed.items():
            setattr(conversation, name, value)
        conversation.updated_at = self._world.now()
        self._send_conversation_event(conversation, "edited", by, changes=changes)

    # ------------------------------------------------------------------ labels

    def label(self, repository: Repository, name: str, color: str = "ededed", description: str = "") -> Label:
        """Return a repository's label by name, ignoring case, created if needed."""
        key = name.lower()
        if key not in repository.labels:
            repository.labels[key] = Label(self._world.new_id(), name, color, description)
        return repository.labels[key]

    def add_labels(self, conversation: Conversation, names: Iterable[str], by: Account) -> None:
        """Add labels, and send an event for each new one."""
        for item in [self.label(conversation.repository, name) for name in names]:
            if item not in conversation.labels:
                conversation.labels.append(item)
                self._send_label_event(conversation, item, "labeled", by)

    def remove_label(self, conversation: Conversation, label: Label, by: Account) -> None:
        """Remove a label."""
        conversation.labels.remove(label)
        self._send_label_event(conversation, label, "unlabeled", by)

    def _send_label_event(self, conversation: Conversation, label: Label, action: str, by: Account) -> None:
        conversation.updated_at = self._world.now()
        payload = conversations.label(self._world, conversation.repository, label)
        self._send_conversation_event(conversation, action, by, label=payload)

    # ------------------------------------------------------------------ comments

    def comment(self, conversation: Conversation, body: str, by: Account, app: App | None = None) -> Comment:
        """Add a comment."""
        now = self._world.now()
        created = Comment(
            id=self._world.new_id(),
            conversation=conversation,
            author=by,
            body=body,
            created_at=now,
            updated_at=now,
            app=app,
        )
        conversation.comments.append(created)
        conversation.updated_at = now
        self._send_comment_event(created, "created", by)
        return created

    def edit_comment(self, comment: Comment, body: str, by: Account) -> None:
        """Edit a comment."""
        before, comment.body, comment.updated_at = comment.body, body, self._world.now()
        self._send_comment_event(comment, "edited", by, changes={"body": {"from": before}})

    def delete_comment(self, comment: Comment, by: Account) -> None:
        """Delete a comment."""
        comment.conversation.comments.remove(comment)
        self._send_comment_event(comment, "deleted", by)

    def _send_comment_event(self, comment: Comment, action: str, by: Account, **more: object) -> None:
        fields = {"issue": conversations.issue(self._world, comment.conversation)}
        fields["comment"] = conversations.comment(self._world, comment)
        repository = comment.conversation.repository
        self._webhooks.repository_event("issue_comment", repository, by, {"action": action, **fields, **more})

    # ------------------------------------------------------------------ reactions

    def react(self, reactions: list[Reaction], content: str, by: Account) -> tuple[Reaction, bool]:
        """Add a reaction. Returns it, and whether it is new. GitHub sends no webhook for reactions."""
        for reaction in reactions:
            if reaction.author is by and reaction.content == content:
                return reaction, False
        created = Reaction(self._world.new_id(), by, content, self._world.now())
        reactions.append(created)
        return created, True
