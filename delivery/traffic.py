"""Which slot has the traffic, which one is known to be well, and moving it: all of it on the Service `mas`."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from delivery.cluster import Cluster

STABLE, WORKERS = "mas/stable", "mas/workers-"
"""Annotations: the slot to go back to; and for each slot that was found well, the revision of its workers."""
CANARY = "nginx.ingress.kubernetes.io/canary-weight"
WORKER = "statefulset/mas-worker"
SLOTS = {"blue": "green", "green": "blue"}


def web(slot: str) -> str:
    """The Deployment of a slot."""
    return f"deployment/mas-web-{slot}"


@dataclass(frozen=True)
class Traffic:
    """What the Service `mas` says.

    Args:
        slot: what has the traffic; empty before the first delivery.
        stable: what was last found well, where to go back to; empty until then.
        workers: slot → the workers' revision, for each whose version was found well.
    """

    slot: str
    stable: str
    workers: dict[str, str]
    maintenance: bool
    version: str = field(repr=False)

    @property
    def candidate(self) -> str:
        """The slot that the next version goes into."""
        return SLOTS[self.stable or "green"]


def look(cluster: Cluster) -> Traffic:
    """As it is now."""
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
    """All traffic to a slot, unless somebody moved it since it was seen."""
    return _write(cluster, seen, {"spec": {"selector": {"role": "web", "slot": slot}}})


def close(cluster: Cluster, seen: Traffic) -> Traffic:
    """All traffic to the page that says that MAS is being looked after."""
    return _write(cluster, seen, {"spec": {"selector": {"role": "maintenance", "slot": None}}})


def found_well(cluster: Cluster, seen: Traffic) -> Traffic:
    """Remember the slot that has the traffic, and the workers as they are, as what to go back to."""
    annotations = {STABLE: seen.slot, WORKERS + seen.slot: revision(cluster)}
    return _write(cluster, seen, {"metadata": {"annotations": annotations}})


def unproven(cluster: Cluster, seen: Traffic, slot: str) -> Traffic:
    """What is in a slot is about to be another version, of which nothing is known."""
    return _write(cluster, seen, {"metadata": {"annotations": {WORKERS + slot: None}}})


def _write(cluster: Cluster, seen: Traffic, change: dict[str, Any]) -> Traffic:
    metadata = {**change.get("metadata", {}), "resourceVersion": seen.version}
    cluster.patch("service/mas", {**change, "metadata": metadata})
    return look(cluster)


def show_next(cluster: Cluster, slot: str) -> None:
    """Let `mas-next` show a slot to the checks, and to the canary's share."""
    cluster.patch("service/mas-next", {"spec": {"selector": {"slot": slot}}})


def share(cluster: Cluster, percent: int) -> None:
    """How much of the traffic goes to what `mas-next` shows."""
    cluster.here("annotate", "ingress/mas-canary", f"{CANARY}={percent}", "--overwrite")


def revision(cluster: Cluster) -> str:
    """The name of what the workers are to run: the same for the same template."""
    while True:
        workers = cluster.get(WORKER)
        status, generation = workers.get("status", {}), workers.get("metadata", {}).get("generation", 0)
        if status.get("observedGeneration", 0) >= generation:
            return str(status.get("updateRevision", ""))
        time.sleep(1)  # the cluster has not yet looked at what we changed


def workers_to(cluster: Cluster, wanted: str) -> None:
    """Let the workers run a revision again; nothing is done when they do."""
    if revision(cluster) != wanted:
        # By its number, since "the one before" may be one that failed.
        number = cluster.get(f"controllerrevision/{wanted}")["revision"]
        cluster.here("rollout", "undo", WORKER, f"--to-revision={number}")
        cluster.rolled_out(WORKER)
