"""The shared vocabulary of MAS: immutable values without side effects.

    git trees ── change_detection ──▶ Fact ── document_update ──▶ Draft (Edit, Notice)
                                                                     │
    observed state (DocsState…), stored state (Memory) ── planning ──▶ Plan (Action…)

Values that cross a step or a process are plain data. `to_json` and `from_json` convert them.

identity         tenants and repositories
trees            git trees, and the change between two of them
facts            facts about a change of code
documents        sections, edits and notices
findings         security findings and reviews
suppressions     security findings not to report
observed         the observed state of the forge, and the stored state
actions          actions on the forge, and their results
events           events and jobs
audit            entries and records of the audit log
search           search results
permissions      roles of users
markers          hidden markers in documentation pull requests
review_markers   hidden markers in review comments
serialization    values as JSON
"""

from __future__ import annotations

from bot.domain.actions import (
    Action,
    ActionResult,
    AddComment,
    AddReaction,
    Annotation,
    Button,
    ClosePullRequest,
    CommitFiles,
    DeleteBranch,
    OpenPullRequest,
    Plan,
    PublishBranch,
    ReportIssue,
    ResolveIssue,
    ResolveThread,
    ReviewComment,
    SubmitReview,
    UpdatePullRequest,
    UploadSarif,
    UpsertCheckRun,
    UpsertReply,
)
from bot.domain.documents import Draft, Edit, Notice, Section, apply_edits
from bot.domain.events import (
    AppInstalled,
    AppUninstalled,
    BatchCursor,
    BranchDeleted,
    ButtonClicked,
    CommentPosted,
    DefaultBranchChanged,
    Event,
    IndexDue,
    Job,
    MergeGroupChecksRequested,
    PullRequestChanged,
    PullRequestClosed,
    PullRequestReopened,
    Push,
    ReviewDue,
)
from bot.domain.facts import Fact, FactKind, Location
from bot.domain.findings import (
    Finding,
    Fix,
    Hit,
    IgnoredFinding,
    Level,
    ReportedFinding,
    ReportedFindings,
    ScannerRun,
    SecurityReview,
    worst_first,
)
from bot.domain.identity import IndexStatus, Repository, Tenant
from bot.domain.observed import (
    CommentState,
    CommentTarget,
    DocsBranch,
    DocsPullRequest,
    DocsState,
    DocsTarget,
    Memory,
    PullRequestState,
    PullRequestTarget,
    ReviewState,
    ReviewTarget,
    ReviewThread,
)
from bot.domain.serialization import from_json, to_json
from bot.domain.trees import Blob, Change, FileChange, Tree

__all__ = [
    "Action",
    "ActionResult",
    "AddComment",
    "AddReaction",
    "Annotation",
    "AppInstalled",
    "AppUninstalled",
    "BatchCursor",
    "Blob",
    "BranchDeleted",
    "Button",
    "ButtonClicked",
    "Change",
    "ClosePullRequest",
    "CommentPosted",
    "CommentState",
    "CommentTarget",
    "CommitFiles",
    "DefaultBranchChanged",
    "DeleteBranch",
    "DocsBranch",
    "DocsPullRequest",
    "DocsState",
    "DocsTarget",
    "Draft",
    "Edit",
    "Event",
    "Fact",
    "FactKind",
    "FileChange",
    "Finding",
    "Fix",
    "Hit",
    "IgnoredFinding",
    "IndexDue",
    "IndexStatus",
    "Job",
    "Level",
    "Location",
    "Memory",
    "MergeGroupChecksRequested",
    "Notice",
    "OpenPullRequest",
    "Plan",
    "PublishBranch",
    "PullRequestChanged",
    "PullRequestClosed",
    "PullRequestReopened",
    "PullRequestState",
    "PullRequestTarget",
    "Push",
    "ReportIssue",
    "ReportedFinding",
    "ReportedFindings",
    "Repository",
    "ResolveIssue",
    "ResolveThread",
    "ReviewComment",
    "ReviewDue",
    "ReviewState",
    "ReviewTarget",
    "ReviewThread",
    "ScannerRun",
    "Section",
    "SecurityReview",
    "SubmitReview",
    "Tenant",
    "Tree",
    "UpdatePullRequest",
    "UploadSarif",
    "UpsertCheckRun",
    "UpsertReply",
    "apply_edits",
    "from_json",
    "to_json",
    "worst_first",
]
