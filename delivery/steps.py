"""The ways of a version: in (blue-green or progressive), back, and aside for maintenance. Read top to bottom.

`settle` undoes whatever was not finished. Every way begins with it, and ends with it when something is not well; so a
delivery that was killed at any point is mended by running any of these again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from delivery.checks import NotWell, Watch, look_on, smoke
from delivery.cluster import Cluster
from delivery.traffic import (
    WORKER,
    Traffic,
    close,
    found_well,
    look,
    share,
    show_next,
    switch,
    unproven,
    web,
    workers_to,
)

PERCENT = 10
"""The share of the traffic that a progressive delivery begins with."""
REPLICAS = "mas/replicas"
"""Annotation on the workers: how many there were before maintenance."""

Say = Callable[[str], None]


def deliver(cluster: Cluster, image: str, url: str, watch: Watch, progressive: bool, say: Say) -> None:
    """Bring an image to all of the traffic.

    Raises:
        NotWell, Refused: it is not well; what was well before has the traffic again.
    """
    settle(cluster, say)
    manifests = cluster.manifests(image)

    def new_web(slot: str) -> None:
        # What all share; `notin` also picks what has no role.
        cluster.apply(manifests, "!slot,role notin (worker,migration)")
        unproven(cluster, look(cluster), slot)
        cluster.here("delete", "job/mas-migration", "--ignore-not-found")
        cluster.apply(manifests, "role=migration")
        cluster.completed("mas-migration")
        cluster.apply(manifests, f"slot={slot}")

    def new_workers() -> None:
        cluster.apply(manifests, "role=worker")
        cluster.rolled_out(WORKER)

    _bring(cluster, new_web, new_workers, url, watch, progressive, say)


def roll_back(cluster: Cluster, url: str, watch: Watch, say: Say) -> None:
    """Bring back the version before this one: it waits in the other slot. It is checked as a new one is."""
    settle(cluster, say)
    seen = look(cluster)
    workers = seen.workers.get(seen.candidate)
    if not workers:
        raise NotWell(f"what waits in {seen.candidate} was never found well: deliver the older image by its digest")
    _bring(cluster, lambda _slot: None, lambda: workers_to(cluster, workers), url, watch, False, say)


def _bring(
    cluster: Cluster,
    new_web: Callable[[str], None],
    new_workers: Callable[[], None],
    url: str,
    watch: Watch,
    progressive: bool,
    say: Say,
) -> None:
    before = look(cluster)
    slot = before.candidate
    try:
        say(f"{slot}: starting")
        new_web(slot)
        cluster.scale(web(slot), _size(cluster, slot))
        cluster.rolled_out(web(slot))

        say(f"{slot}: checking, without traffic")
        show_next(cluster, slot)
        smoke(cluster, slot, "http://mas-next")
        if progressive:
            say(f"{slot}: {PERCENT} % of the traffic for {watch.seconds:g} s")
            share(cluster, PERCENT)
            look_on(cluster, slot, watch)

        say(f"{slot}: all of the traffic for {watch.seconds:g} s")
        switch(cluster, _unmoved(cluster, before.slot), slot)
        share(cluster, 0)
        smoke(cluster, slot, url)
        look_on(cluster, slot, watch)

        say("workers: rolling")
        new_workers()
        found_well(cluster, _unmoved(cluster, slot))
    except BaseException:  # also when somebody interrupts: half done is never where to stay
        say(f"{slot}: not well")
        settle(cluster, say)
        raise
    settle(cluster, say)  # the older version to rest
    say(f"{slot}: delivered")


def _unmoved(cluster: Cluster, slot: str) -> Traffic:
    """The traffic as it is, unless somebody else took it from a slot meanwhile: then it is theirs."""
    seen = look(cluster)
    if seen.maintenance or seen.slot != slot:
        raise NotWell("somebody else moved the traffic meanwhile")
    return seen


def settle(cluster: Cluster, say: Say) -> None:
    """Traffic and workers to what was last found well; the other slot to rest. Does nothing when that is so."""
    seen = look(cluster)
    if seen.maintenance:
        raise NotWell("maintenance is on; switch it off first")
    if not seen.stable:
        return  # nothing was ever found well: there is no way back
    if seen.slot != seen.stable:
        say(f"{seen.stable}: gets the traffic back")
        seen = switch(cluster, seen, seen.stable)
    share(cluster, 0)
    workers_to(cluster, seen.workers[seen.stable])
    if cluster.get(web(seen.candidate)):
        cluster.scale(web(seen.candidate), 0)


def _size(cluster: Cluster, slot: str) -> int:
    """As many pods as have the traffic now, and no fewer than the autoscaler's least."""
    live = look(cluster).stable
    replicas = cluster.get(web(live))["spec"]["replicas"] if live else 0
    least = cluster.get(f"horizontalpodautoscaler/mas-web-{slot}")["spec"]["minReplicas"]
    return max(int(replicas), int(least))


def record(cluster: Cluster, told: Sequence[str]) -> None:
    """Put a delivery on the audit log, from a pod that has the traffic: `mas audit record-deployment`."""
    command = ("mas", "audit", "record-deployment", "--environment", cluster.environment, *told)
    cluster.here("exec", web(look(cluster).slot), "--container", "mas", "--", *command)


def maintenance_on(cluster: Cluster, say: Say) -> None:
    """A page instead of MAS, and no work: GitHub keeps what it could not deliver for three days."""
    seen = look(cluster)
    if not seen.stable:
        raise NotWell("nothing was delivered yet")
    close(cluster, seen)
    replicas = cluster.get(WORKER)["spec"]["replicas"]
    if replicas:  # on a second run they are gone already, and the number is known
        cluster.here("annotate", WORKER, f"{REPLICAS}={replicas}", "--overwrite")
        cluster.scale(WORKER, 0)
    say("maintenance is on")


def maintenance_off(cluster: Cluster, say: Say) -> None:
    """The workers, then the traffic, as they were."""
    seen = look(cluster)
    replicas = cluster.get(WORKER)["metadata"].get("annotations", {}).get(REPLICAS)
    if replicas:
        cluster.scale(WORKER, int(replicas))
        cluster.rolled_out(WORKER)
    switch(cluster, seen, seen.stable)
    say("maintenance is off")
