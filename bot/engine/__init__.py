"""The durable engine. Only `engine.engine` imports DBOS.

    inbox ──pump──▶ one queue, one repository at a time ──▶ handle(step, job) ──▶ recorded outcome

A job is a workflow and each of its steps a checkpoint, so an interrupted job resumes after its last finished step.
Pushes to a branch coalesce into the newest in three places: in the pump's batch, among the jobs that have not begun,
and when a job begins and finds a newer push in the inbox. The job that does run reads in its first step, from the
inbox, where the first push that was not handled began.
"""

from bot.engine.checkpoint import direct_step
from bot.engine.engine import Engine, create_tables
from bot.engine.options import EngineOptions
from bot.engine.pump import IgnoredDelivery
from bot.engine.runner import Handler

__all__ = ["Engine", "EngineOptions", "Handler", "IgnoredDelivery", "create_tables", "direct_step"]
