"""Deliveries as they came: on disk before they are answered, and on record until they expire.

    put ──▶ waiting ──▶ moved into the engine ──▶ done | superseded | failed
               └──▶ ignored | superseded | failed, when it is parsed

Two tables beside the engine's own, in the same database, so that a row and its job move in one
transaction: a delivery's row, which changes as it goes on, and its body, which never does. `seq` is the
order in which deliveries were committed; the sender's id is the key that makes the same delivery count
once.
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
