"""The words that every part of MAS speaks: immutable values, no effects.

    git trees ── change_detection ──▶ Fact ── document_update ──▶ Draft (Edit, Notice)
                                                                     │
    what stands on GitHub: Standing, what we remember: Memory ── planning ──▶ Plan (Action…)

Everything here that crosses a step or a process is plain data: `to_json` and `from_json` carry it.

where      whose and which: tenants and repositories
trees      what git has, and the change between two trees
facts      what is true of a change of code
documents  what it makes of the docs: sections, edits, notices
standing   what stands on the forge, and what is remembered
actions    what is to be done there, and what came of it
events     what happened
plain      values as JSON, and back
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
