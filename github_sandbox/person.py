"""A simulated user: what people do on GitHub's pages, for tests and the demo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from github_sandbox.activity import Activity
from github_sandbox.activity.reviews import locate_in_diff
from github_sandbox.checks import CheckRun
from github_sandbox.conversations import (
    Comment,
    Conversation,
    DiffLocation,
    Issue,
    PullRequest,
    Review,
    ReviewComment,
    ReviewThread,
)
from github_sandbox.git import ZERO, RefChange, TreeEntry
from github_sandbox.state import Account, App, Repository, World


class Person:
    """A user. Permissions are not checked."""

    def __init__(self, world: World, activity: Activity, account: Account) -> None:
        self.account = account
        self._world = world
        self._activity = activity

    # ------------------------------------------------------------------ issues and comments

    def open_issue(self, repository: Repository, title: str, body: str = "", labels: Iterable[str] = ()) -> Issue:
        """Open an issue."""
        return self._activity.conversations.open_issue(repository, title, body, self.account, labels=labels)

    def comment(self, on: Conversation, body: str) -> Comment:
        """Comment on an issue or pull request."""
        return self._activity.conversations.comment(on, body, self.account)

    def edit_comment(self, comment: Comment, body: str) -> None:
        """Edit anyone's comment, including review comments."""
        if isinstance(comment, ReviewComment):
            self._activity.reviews.edit_comment(comment, body, self.account)
        else:
            self._activity.conversations.edit_comment(comment, body, self.account)

    def delete_comment(self, comment: Comment) -> None:
        """Delete anyone's comment, including review comments."""
        if isinstance(comment, ReviewComment):
            self._activity.reviews.delete_comment(comment, self.account)
        else:
            self._activity.conversations.delete_comment(comment, self.account)

    def react(self, to: Conversation | Comment, content: str) -> None:
        """Add a reaction, one of `conversations.REACTIONS`."""
        self._activity.conversations.react(to.reactions, content, self.account)

    def edit(self, conversation: Conversation, title: str | None = None, body: str | None = None) -> None:
        """Edit the title or body of an issue or pull request."""
        values = {"title": title, "body": body}
        texts = {name: text for name, text in values.items() if text is not None}
        self._activity.conversations.edit(conversation, self.account, **texts)

    def tick(self, conversation: Conversation, words: str) -> None:
        """Check the one unchecked checkbox whose line contains `words`. Raises `ValueError` for none or several."""
        lines = (conversation.body or "").split("\n")
        matching = [n for n, line in enumerate(lines) if "[ ]" in line and words in line]
        if len(matching) != 1:
            raise ValueError(f"{len(matching)} unchecked checkboxes contain {words!r}")
        lines[matching[0]] = lines[matching[0]].replace("[ ]", "[x]", 1)
        self.edit(conversation, body="\n".join(lines))

    def label(self, conversation: Conversation, *names: str) -> None:
        """Add labels."""
        self._activity.conversations.add_labels(conversation, names, self.account)

    def unlabel(self, conversation: Conversation, name: str) -> None:
        """Remove a label. Raises `ValueError` if it is not set."""
        matching = [item for item in conversation.labels if item.name == name]
        if not matching:
            raise ValueError(f"#{conversation.number} has no label {name}")
        self._activity.conversations.remove_label(conversation, matching[0], self.account)

    def close(self, conversation: Conversation) -> None:
        """Close an issue, or a pull request without merging."""
        if isinstance(conversation, PullRequest):
            self._activity.pulls.close(conversation, self.account)
        elif isinstance(conversation, Issue):
            self._activity.conversations.close_issue(conversation, self.account)

    def reopen(self, conversation: Conversation) -> None:
        """Reopen an issue or pull request."""
        if isinstance(conversation, PullRequest):
            self._activity.pulls.reopen(conversation, self.account)
        elif isinstance(conversation, Issue):
            self._activity.conversations.reopen_issue(conversation, self.account)

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
        """Push a commit and return its id.

        Args:
            repository: target repository.
            branch: branch to update, created if it does not exist.
            files: path → text; None deletes the file.
            message: commit message.
            onto: commit or branch to build on instead of the branch's head; force-pushes where needed.
        """
        git, name = repository.git, f"refs/heads/{branch}"
        head = repository.branch(branch)
        parent = git.resolve(onto) if onto else head or repository.branch(repository.default_branch)
        entries = [TreeEntry(p, None if t is None else git.write_blob(t.encode())) for p, t in files.items()]
        tree, parents = git.write_tree(parent, entries), [parent] if parent else []
        commit = self._activity.references.commit(repository, tree, parents, message, self.account)
        self._activity.references.move(repository, [RefChange(name, head or ZERO, commit.oid)], self.account)
        return commit.oid

    def delete_branch(self, repository: Repository, branch: str) -> None:
        """Delete a branch. Pull requests from or into it close."""
        change = RefChange(f"refs/heads/{branch}", repository.branch(branch), ZERO)
        self._activity.references.move(repository, [change], self.account)

    def fork(self, repository: Repository) -> Repository:
        """Fork a repository, with all branches."""
        return self._activity.repositories.fork(repository, self.account)

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
        """Open a pull request. With `fork`, `head` is a branch of the fork."""
        return self._activity.pulls.open(
            repository, head, base, title, body, self.account, draft=draft, head_repository=fork
        )

    def retarget(self, pull: PullRequest, base: str) -> None:
        """Change the base branch."""
        self._activity.conversations.edit(pull, self.account, base=base)

    def convert_to_draft(self, pull: PullRequest) -> None:
        """Convert a pull request to a draft."""
        self._activity.pulls.set_draft(pull, self.account, draft=True)

    def mark_ready(self, pull: PullRequest) -> None:
        """Mark a draft as ready for review."""
        self._activity.pulls.set_draft(pull, self.account, draft=False)

    def request_review(self, pull: PullRequest, *logins: str) -> None:
        """Request reviews from users."""
        reviewers = [self._world.account(login) for login in logins]
        self._activity.pulls.request_reviews(pull, reviewers, self.account)

    def merge(self, pull: PullRequest) -> str:
        """Merge a pull request and return the merge commit. Raises `GitError` if it conflicts or is closed."""
        return self._activity.merging.merge(pull, self.account)

    # ------------------------------------------------------------------ reviews

    def review(self, pull: PullRequest, body: str, state: str = "COMMENTED") -> Review:
        """Submit a review without line comments."""
        return self._activity.reviews.review(pull, self.account, body, state)

    def comment_on_line(self, pull: PullRequest, path: str, line: int, body: str) -> ReviewComment:
        """Comment on a line of the new version. Raises `ValueError` if the line is not part of the diff."""
        location = locate_in_diff(pull, DiffLocation(path, line=line))
        if location is None:
            raise ValueError(f"{path}:{line} is not part of the diff")
        return self._activity.reviews.comment(pull, location, body, self.account)

    def reply(self, to: ReviewComment, body: str) -> ReviewComment:
        """Reply in a review thread."""
        return self._activity.reviews.reply(to.thread, body, self.account)

    def resolve(self, thread: ReviewThread, *, resolved: bool = True) -> None:
        """Resolve a review thread, or unresolve it."""
        self._activity.reviews.set_resolved(thread, self.account, resolved=resolved)

    # ------------------------------------------------------------------ checks

    def click(self, run: CheckRun, identifier: str) -> None:
        """Press a button of a check run. Raises `ValueError` if the run has no such action."""
        self._activity.checks.request_action(run, identifier, self.account)

    def rerun(self, run: CheckRun) -> None:
        """Press *Re-run* on a check run."""
        self._activity.checks.rerequest(run, self.account)

    def rerun_all(self, repository: Repository, app: App, oid: str) -> None:
        """Press *Re-run all checks* of an App on a commit."""
        self._activity.checks.rerequest_suite(self._activity.checks.suite(repository, app, oid), self.account)
