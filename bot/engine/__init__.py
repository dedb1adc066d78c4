"""The durable job engine. Only `engine.engine` imports DBOS.

    inbox ──pump──▶ one queue, one repository at a time ──▶ handle(step, job) ──▶ recorded outcome

A job is a workflow and each of its steps is a checkpoint, so an interrupted job resumes after its last finished step.
Pushes to a branch coalesce into the newest in three places: in the pump's batch, among the jobs that have not started,
and when a job starts and finds a newer push in the inbox. The job that runs reads the start of the first unhandled push
from the inbox, in its first step.
"""

from bot.engine.checkpoint import direct_step
from bot.engine.engine import Engine, create_tables
from bot.engine.options import EngineOptions
from bot.engine.pump import IgnoredDelivery
from bot.engine.runner import Handler

__all__ = ["Engine", "EngineOptions", "Handler", "IgnoredDelivery", "create_tables", "direct_step"]
