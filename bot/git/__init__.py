"""Read git repositories: local ones, and mirrors of remote ones. Nothing is ever checked out.

command     runs one git process: environment, time limit, errors
objects     reads blobs by id through one long-lived process
repository  revisions, trees and changes
mirror      a local partial clone of a remote repository: its history, and the blobs that an analysis reads
"""

from __future__ import annotations

from bot.git.mirror import CredentialsRejected, Mirror, Remote
from bot.git.repository import GitRepo

__all__ = ["CredentialsRejected", "GitRepo", "Mirror", "Remote"]
