"""The steps of a delivery (blue-green or progressive), a rollback, and maintenance. Read top to bottom.

`settle` undoes an unfinished delivery. Deliveries and rollbacks begin with it, and end with it if a step fails. So
after a kill at any point, running one of them again repairs the state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from delivery.checks import Unhealthy, Watch, smoke, watch_slot
from delivery.cluster import Cluster
from delivery.traffic import (
    WORKER,
    Traffic,
    forget_version,
    mark_stable,
    read_traffic,
    set_canary_weight,
    set_worker_revision,
    show_maintenance,
    show_next,
    switch,
    web,
)

PERCENT = 10
"""The first share of the traffic in a progressive delivery."""
REPLICAS = "mas/replicas"
"""Annotation on the workers: their number of replicas before maintenance."""

Say = Callable[[str], None]


def deliver(cluster: Cluster, image: str, url: str, watch: Watch, progressive: bool, say: Say) -> None:
    """Deliver an image, and give it all the traffic.

    Raises:
        Unhealthy, KubectlError: the version is not healthy; the last healthy version has the traffic again.
    """
    settle(cluster, say)
    manifests = cluster.manifests(image)

    def start_web(slot: str) -> None:
        # The shared objects. `notin` also selects objects without a role.
        cluster.apply(manifests, "!slot,role notin (worker,migration)")
        forget_version(cluster, read_traffic(cluster), slot)
        cluster.in_namespace("delete", "job/mas-migration", "--ignore-not-found")
        cluster.apply(manifests, "role=migration")
        cluster.wait_for_job("mas-migration")
        cluster.apply(manifests, f"slot={slot}")

    def roll_workers() -> None:
        cluster.apply(manifests, "role=worker")
        cluster.wait_for_rollout(WORKER)

    _move_traffic(cluster, start_web, roll_workers, url, watch, progressive, say)


def roll_back(cluster: Cluster, url: str, watch: Watch, say: Say) -> None:
    """Return to the previous version, which is in the other slot. Run the same checks as for a new version."""
    settle(cluster, say)
    seen = read_traffic(cluster)
    workers = seen.workers.get(seen.candidate)
    if not workers:
        raise Unhealthy(f"the version in {seen.candidate} was never healthy: deliver the older image by its digest")
    _move_traffic(cluster, lambda _slot: None, lambda: set_worker_revision(cluster, workers), url, watch, False, say)


def _move_traffic(
    cluster: Cluster,
    start_web: Callable[[str], None],
    roll_workers: Callable[[], None],
    url: str,
    watch: Watch,
    progressive: bool,
    say: Say,
) -> None:
    before = read_traffic(cluster)
    slot = before.candidate
    try:
        say(f"{slot}: starting")
        start_web(slot)
        cluster.scale(web(slot), _size(cluster, slot))
        cluster.wait_for_rollout(web(slot))

        say(f"{slot}: checking, without traffic")
        show_next(cluster, slot)
        smoke(cluster, slot, "http://mas-next")
        if progressive:
            say(f"{slot}: {PERCENT} % of the traffic for {watch.seconds:g} s")
            set_canary_weight(cluster, PERCENT)
            watch_slot(cluster, slot, watch)

        say(f"{slot}: all of the traffic for {watch.seconds:g} s")
        switch(cluster, _require_slot(cluster, before.slot), slot)
        set_canary_weight(cluster, 0)
        smoke(cluster, slot, url)
        watch_slot(cluster, slot, watch)

        say("workers: rolling")
        roll_workers()
        mark_stable(cluster, _require_slot(cluster, slot))
    except BaseException:  # an interrupt, too, must not leave a half-finished delivery
        say(f"{slot}: failed, rolling back")
        settle(cluster, say)
        raise
    settle(cluster, say)  # scales the older version to zero
    say(f"{slot}: delivered")


def _require_slot(cluster: Cluster, slot: str) -> Traffic:
    """Return the current traffic. Raise `Unhealthy` if someone else moved it away from a slot in the meantime."""
    seen = read_traffic(cluster)
    if seen.maintenance or seen.slot != slot:
        raise Unhealthy("someone else moved the traffic during this delivery")
    return seen


def settle(cluster: Cluster, say: Say) -> None:
    """Return traffic and workers to the last healthy version, and scale the other slot to zero. Idempotent."""
    seen = read_traffic(cluster)
    if seen.maintenance:
        raise Unhealthy("maintenance is on; switch it off first")
    if not seen.stable:
        return  # no version was healthy yet, so there is nothing to return to
    if seen.slot != seen.stable:
        say(f"{seen.stable}: traffic restored")
        seen = switch(cluster, seen, seen.stable)
    set_canary_weight(cluster, 0)
    set_worker_revision(cluster, seen.workers[seen.stable])
    if cluster.get(web(seen.candidate)):
        cluster.scale(web(seen.candidate), 0)


def _size(cluster: Cluster, slot: str) -> int:
    """Return the number of pods for a slot: as many as serve the traffic now, at least the autoscaler's minimum."""
    live = read_traffic(cluster).stable
    replicas = cluster.get(web(live))["spec"]["replicas"] if live else 0
    least = cluster.get(f"horizontalpodautoscaler/mas-web-{slot}")["spec"]["minReplicas"]
    return max(int(replicas), int(least))


def record(cluster: Cluster, options: Sequence[str]) -> None:
    """Record a delivery in the audit log: run `mas audit record-deployment` in a pod that has the traffic."""
    command = ("mas", "audit", "record-deployment", "--environment", cluster.environment, *options)
    cluster.in_namespace("exec", web(read_traffic(cluster).slot), "--container", "mas", "--", *command)


def maintenance_on(cluster: Cluster, say: Say) -> None:
    """Show the maintenance page, and stop the workers. GitHub keeps failed deliveries for three days."""
    seen = read_traffic(cluster)
    if not seen.stable:
        raise Unhealthy("nothing was delivered yet")
    show_maintenance(cluster, seen)
    replicas = cluster.get(WORKER)["spec"]["replicas"]
    if replicas:  # a second run finds 0, and must keep the number of the first
        cluster.in_namespace("annotate", WORKER, f"{REPLICAS}={replicas}", "--overwrite")
        cluster.scale(WORKER, 0)
    say("maintenance is on")


def maintenance_off(cluster: Cluster, say: Say) -> None:
    """Restore the workers, then the traffic."""
    seen = read_traffic(cluster)
    replicas = cluster.get(WORKER)["metadata"].get("annotations", {}).get(REPLICAS)
    if replicas:
        cluster.scale(WORKER, int(replicas))
        cluster.wait_for_rollout(WORKER)
    switch(cluster, seen, seen.stable)
    say("maintenance is off")
