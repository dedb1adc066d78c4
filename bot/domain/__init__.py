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
    Annotation,
    Answer,
    Button,
    ClosePullRequest,
    Comment,
    CommitFiles,
    DeleteBranch,
    OpenPullRequest,
    Outcome,
    Plan,
    PublishBranch,
    PutCheck,
    PutReview,
    React,
    Remark,
    ReportIssue,
    ResolveIssue,
    SettleThread,
    UpdatePullRequest,
    UploadSarif,
)
from bot.domain.documents import Draft, Edit, Notice, Section, edited
from bot.domain.events import (
    BranchDeleted,
    Clicked,
    Commented,
    DefaultBranchChanged,
    Event,
    IndexDue,
    Installed,
    Job,
    PullRequestChanged,
    PullRequestClosed,
    PullRequestReopened,
    Push,
    Queued,
    ReviewDue,
    Row,
    Uninstalled,
)
from bot.domain.facts import Fact, FactKind, Place
from bot.domain.findings import Finding, Fix, Hit, Ignored, Level, Review, ScannerRun, Telling, Told, worst_first
from bot.domain.identity import Indexed, Repository, Tenant
from bot.domain.observed import (
    Branch,
    CommentStanding,
    CommentSubject,
    DocsSubject,
    Memory,
    PullRequest,
    PullStanding,
    PullSubject,
    ReviewStanding,
    ReviewSubject,
    Standing,
    Thread,
)
from bot.domain.serialization import from_json, to_json
from bot.domain.trees import Blob, Change, FileChange, Tree

__all__ = [
    "Action",
    "Annotation",
    "Answer",
    "Blob",
    "Branch",
    "BranchDeleted",
    "Button",
    "Change",
    "Clicked",
    "ClosePullRequest",
    "Comment",
    "CommentStanding",
    "CommentSubject",
    "Commented",
    "CommitFiles",
    "DefaultBranchChanged",
    "DeleteBranch",
    "DocsSubject",
    "Draft",
    "Edit",
    "Event",
    "Fact",
    "FactKind",
    "FileChange",
    "Finding",
    "Fix",
    "Hit",
    "Ignored",
    "IndexDue",
    "Indexed",
    "Installed",
    "Job",
    "Level",
    "Memory",
    "Notice",
    "OpenPullRequest",
    "Outcome",
    "Place",
    "Plan",
    "PublishBranch",
    "PullRequest",
    "PullRequestChanged",
    "PullRequestClosed",
    "PullRequestReopened",
    "PullStanding",
    "PullSubject",
    "Push",
    "PutCheck",
    "PutReview",
    "Queued",
    "React",
    "Remark",
    "ReportIssue",
    "Repository",
    "ResolveIssue",
    "Review",
    "ReviewDue",
    "ReviewStanding",
    "ReviewSubject",
    "Row",
    "ScannerRun",
    "Section",
    "SettleThread",
    "Standing",
    "Telling",
    "Tenant",
    "Thread",
    "Told",
    "Tree",
    "Uninstalled",
    "UpdatePullRequest",
    "UploadSarif",
    "edited",
    "from_json",
    "to_json",
    "worst_first",
]
