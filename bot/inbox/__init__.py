"""Durable inbox of deliveries: on disk before they are acknowledged, and kept until they expire.

    add ──▶ waiting ──▶ moved to the engine ──▶ done | superseded | failed
               └──▶ ignored | superseded | failed, when it is parsed

It has two tables in the engine's database, so that a row and its job move in one transaction: one for a delivery's
state, and one for its body, which never changes. `seq` is the order in which deliveries were committed; the sender's
delivery id deduplicates them.
"""

from bot.inbox.group_commit import InboxUnavailable
from bot.inbox.inbox import Inbox
from bot.inbox.notify import listen
from bot.inbox.tables import CoalesceKey, Delivery, DeliveryOutcome, DeliveryTarget, FailedDelivery, Move

__all__ = [
    "CoalesceKey",
    "Delivery",
    "DeliveryOutcome",
    "DeliveryTarget",
    "FailedDelivery",
    "Inbox",
    "InboxUnavailable",
    "Move",
    "listen",
]
