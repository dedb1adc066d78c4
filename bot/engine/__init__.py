"""The durable engine behind one face; `durable` is the only module that knows DBOS.

    inbox ──pump──▶ one queue, one repository at a time ──▶ handle(step, job) ──▶ outcome on record

A job is a workflow and each of its steps a checkpoint, so a job that a kill cut off goes on after
the last finished step. Pushes to a branch coalesce into the newest in three places: within the pump's
batch, among the jobs that have not begun, and when a job begins and finds a newer push in the inbox.
None of them hands anything on: the job that does run begins where the first push that was not worked
on began, and looks that up in the inbox in its first step.
"""

from bot.engine.checkpoint import direct_step
from bot.engine.engine import Engine, create_tables
from bot.engine.pump import IgnoredDelivery
from bot.engine.runner import Handler

__all__ = ["Engine", "Handler", "IgnoredDelivery", "create_tables", "direct_step"]
