"""GraphQL mutations of comments, reactions, review threads and drafts."""

from __future__ import annotations

from typing import Any

from github_sandbox.graphql.base import GraphQLApiError, Node
from github_sandbox.graphql.conversations import REACTION_NAMES, ReactableNode, reaction_node
from github_sandbox.graphql.git_mutations import GitMutations, Input
from github_sandbox.graphql.nodes import find_comment, find_pull_request, find_reactable, find_thread


class ConversationMutations(Node):
    """Mutations, each with GitHub's single `input` argument."""

    def minimize_comment(self, input: Input) -> Input:
        return self._minimize(input, input["classifier"].lower().replace("_", "-"))

    def unminimize_comment(self, input: Input) -> Input:
        return self._minimize(input, None)

    def _minimize(self, input: Input, reason: str | None) -> Input:
        node = find_comment(self.call, input["subjectId"])
        self.require(node.repository.record, "pull_requests=write; issues=write")
        node.comment.minimized = reason
        kind = "unminimized_comment" if reason is None else "minimized_comment"
        return {kind: find_comment(self.call, input["subjectId"]), "client_mutation_id": input.get("clientMutationId")}

    def add_reaction(self, input: Input) -> Input:
        subject, content = self._reactable(input)
        reaction, _ = self.call.activity.conversations.react(subject.reaction_records, content, self.call.actor)
        return self._reaction_payload(subject, reaction_node(subject, reaction), input)

    def remove_reaction(self, input: Input) -> Input:
        """Remove the caller's own reaction."""
        subject, content = self._reactable(input)
        mine = (r for r in subject.reaction_records if r.author is self.call.actor and r.content == content)
        reaction = next(mine, None)
        if reaction is None:
            raise GraphQLApiError("NOT_FOUND", "Could not find the reaction.")
        subject.reaction_records.remove(reaction)
        return self._reaction_payload(subject, reaction_node(subject, reaction), input)

    def _reactable(self, input: Input) -> tuple[ReactableNode, str]:
        subject = find_reactable(self.call, input["subjectId"])
        self.require(subject.repository.record, subject.reaction_permissions)
        return subject, next(
            rest_name for rest_name, graphql_name in REACTION_NAMES.items() if graphql_name == input["content"]
        )

    def _reaction_payload(self, subject: ReactableNode, reaction: dict[str, Any], input: Input) -> Input:
        groups = subject.reaction_groups
        payload = {"reaction": reaction, "reaction_groups": groups, "subject": subject}
        return {**payload, "client_mutation_id": input.get("clientMutationId")}

    def resolve_review_thread(self, input: Input) -> Input:
        return self._change_resolution(input, resolved=True)

    def unresolve_review_thread(self, input: Input) -> Input:
        return self._change_resolution(input, resolved=False)

    def _change_resolution(self, input: Input, *, resolved: bool) -> Input:
        """Resolve or unresolve a thread, for which an App needs write access to contents."""
        node = find_thread(self.call, input["threadId"])
        self.require(node.repository.record, "contents=write")
        self.call.activity.reviews.set_resolved(node.thread, self.call.actor, resolved=resolved)
        payload = find_thread(self.call, input["threadId"])
        return {"thread": payload, "client_mutation_id": input.get("clientMutationId")}

    def convert_pull_request_to_draft(self, input: Input) -> Input:
        return self._change_draft(input, draft=True)

    def mark_pull_request_ready_for_review(self, input: Input) -> Input:
        return self._change_draft(input, draft=False)

    def _change_draft(self, input: Input, *, draft: bool) -> Input:
        node = find_pull_request(self.call, input["pullRequestId"])
        self.require(node.repository.record, "pull_requests=write")
        if node.pull.state != "open":
            raise GraphQLApiError("UNPROCESSABLE", "Pull request is closed")
        self.call.activity.pulls.set_draft(node.pull, self.call.actor, draft=draft)
        payload = find_pull_request(self.call, input["pullRequestId"])
        return {"pull_request": payload, "client_mutation_id": input.get("clientMutationId")}


class Mutation(GitMutations, ConversationMutations):
    """The root of mutations."""
