"""Reading git: a repository on this machine, or the bot's mirror of a remote one. Nothing is ever checked out.

command     one git process: its environment, its time limit, its failures
objects     blobs by their id, through one long-lived process
repository  revisions, trees and changes
mirror      a remote repository's history kept on this machine, with the blobs that an analysis reads
"""

from __future__ import annotations

from bot.git.mirror import CredentialsRejected, Mirror, Remote
from bot.git.repository import GitRepo

__all__ = ["CredentialsRejected", "GitRepo", "Mirror", "Remote"]
