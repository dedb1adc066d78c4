"""A person's hand on this GitHub: what people do on its pages, for tests and scenes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from github_sandbox.activity import Activity
from github_sandbox.activity.reviews import placed
from github_sandbox.checks import CheckRun
from github_sandbox.conversations import (
    Comment,
    Conversation,
    Issue,
    PullRequest,
    Review,
    ReviewComment,
    ReviewThread,
    Spot,
)
from github_sandbox.git import ZERO, RefChange, TreeEntry
from github_sandbox.state import Account, App, Repository, World


class Person:
    """One user. What they may is not asked: a test that lets them do it says that they may."""

    def __init__(self, world: World, activity: Activity, account: Account) -> None:
        self.account = account
        self._world = world
        self._acts = activity

    # ------------------------------------------------------------------ talk

    def open_issue(self, repository: Repository, title: str, body: str = "", labels: Iterable[str] = ()) -> Issue:
        """Open an issue."""
        return self._acts.conversations.open_issue(repository, title, body, self.account, labels=labels)

    def comment(self, on: Conversation, body: str) -> Comment:
        """Comment on an issue or pull request."""
        return self._acts.conversations.comment(on, body, self.account)

    def edit_comment(self, comment: Comment, body: str) -> None:
        """Change what was said, by whomever, in a conversation or on a line."""
        if isinstance(comment, ReviewComment):
            self._acts.reviews.edit_comment(comment, body, self.account)
        else:
            self._acts.conversations.edit_comment(comment, body, self.account)

    def delete_comment(self, comment: Comment) -> None:
        """Take back what was said, by whomever, in a conversation or on a line."""
        if isinstance(comment, ReviewComment):
            self._acts.reviews.delete_comment(comment, self.account)
        else:
            self._acts.conversations.delete_comment(comment, self.account)

    def react(self, to: Conversation | Comment, content: str) -> None:
        """React, with one of `conversations.REACTIONS`."""
        self._acts.conversations.react(to.reactions, content, self.account)

    def edit(self, conversation: Conversation, title: str | None = None, body: str | None = None) -> None:
        """Change the title or the body of an issue or pull request."""
        given = {"title": title, "body": body}
        texts = {name: text for name, text in given.items() if text is not None}
        self._acts.conversations.edit(conversation, self.account, **texts)

    def tick(self, conversation: Conversation, words: str) -> None:
        """Tick the one open checkbox of a body whose line holds these words. Raises `ValueError` for none or many."""
        lines = (conversation.body or "").split("\n")
        found = [n for n, line in enumerate(lines) if "[ ]" in line and words in line]
        if len(found) != 1:
            raise ValueError(f"{len(found)} open checkboxes say {words!r}")
        lines[found[0]] = lines[found[0]].replace("[ ]", "[x]", 1)
        self.edit(conversation, body="\n".join(lines))

    def label(self, conversation: Conversation, *names: str) -> None:
        """Put labels on."""
        self._acts.conversations.add_labels(conversation, names, self.account)

    def unlabel(self, conversation: Conversation, name: str) -> None:
        """Take a label off. Raises `ValueError` where it is not on."""
        worn = [item for item in conversation.labels if item.name == name]
        if not worn:
            raise ValueError(f"#{conversation.number} has no label {name}")
        self._acts.conversations.remove_label(conversation, worn[0], self.account)

    def close(self, conversation: Conversation) -> None:
        """Close an issue, or a pull request unmerged."""
        if isinstance(conversation, PullRequest):
            self._acts.pulls.close(conversation, self.account)
        elif isinstance(conversation, Issue):
            self._acts.conversations.close_issue(conversation, self.account)

    def reopen(self, conversation: Conversation) -> None:
        """Open it again."""
        if isinstance(conversation, PullRequest):
            self._acts.pulls.reopen(conversation, self.account)
        elif isinstance(conversation, Issue):
            self._acts.conversations.reopen_issue(conversation, self.account)

    # ------------------------------------------------------------------ code

    def push(
        self,
        repository: Repository,
        branch: str,
        files: Mapping[str, str | None],
        message: str = "change",
        *,
        onto: str | None = None,
    ) -> str:
        """Push a commit of files (None deletes one) and return it.

        Args:
            repository: where to.
            branch: moves to the commit, and is made when there is none.
            files: path → text.
            message: of the commit.
            onto: a commit or branch to build on instead of the branch's head: a forced push where it does not follow.
        """
        git, name = repository.git, f"refs/heads/{branch}"
        standing = repository.branch(branch)
        parent = git.resolve(onto) if onto else standing or repository.branch(repository.default_branch)
        entries = [TreeEntry(p, None if t is None else git.write_blob(t.encode())) for p, t in files.items()]
        tree, parents = git.write_tree(parent, entries), [parent] if parent else []
        made = self._acts.references.commit(repository, tree, parents, message, self.account)
        self._acts.references.move(repository, [RefChange(name, standing or ZERO, made.oid)], self.account)
        return made.oid

    def delete_branch(self, repository: Repository, branch: str) -> None:
        """Delete a branch; pull requests from it or into it close."""
        change = RefChange(f"refs/heads/{branch}", repository.branch(branch), ZERO)
        self._acts.references.move(repository, [change], self.account)

    def fork(self, repository: Repository) -> Repository:
        """A fork of one's own, with all branches."""
        return self._acts.repositories.fork(repository, self.account)

    # ------------------------------------------------------------------ pull requests

    def open_pull(
        self,
        repository: Repository,
        head: str,
        base: str = "main",
        title: str = "A change",
        body: str = "",
        *,
        draft: bool = False,
        fork: Repository | None = None,
    ) -> PullRequest:
        """Open a pull request; `head` is a branch of the fork when one is given."""
        return self._acts.pulls.open(
            repository, head, base, title, body, self.account, draft=draft, head_repository=fork
        )

    def retarget(self, pull: PullRequest, base: str) -> None:
        """Choose another base."""
        self._acts.conversations.edit(pull, self.account, base=base)

    def convert_to_draft(self, pull: PullRequest) -> None:
        """Take it back to a draft."""
        self._acts.pulls.set_draft(pull, self.account, draft=True)

    def mark_ready(self, pull: PullRequest) -> None:
        """Declare a draft ready for review."""
        self._acts.pulls.set_draft(pull, self.account, draft=False)

    def request_review(self, pull: PullRequest, *logins: str) -> None:
        """Ask others for a review."""
        asked = [self._world.account(login) for login in logins]
        self._acts.pulls.request_reviews(pull, asked, self.account)

    def merge(self, pull: PullRequest) -> str:
        """Merge it; returns the merge commit. Raises `GitError` on a conflict or a closed one."""
        return self._acts.merging.merge(pull, self.account)

    # ------------------------------------------------------------------ reviews

    def review(self, pull: PullRequest, body: str, state: str = "COMMENTED") -> Review:
        """Submit a review without comments on lines."""
        return self._acts.reviews.review(pull, self.account, body, state)

    def comment_on_line(self, pull: PullRequest, path: str, line: int, body: str) -> ReviewComment:
        """Comment on a line of the change, as it is after it. Raises `ValueError` where the diff has no such line."""
        spot = placed(pull, Spot(path, line=line))
        if spot is None:
            raise ValueError(f"{path}:{line} is not part of the diff")
        return self._acts.reviews.comment(pull, spot, body, self.account)

    def reply(self, to: ReviewComment, body: str) -> ReviewComment:
        """Answer in the thread of a comment on a line."""
        return self._acts.reviews.reply(to.thread, body, self.account)

    def resolve(self, thread: ReviewThread, *, resolved: bool = True) -> None:
        """Settle a thread, or take it up again."""
        self._acts.reviews.set_resolved(thread, self.account, resolved=resolved)

    # ------------------------------------------------------------------ checks

    def click(self, run: CheckRun, identifier: str) -> None:
        """Press one of a check's buttons. Raises `ValueError` when it has none of that identifier."""
        self._acts.checks.request_action(run, identifier, self.account)

    def rerun(self, run: CheckRun) -> None:
        """Press *Re-run* at a check."""
        self._acts.checks.rerequest(run, self.account)

    def rerun_all(self, repository: Repository, app: App, oid: str) -> None:
        """Press *Re-run all checks* of an App on a commit."""
        self._acts.checks.rerequest_suite(self._acts.checks.suite(repository, app, oid), self.account)
