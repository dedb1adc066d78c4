"""The GraphQL mutations of what is said: comments hidden, reactions given, pull requests drafted."""

from __future__ import annotations

from typing import Any

from github_sandbox.graphql.base import GraphRefusal, Node
from github_sandbox.graphql.conversations import REACTION_NAMES, ReactableNode, reaction_node
from github_sandbox.graphql.git_mutations import GitMutations, Input
from github_sandbox.graphql.nodes import find_comment, find_pull_request, find_reactable, find_thread


class TalkMutations(Node):
    """Each takes GitHub's one `input`."""

    def minimize_comment(self, input: Input) -> Input:
        return self._minimized(input, input["classifier"].lower().replace("_", "-"))

    def unminimize_comment(self, input: Input) -> Input:
        return self._minimized(input, None)

    def _minimized(self, input: Input, reason: str | None) -> Input:
        node = find_comment(self.call, input["subjectId"])
        self.require(node.repository.found, "pull_requests=write; issues=write")
        node.comment.minimized = reason
        kind = "unminimized_comment" if reason is None else "minimized_comment"
        return {kind: find_comment(self.call, input["subjectId"]), "client_mutation_id": input.get("clientMutationId")}

    def add_reaction(self, input: Input) -> Input:
        subject, content = self._reactable(input)
        reaction, _ = self.call.activity.conversations.react(subject.given, content, self.call.actor)
        return self._reacted(subject, reaction_node(subject, reaction), input)

    def remove_reaction(self, input: Input) -> Input:
        """Only one's own."""
        subject, content = self._reactable(input)
        mine = (r for r in subject.given if r.author is self.call.actor and r.content == content)
        reaction = next(mine, None)
        if reaction is None:
            raise GraphRefusal("NOT_FOUND", "Could not find the reaction.")
        subject.given.remove(reaction)
        return self._reacted(subject, reaction_node(subject, reaction), input)

    def _reactable(self, input: Input) -> tuple[ReactableNode, str]:
        subject = find_reactable(self.call, input["subjectId"])
        self.require(subject.repository.found, subject.reacting_needs)
        return subject, next(ours for ours, theirs in REACTION_NAMES.items() if theirs == input["content"])

    def _reacted(self, subject: ReactableNode, reaction: dict[str, Any], input: Input) -> Input:
        groups = subject.reaction_groups
        shown = {"reaction": reaction, "reaction_groups": groups, "subject": subject}
        return {**shown, "client_mutation_id": input.get("clientMutationId")}

    def resolve_review_thread(self, input: Input) -> Input:
        return self._resolved(input, resolved=True)

    def unresolve_review_thread(self, input: Input) -> Input:
        return self._resolved(input, resolved=False)

    def _resolved(self, input: Input, *, resolved: bool) -> Input:
        """An App needs write access to the contents for it."""
        node = find_thread(self.call, input["threadId"])
        self.require(node.repository.found, "contents=write")
        self.call.activity.reviews.set_resolved(node.thread, self.call.actor, resolved=resolved)
        shown = find_thread(self.call, input["threadId"])
        return {"thread": shown, "client_mutation_id": input.get("clientMutationId")}

    def convert_pull_request_to_draft(self, input: Input) -> Input:
        return self._drafted(input, draft=True)

    def mark_pull_request_ready_for_review(self, input: Input) -> Input:
        return self._drafted(input, draft=False)

    def _drafted(self, input: Input, *, draft: bool) -> Input:
        node = find_pull_request(self.call, input["pullRequestId"])
        self.require(node.repository.found, "pull_requests=write")
        if node.pull.state != "open":
            raise GraphRefusal("UNPROCESSABLE", "Pull request is closed")
        self.call.activity.pulls.set_draft(node.pull, self.call.actor, draft=draft)
        shown = find_pull_request(self.call, input["pullRequestId"])
        return {"pull_request": shown, "client_mutation_id": input.get("clientMutationId")}


class Mutation(GitMutations, TalkMutations):
    """The root of mutations."""
