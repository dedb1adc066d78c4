"""The state of the Service `mas`: which slot has the traffic, and which one is healthy; and changes to it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from delivery.cluster import Cluster

STABLE, WORKERS = "mas/stable", "mas/workers-"
"""Annotations: the slot to return to; and for each slot that was healthy, the revision of its workers."""
CANARY = "nginx.ingress.kubernetes.io/canary-weight"
WORKER = "statefulset/mas-worker"
SLOTS = {"blue": "green", "green": "blue"}


def web(slot: str) -> str:
    """Return the name of a slot's Deployment."""
    return f"deployment/mas-web-{slot}"


@dataclass(frozen=True)
class Traffic:
    """The state of the Service `mas`.

    Args:
        slot: the slot that has the traffic; empty before the first delivery.
        stable: the last healthy slot, to return to; empty until there is one.
        workers: slot → the revision of the workers, for each slot whose version was healthy.
    """

    slot: str
    stable: str
    workers: dict[str, str]
    maintenance: bool
    version: str = field(repr=False)

    @property
    def candidate(self) -> str:
        """The slot for the next version."""
        return SLOTS[self.stable or "green"]


def read_traffic(cluster: Cluster) -> Traffic:
    """Read the current state."""
    service = cluster.get("service/mas")
    selector = service.get("spec", {}).get("selector", {})
    known = service.get("metadata", {}).get("annotations", {})
    return Traffic(
        slot=selector.get("slot", ""),
        stable=known.get(STABLE, ""),
        workers={slot: known[WORKERS + slot] for slot in SLOTS if WORKERS + slot in known},
        maintenance=selector.get("role") == "maintenance",
        version=service.get("metadata", {}).get("resourceVersion", ""),
    )


def switch(cluster: Cluster, seen: Traffic, slot: str) -> Traffic:
    """Send all traffic to a slot. Fail if the Service has changed since it was read."""
    return _write(cluster, seen, {"spec": {"selector": {"role": "web", "slot": slot}}})


def show_maintenance(cluster: Cluster, seen: Traffic) -> Traffic:
    """Send all traffic to the maintenance page."""
    return _write(cluster, seen, {"spec": {"selector": {"role": "maintenance", "slot": None}}})


def mark_stable(cluster: Cluster, seen: Traffic) -> Traffic:
    """Record the slot that has the traffic, and the current workers, as the version to return to."""
    annotations = {STABLE: seen.slot, WORKERS + seen.slot: worker_revision(cluster)}
    return _write(cluster, seen, {"metadata": {"annotations": annotations}})


def forget_version(cluster: Cluster, seen: Traffic, slot: str) -> Traffic:
    """Remove the record that a slot was healthy, before it gets another version."""
    return _write(cluster, seen, {"metadata": {"annotations": {WORKERS + slot: None}}})


def _write(cluster: Cluster, seen: Traffic, change: dict[str, Any]) -> Traffic:
    metadata = {**change.get("metadata", {}), "resourceVersion": seen.version}
    cluster.patch("service/mas", {**change, "metadata": metadata})
    return read_traffic(cluster)


def show_next(cluster: Cluster, slot: str) -> None:
    """Point `mas-next` to a slot, for the checks and the canary."""
    cluster.patch("service/mas-next", {"spec": {"selector": {"slot": slot}}})


def set_canary_weight(cluster: Cluster, percent: int) -> None:
    """Set the share of the traffic that goes to `mas-next`."""
    cluster.in_namespace("annotate", "ingress/mas-canary", f"{CANARY}={percent}", "--overwrite")


def worker_revision(cluster: Cluster) -> str:
    """Return the name of the workers' target revision. The same template has the same name."""
    while True:
        workers = cluster.get(WORKER)
        status, generation = workers.get("status", {}), workers.get("metadata", {}).get("generation", 0)
        if status.get("observedGeneration", 0) >= generation:
            return str(status.get("updateRevision", ""))
        time.sleep(1)  # the controller has not processed our last change yet


def set_worker_revision(cluster: Cluster, wanted: str) -> None:
    """Return the workers to a revision, unless they already have it."""
    if worker_revision(cluster) != wanted:
        # By number, because the previous revision may be one that failed.
        number = cluster.get(f"controllerrevision/{wanted}")["revision"]
        cluster.in_namespace("rollout", "undo", WORKER, f"--to-revision={number}")
        cluster.wait_for_rollout(WORKER)
